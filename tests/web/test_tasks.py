"""Editing an action item on its page: only what was changed is written."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from incidents.models import ActionItem, TimelineEvent
from incidents.operations.tasks import add_item
from tests.factories import make_incident, make_private_incident

pytestmark = pytest.mark.django_db

DUE = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def item(bo: User) -> ActionItem:
    return add_item(number=make_incident(by=bo).pk, text="Restart", by=Actor.person(bo, "web"), owner=bo, due_at=DUE)


def enter(client: Client, user: User) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def address(item: ActionItem) -> str:
    return f"/incidents/{item.incident_id}/tasks/{item.number}/edit"


def said() -> list[str]:
    return list(TimelineEvent.objects.filter(kind="task.changed").order_by("pk").values_list("shown_text", flat=True))


def test_the_form_shows_what_is_and_the_list_leads_to_it(client: Client, bo: User, item: ActionItem) -> None:
    enter(client, bo)

    form = client.get(address(item)).content.decode()

    assert 'value="Restart"' in form
    assert 'value="2030-01-02T03:04"' in form
    assert address(item) in client.get(f"/incidents/{item.incident_id}/tasks").content.decode()


def test_only_what_was_changed_is_written(client: Client, bo: User, item: ActionItem) -> None:
    enter(client, bo)
    form = {"text": "Restart", "owner": str(bo.pk), "due_at": "2030-01-02T03:04"}

    unchanged = client.post(address(item), form)
    before = said()
    changed = client.post(address(item), {**form, "text": "Restart the api"})

    item.refresh_from_db()
    assert (unchanged.status_code, before) == (302, [])
    assert changed["Location"] == f"/incidents/{item.incident_id}/tasks"
    assert said() == ["Restart the api: was “Restart”"]
    assert (item.text, item.owner, item.due_at) == ("Restart the api", bo, DUE)


def test_owner_and_time_can_be_taken_away(client: Client, bo: User, item: ActionItem) -> None:
    enter(client, bo).post(address(item), {"text": "Restart", "owner": "", "due_at": ""})

    item.refresh_from_db()
    assert (item.owner, item.due_at) == (None, None)
    assert said() == ["Restart: nobody owns it", "Restart: no due time"]


def test_a_time_is_read_in_ones_own_zone(client: Client, bo: User, item: ActionItem) -> None:
    User.objects.filter(pk=bo.pk).update(time_zone="Europe/Berlin")
    enter(client, bo)

    client.post(address(item), {"text": "Restart", "owner": str(bo.pk), "due_at": "2030-01-02T05:00"})

    item.refresh_from_db()
    assert item.due_at == datetime(2030, 1, 2, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "form", [{"text": ""}, {"text": "x" * 501}, {"text": "x", "due_at": "soon"}, {"text": "x", "owner": "9999"}]
)
def test_a_malformed_form_is_shown_again(client: Client, bo: User, item: ActionItem, form: dict[str, str]) -> None:
    answer = enter(client, bo).post(address(item), form)

    item.refresh_from_db()
    assert answer.status_code == 400
    assert (item.text, said()) == ("Restart", [])


def test_a_viewer_changes_nothing(client: Client, dan: User, item: ActionItem) -> None:
    enter(client, dan).post(address(item), {"text": "Mine"})

    item.refresh_from_db()
    assert item.text == "Restart"


def test_an_item_of_another_incident_is_not_found(client: Client, bo: User, cleo: User, item: ActionItem) -> None:
    private = make_private_incident(by=cleo)
    add_item(number=private.pk, text="Secret", by=Actor.person(cleo, "web"))
    enter(client, bo)

    assert client.get(f"/incidents/{private.pk}/tasks/1/edit").status_code == 404
    assert client.get(f"/incidents/{item.incident_id}/tasks/99/edit").status_code == 404
