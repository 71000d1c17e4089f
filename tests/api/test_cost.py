"""What a call costs in SQL statements, counted; seconds are for the benchmarks."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import SYSTEM
from accounts.models import User
from chatops import port
from chatops.models import Room, RoomStep
from connections.models import Connection
from incidents.operations.talk import say
from tests.cast import Api
from tests.factories import make_connection, make_incident, make_person

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/incidents"
_NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")
MOST = 25


def statements(queries: CaptureQueriesContext) -> list[str]:
    """The statements, without the transaction's own words."""
    return [query["sql"] for query in queries if not query["sql"].startswith(_NOT_COUNTED)]


def cost(act: Any) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        answer = act()
    assert answer.status_code in (200, 201), answer.content
    return statements(queries)


@pytest.fixture
def fake_chat(db: None, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """A chat that is sent to."""
    monkeypatch.setattr(port, "_chats", {"testchat": lambda row: None})
    return make_connection("testchat")


def declare(client: Any, key: str) -> list[str]:
    return cost(
        lambda: client.post(
            URL,
            {"title": "Checkout", "severity": 1, "services": ["checkout"], "tags": ["db"]},
            headers={"Idempotency-Key": key},
        )
    )


def test_declaring_stays_within_its_statements(api: Api, bo: User, services: Any) -> None:
    client = api(bo)

    spent = declare(client, "one")

    assert len(spent) <= MOST, "\n".join(spent)


def test_a_connected_chat_keeps_declaring_within_its_statements(
    api: Api, bo: User, services: Any, fake_chat: Connection
) -> None:
    client = api(bo)

    spent = declare(client, "one")
    again = declare(client, "two")

    assert Room.objects.count() == 2
    assert RoomStep.objects.count() == 10
    assert len(spent) <= MOST, "\n".join(spent)
    assert len(again) <= len(spent)


def test_announcing_in_a_channel_keeps_declaring_within_its_statements(
    api: Api, bo: User, services: Any, fake_chat: Connection
) -> None:
    fake_chat.settings = {"announce_channel": "C1"}
    fake_chat.save()
    client = api(bo)
    declare(client, "one")

    spent = declare(client, "two")

    assert len(spent) <= MOST, f"{len(spent)}\n" + "\n".join(spent)


def test_declaring_does_not_cost_more_with_more_of_everything(api: Api, bo: User, services: Any) -> None:
    client = api(bo)
    before = len(declare(client, "one"))
    for n in range(30):
        make_incident(f"Incident {n}", services=["checkout"])
        make_person(f"person{n}@example.com")

    assert len(declare(client, "two")) <= before


@pytest.mark.parametrize("path", ["", "/{n}/timeline", "/{n}/timeline?view=log", "/{n}/action-items", "/{n}/updates"])
def test_a_page_costs_the_same_with_ten_times_the_rows(api: Api, bo: User, services: Any, path: str) -> None:
    client = api(bo)
    incident = make_incident(by=bo, services=["checkout"])
    address = URL + path.format(n=incident.pk)
    separator = "&" if "?" in path else "?"

    def grow(count: int) -> None:
        for n in range(count):
            make_incident(f"Incident {n}", by=bo, services=["checkout", "search"])
            line = client.post(f"{URL}/{incident.pk}/messages", {"text": f"line {n}"}).json()["sequence"]
            client.patch(f"{URL}/{incident.pk}/messages/{line}", {"text": f"line {n}, edited"})
            say(number=incident.pk, text="reply", by=SYSTEM, thread_of=line)
            client.post(f"{URL}/{incident.pk}/roles", {"role": f"helper {n}", "user": "me"})
            client.post(f"{URL}/{incident.pk}/action-items", {"text": f"task {n}", "owner": "me", "origin": line})
            client.post(f"{URL}/{incident.pk}/updates", {"text": f"update {n}"})

    grow(2)
    client.get(address)
    few = cost(lambda: client.get(f"{address}{separator}page_size=100"))
    grow(15)
    many = cost(lambda: client.get(f"{address}{separator}page_size=100"))

    assert len(many) == len(few) <= 8, "\n".join(many)
    assert not [sql for sql in many if "COUNT(" in sql]
