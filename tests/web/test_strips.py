"""The strips under the bar: what is in trouble, what a restore holds, and what they cost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, User
from common import clock
from connections.holding import anything_held, hold, release
from connections.models import Connection, Received
from tests.factories import make_connection, make_received

pytestmark = pytest.mark.django_db

MADE_AT = datetime(2026, 5, 4, 3, 2, tzinfo=UTC)
HELD = "Restored from a backup of 2026-05-04 03:02Z"


def enter(client: Client, user: User) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(client: Client, address: str = "/connections") -> str:
    return client.get(address).content.decode()


@pytest.fixture
def waiting(db: None) -> Received:
    return make_received(make_connection("fakechat"))


@pytest.mark.parametrize("address", ["/", "/connections", "/incidents", "/me", "/people", "/health"])
def test_administrators_hear_of_a_restore_on_every_page(
    client: Client, ada: User, waiting: Received, address: str
) -> None:
    hold(MADE_AT)

    shown = page(enter(client, ada), address)

    assert f"{HELD}: 1 thing is held" in shown
    assert 'action="/health/release"' in shown


def test_others_do_not(client: Client, bo: User, waiting: Received) -> None:
    hold(MADE_AT)

    assert "Restored from a backup" not in page(enter(client, bo))


def test_the_button_releases_and_the_strip_goes(client: Client, ada: User, waiting: Received) -> None:
    hold(MADE_AT)
    enter(client, ada)

    answer = client.post("/health/release", follow=True)

    waiting.refresh_from_db()
    entry = AuditEntry.objects.get(action="backup.released")
    assert "Let go: 1 received." in answer.content.decode()
    assert "Restored from a backup" not in answer.content.decode()
    assert waiting.due_at is not None
    assert waiting.due_at <= clock.now() + timedelta(seconds=1)
    assert (entry.user, entry.surface) == (ada, "web")
    assert not anything_held()


def test_only_administrators_release(client: Client, bo: User, waiting: Received) -> None:
    hold(MADE_AT)

    answer = enter(client, bo).post("/health/release")

    assert answer.status_code == 403
    assert anything_held()
    assert client.get("/health/release").status_code == 405


def test_a_restore_that_held_nothing_is_told_until_it_is_released(client: Client, ada: User) -> None:
    hold()
    enter(client, ada)

    before = page(client)
    release()

    assert "Restored from a backup: 0 things are held" in before
    assert "Restored from a backup" not in page(client)


def test_the_health_page_says_what_is_held(client: Client, ada: User, waiting: Received) -> None:
    hold(MADE_AT)

    assert "<li>Received: 1</li>" in page(enter(client, ada), "/health")


def test_connections_in_trouble_are_named_beside_it(client: Client, ada: User, bo: User) -> None:
    for name in ("Alpha", "Beta", "Gamma", "Delta"):
        make_connection("fakechat", name=name, trouble="no answer", trouble_since=MADE_AT)
    Connection.objects.filter(name="Beta").update(is_on=False)
    hold(MADE_AT)

    shown = page(enter(client, ada))

    assert all(
        f"{name} has trouble since 03:02Z: no answer. The rooms go on here." in shown
        for name in ("Alpha", "Gamma", "Delta")
    )
    assert "Beta has trouble" not in shown
    assert HELD in shown
    assert "Alpha has trouble" in page(enter(client, bo))


@pytest.mark.parametrize("person", ["ada", "bo"])
def test_an_ordinary_page_pays_one_query_for_its_strips(
    client: Client, request: pytest.FixtureRequest, person: str
) -> None:
    enter(client, request.getfixturevalue(person))
    page(client)

    with CaptureQueriesContext(connection) as queries:
        page(client, "/me")

    spent = [query["sql"] for query in queries if "trouble" in query["sql"] or "connections_restore" in query["sql"]]
    assert len(spent) == 1, spent
