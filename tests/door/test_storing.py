"""What is accepted is committed, once, encrypted, without secrets; what is not stored is not accepted."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, connection

from common import doorbell
from connections.models import Connection, Received
from integrations.kit import door as doors
from integrations.kit.door import HookDoor
from integrations.kit.writer import Arrived, Writer
from tests.door.asgi import Answer, knock
from tests.door.conftest import PATH, SECRET, Knock
from tests.factories import make_connection
from tests.pagerduty.events import body
from tests.pagerduty.sender import signed
from tests.processes.waiting import wait_until
from tests.threads import Thread

pytestmark = pytest.mark.usefixtures("committed")
CANARY = "Zitronenfalter"
RAW = body("incident.triggered", incident="Q1", id_="01E1", title=CANARY)


def test_fifty_repeats_at_once_are_one_row_and_one_answer(pagerduty: Connection, door: HookDoor) -> None:
    async def all_at_once() -> list[Answer]:
        return await asyncio.gather(*[knock(door, PATH, RAW, signed(RAW, SECRET, "hook-1")) for _ in range(50)])

    answers = asyncio.run(all_at_once())

    assert {(answer.status, answer.body) for answer in answers} == {(202, b'{"status":"accepted"}')}
    assert Received.objects.count() == 1


def test_what_arrives_together_is_all_stored(pagerduty: Connection, door: HookDoor) -> None:
    async def all_at_once() -> list[Answer]:
        raws = [body("incident.triggered", incident=f"Q{n}", id_=f"01E{n}") for n in range(60)]
        return await asyncio.gather(
            *[knock(door, PATH, raw, signed(raw, SECRET, f"hook-{n}")) for n, raw in enumerate(raws)]
        )

    answers = asyncio.run(all_at_once())

    assert {answer.status for answer in answers} == {202}
    assert Received.objects.count() == 60


def test_the_row_is_committed_when_the_answer_is_given(pagerduty: Connection, post: Knock) -> None:
    assert post(RAW).status == 202

    assert Thread(lambda: Received.objects.count()).result() == 1


def test_the_doorbell_rings_after_the_row_is_there(pagerduty: Connection, post: Knock) -> None:
    seen: list[int] = []
    leave = doorbell.connect_local(lambda label: seen.append(Received.objects.count()))

    post(RAW)
    wait_until(lambda: bool(seen), 5, "the doorbell")
    leave()

    assert seen == [1]


def test_the_body_is_not_readable_in_the_database(pagerduty: Connection, post: Knock) -> None:
    post(RAW)

    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_body, headers, outside_id, outcome_text, last_error FROM connections_received")
        stored = repr([bytes(cell) if isinstance(cell, memoryview) else cell for cell in cursor.fetchone()])
    assert CANARY not in stored
    assert Received.objects.get().body == RAW
    if connection.vendor == "sqlite":
        folder = Path(connection.settings_dict["NAME"])
        for file in folder.parent.glob(f"{folder.name}*"):
            assert CANARY.encode() not in file.read_bytes()


def test_secrets_in_headers_are_not_stored(pagerduty: Connection, post: Knock) -> None:
    post(
        RAW,
        Authorization="Basic c2VjcmV0",
        Cookie="session=1",
        X_Api_Key="k",
        X_Desk_Token="t",
        X_Hub_Signature_256="s",
        X_My_Secret="s",
        Proxy_Authorization="p",
        X_Auth="a",
        X_Password="p",
        X_Long="y" * 2000,
        X_Nul="a\x00b",
    )

    kept = Received.objects.get().headers
    assert set(kept) == {
        "content-type",
        "user-agent",
        "x-webhook-id",
        "x-webhook-subscription",
        "x-long",
        "x-nul",
    }
    assert len(kept["x-long"]) == 500
    assert kept["x-nul"] == "ab"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """`broken["error"]` is what the next inserts fail with."""
    state: dict[str, Any] = {"error": None}
    real = Writer._insert

    def insert(self: Writer, rows: list[Arrived]) -> None:
        if state["error"] is not None:
            raise state["error"]
        real(self, rows)

    monkeypatch.setattr(Writer, "_insert", insert)
    return state


def test_without_a_database_nothing_is_accepted_and_a_repeat_gets_in(
    pagerduty: Connection, post: Knock, broken: dict[str, Any]
) -> None:
    broken["error"] = OperationalError("the database is down")
    answer = post(RAW)
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert not Received.objects.exists()

    broken["error"] = None
    assert post(RAW).status == 202
    assert Received.objects.count() == 1


def test_a_genuine_request_is_not_called_forged_while_nobody_can_look(pagerduty: Connection, post: Knock) -> None:
    """401 would make PagerDuty drop it, and after three of them switch the subscription off."""
    with mock.patch.object(Connection.objects, "filter", side_effect=OperationalError("the database is down")):
        assert post(RAW).status == 503
        assert post(RAW, X_PagerDuty_Signature=None).status == 503

    assert not Received.objects.exists()


def test_known_connections_go_on_counting_while_nobody_can_look(
    pagerduty: Connection, post: Knock, door: HookDoor
) -> None:
    assert post(RAW).status == 202
    door.forget()
    with mock.patch.object(Connection.objects, "filter", side_effect=OperationalError("the database is down")):
        door._writer._seen = {pagerduty.pk: 1e12}
        assert post(RAW, webhook_id="hook-2").status == 202

    assert Received.objects.count() == 2


def test_a_database_that_hangs_is_answered_with_503_in_time(
    pagerduty: Connection, post: Knock, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, real = threading.Event(), Writer._insert

    def hang(self: Writer, rows: list[Arrived]) -> None:
        assert go_on.wait(20)
        real(self, rows)

    monkeypatch.setattr(Writer, "_insert", hang)
    monkeypatch.setattr(doors, "_STORE_SECONDS", 0.2)
    assert post(RAW).status == 503

    go_on.set()
    monkeypatch.setattr(doors, "_STORE_SECONDS", 10)
    assert post(RAW).status == 202
    assert Received.objects.count() == 1


def test_a_reader_that_hangs_delays_nobody_who_is_known(
    pagerduty: Connection, post: Knock, door: HookDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert post(RAW).status == 202
    go_on = threading.Event()
    monkeypatch.setattr(door, "_read_connections", lambda: go_on.wait(20))
    monkeypatch.setattr(doors, "_PATIENCE", 0.1)
    door.forget()
    threading.Timer(2.0, go_on.set).start()

    async def ask() -> Answer:
        loop = asyncio.get_running_loop()
        before = loop.time()
        answer = await knock(door, PATH, RAW, signed(RAW, SECRET, "hook-2"))
        assert loop.time() - before < 1.5
        return answer

    assert asyncio.run(ask()).status == 202


def test_one_row_that_the_database_refuses_stops_no_other(pagerduty: Connection, door: HookDoor) -> None:
    def arrived(name: str, connection_id: int) -> Arrived:
        return Arrived(connection_id, "pagerduty", name, json.dumps({}), b"{}")

    async def store() -> list[Any]:
        rows = [arrived("a", pagerduty.pk), arrived("gone", 999_999), arrived("b", pagerduty.pk)]
        hold = threading.Event()
        real = door._writer._insert

        def wait_for_all(batch: list[Arrived]) -> None:
            hold.wait(5)
            real(batch)

        with mock.patch.object(door._writer, "_insert", wait_for_all):
            tasks = [asyncio.ensure_future(door._writer.store(row)) for row in rows]
            await asyncio.sleep(0)
            hold.set()
            return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(store())

    assert results[0] is None
    assert results[2] is None
    assert isinstance(results[1], Exception)
    assert sorted(Received.objects.values_list("outside_id", flat=True)) == ["a", "b"]


def test_a_connection_shows_when_something_last_came(pagerduty: Connection, post: Knock) -> None:
    post(RAW)

    pagerduty.refresh_from_db()
    assert pagerduty.last_event_at is not None
    assert make_connection("pagerduty", name="other").last_event_at is None
