"""Paging in trouble: shown on every page, told past all that paging is made of, and the heartbeat that stops."""

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from common import clock
from common.pending import Pending, oldest_due_at, pending_tables
from oncall import watching
from oncall.models import Probe, SelfWatch
from oncall.rules.watching import Probed, Trouble, is_to_tell, judge

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


# --- the rule ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("oldest", "asked", "arrived", "found"),
    [
        (None, None, None, None),
        (-29, None, None, None),
        (-30, None, None, Trouble("late", at(-30))),
        (None, -29, None, None),
        (None, -30, None, Trouble("probe", at(-30))),
        (None, -30, -400, Trouble("probe", at(-30))),
        (None, -30, -29, None),
        (-40, -50, None, Trouble("late", at(-40))),
    ],
)
def test_what_is_wrong(oldest: float | None, asked: float | None, arrived: float | None, found: Trouble | None) -> None:
    def when(seconds: float | None) -> datetime | None:
        return None if seconds is None else at(seconds)

    assert judge(NOON, when(oldest), Probed(when(asked), when(arrived))) == found


@pytest.mark.parametrize(
    ("since", "tried", "told", "tells"),
    [
        (-59, None, None, False),
        (-60, None, None, True),
        (-60, -500, -500, True),  # told of another trouble
        (-100, -40, None, False),  # a minute between two tries
        (-100, -60, None, True),
        (-3600, -3500, -3500, False),
        (-3700, -3600, -3600, True),  # an hour later again
    ],
)
def test_when_people_are_told(since: float, tried: float | None, told: float | None, tells: bool) -> None:
    tried_at = None if tried is None else at(tried)
    told_at = None if told is None else at(told)

    assert is_to_tell(NOON, at(since), tried_at, told_at) is tells


# --- what becomes of it ------------------------------------------------------------------------------
@dataclass
class Outside:
    """A monitor and an alarm, on loopback, with a journal."""

    url: str = ""
    status: int = 200
    calls: list[tuple[str, str, Any]] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.calls]


@pytest.fixture
def outside(settings: Any) -> Iterator[Outside]:
    found = Outside()

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            found.calls.append((self.command, self.path, json.loads(body) if body else None))
            self.send_response(found.status)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST = handle_one

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    settings.ALARM_URL, settings.HEARTBEAT_URL = f"{found.url}/alarm", f"{found.url}/beat"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def quiet(db: None) -> None:
    """Nothing waits: the standing chores have been worked."""
    for table in pending_tables():
        table._default_manager.filter(state=Pending.WAITING).update(due_at=clock.now() + timedelta(days=9))


def wait(seconds: float) -> Trouble | None:
    clock.shift(timedelta(seconds=seconds))
    return watching.look()


def nobody_works() -> None:
    """Something is due, and no clock looks."""
    Probe.objects.update(due_at=clock.now(), state=Pending.WAITING)


@pytest.mark.usefixtures("quiet")
def test_all_is_well_and_the_monitor_hears_it_each_minute(outside: Outside) -> None:
    for _ in range(13):
        assert wait(10) is None

    assert outside.paths() == ["/beat", "/beat", "/beat"]
    assert watching.watched().beat_error == ""


@pytest.mark.usefixtures("quiet")
def test_when_nobody_works_every_page_says_so_people_are_told_once_and_the_heartbeat_stops(
    outside: Outside, ada: User, dan: User, client: Client, settings: Any
) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1"
    client.force_login(dan)
    nobody_works()

    assert wait(20) is None
    found = wait(15)
    assert found is not None
    assert (found.kind, found.since) == ("late", Probe.objects.get().due_at)
    assert "Paging is delayed: what is due has waited since" in client.get("/incidents").content.decode()
    assert outside.paths() == ["/beat"]
    for _ in range(20):
        wait(10)

    [(_, _, said)] = [call for call in outside.calls if call[1] == "/alarm"]
    assert said["text"].startswith("Paging is delayed")
    [told] = mail.outbox
    assert (told.to, told.subject[:28]) == ([ada.email], "Warroom: Paging is delayed: ")
    assert outside.paths() == ["/beat", "/alarm"]

    Probe.objects.update(due_at=clock.now() + timedelta(days=1))
    assert wait(5) is None
    assert "well again, after 4 min" in outside.calls[2][2]["text"]
    assert outside.paths() == ["/beat", "/alarm", "/alarm", "/beat"]
    assert "Paging is delayed" not in client.get("/incidents").content.decode()


@pytest.mark.usefixtures("quiet")
def test_a_test_page_that_does_not_come_is_trouble_too(outside: Outside, ada: User, client: Client) -> None:
    Probe.objects.update(asked_at=clock.now())

    assert wait(29) is None
    assert wait(2) is not None
    client.force_login(ada)
    page = client.get("/health").content.decode()
    assert "Paging may be broken: the test page of" in page
    assert "not arrived yet" in page
    assert b"warroom_paging_trouble 1.0" in client.get("/metrics").content


@pytest.mark.usefixtures("quiet")
def test_what_could_not_be_told_is_tried_again_each_minute_and_said(
    outside: Outside, ada: User, client: Client
) -> None:
    outside.status = 500
    nobody_works()
    wait(35)
    for _ in range(18):
        wait(10)

    assert outside.paths().count("/alarm") == 3
    row = SelfWatch.objects.get()
    assert (row.told_at, row.told_error) == (None, "WARROOM_ALARM_URL answers 500.")
    client.force_login(ada)
    assert "WARROOM_ALARM_URL answers 500." in client.get("/health").content.decode()


@pytest.mark.usefixtures("quiet")
def test_one_way_that_works_is_enough(outside: Outside, ada: User, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1"
    outside.status = 500
    nobody_works()
    for _ in range(12):
        wait(10)

    assert len(mail.outbox) == 1
    assert SelfWatch.objects.get().told_error == ""


@pytest.mark.usefixtures("quiet")
def test_the_alarm_has_addresses_of_its_own_where_they_are_set(ada: User, settings: Any) -> None:
    settings.EMAIL_URL, settings.ALARM_EMAILS = "smtp://127.0.0.1", ["ops@example.com"]
    nobody_works()
    for _ in range(12):
        wait(10)

    assert [told.to for told in mail.outbox] == [["ops@example.com"]]


@pytest.mark.usefixtures("quiet")
def test_of_several_processes_one_tells(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other looks in the moment between our look and our update."""
    nobody_works()
    wait(35)
    clock.shift(timedelta(seconds=40))
    row = SelfWatch.objects.get()

    watching.look()
    watching._tell(row, clock.now())

    assert outside.paths().count("/alarm") == 1


@pytest.mark.usefixtures("quiet")
def test_without_any_way_the_page_says_what_to_do(ada: User, client: Client) -> None:
    client.force_login(ada)

    page = client.get("/health").content.decode()

    assert '<strong class="overdue">Nobody.</strong>' in page
    assert "WARROOM_HEARTBEAT_URL" in page


@pytest.mark.usefixtures("quiet")
def test_the_oldest_due_is_that_of_all_tables() -> None:
    assert oldest_due_at(clock.now()) is None
    due = clock.now() - timedelta(seconds=5)
    Probe.objects.update(due_at=due)

    assert oldest_due_at(clock.now()) == due
