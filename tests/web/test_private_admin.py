"""Administrators are not members: nothing of a private incident is shown to them until they join, anywhere alike."""

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import AuditEntry, User
from chatops.context import Context
from chatops.router import answer
from incidents.models import Incident, TimelineEvent
from tests.cast import Api
from tests.factories import make_private_incident

pytestmark = pytest.mark.django_db

TITLE = "canary-9b2d"
PAGES = ("", "/timeline", "/tasks", "/alerts", "/updates", "/audit", "/postmortem", "/postmortem/export?format=md")
CALLS = ("", "/timeline", "/roles", "/members", "/action-items", "/updates", "/postmortem", "/export?format=json")
LINES = ("/incident show #{n}", "/incident catchup #{n}", "/incident timeline #{n}", "/incident sev 1 #{n}")


@pytest.fixture
def private(bo: User) -> Incident:
    return make_private_incident(TITLE, by=bo)


def enter(client: Client, user: User) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def typed(text: str, by: User) -> str:
    return str(answer(Context(by=Actor.person(by, "web"), typed=text)))


def test_every_surface_says_that_there_is_nothing(client: Client, api: Api, ada: User, private: Incident) -> None:
    enter(client, ada)
    called = api(ada)

    pages = [client.get(f"/incidents/{private.pk}{tail}") for tail in PAGES]
    calls = [called.get(f"/api/v1/incidents/{private.pk}{tail}") for tail in CALLS]
    lines = [typed(line.format(n=private.pk), ada) for line in LINES]
    nowhere = [typed(line.format(n=9999), ada) for line in LINES]

    assert {answer.status_code for answer in (*pages, *calls)} == {404}
    assert TITLE not in "".join([*(answer.content.decode() for answer in (*pages, *calls)), *lines])
    assert [line.replace(f"#{private.pk}", "#9999") for line in lines] == nowhere


@pytest.mark.parametrize("surface", ["page", "api", "command"])
def test_an_administrator_joins_by_right_and_the_room_is_told(
    client: Client, api: Api, ada: User, private: Incident, surface: str
) -> None:
    enter(client, ada)

    if surface == "page":
        client.post(f"/incidents/{private.pk}/do/join")
    elif surface == "api":
        api(ada).post(f"/api/v1/incidents/{private.pk}/join")
    else:
        typed(f"/incident join #{private.pk}", ada)

    assert TITLE in client.get(f"/incidents/{private.pk}").content.decode()
    line = TimelineEvent.objects.filter(incident=private, kind="member.joined").order_by("sequence").last()
    assert line is not None
    assert line.shown_text == "Ada joined (administrator, joined by right)"
    assert AuditEntry.objects.filter(action="member.joined", user=ada).count() == 1


@pytest.mark.parametrize("surface", ["page", "api", "command"])
def test_a_responder_does_not(client: Client, api: Api, cleo: User, private: Incident, surface: str) -> None:
    enter(client, cleo)

    if surface == "page":
        assert client.post(f"/incidents/{private.pk}/do/join").status_code == 404
    elif surface == "api":
        assert api(cleo).post(f"/api/v1/incidents/{private.pk}/join").status_code == 404
    else:
        typed(f"/incident join #{private.pk}", cleo)

    assert client.get(f"/incidents/{private.pk}").status_code == 404
    assert not private.members.filter(user=cleo).exists()


def test_the_page_offers_it_for_every_number_alike(client: Client, ada: User, private: Incident) -> None:
    enter(client, ada)

    there = client.get(f"/incidents/{private.pk}")
    nowhere = client.get("/incidents/9999")

    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert f'action="/incidents/{private.pk}/do/join"' in there.content.decode()
    assert 'action="/incidents/9999/do/join"' in nowhere.content.decode()
    assert client.post("/incidents/9999/do/join", follow=True).status_code == 404


def test_the_offer_is_for_administrators(client: Client, bo: User, cleo: User, private: Incident) -> None:
    assert "/do/join" not in enter(client, cleo).get(f"/incidents/{private.pk}").content.decode()


def test_other_buttons_stay_shut(client: Client, ada: User, private: Incident) -> None:
    enter(client, ada)

    assert {client.post(f"/incidents/{private.pk}/do/{verb}").status_code for verb in ("lead", "watch", "leave")} == {
        404
    }
    assert not private.members.filter(user=ada).exists()
