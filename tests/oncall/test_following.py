"""A schedule follows an outside calendar: the last good copy counts, and nobody is left out without a word."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import AuditEntry, User
from common import clock
from common.errors import Invalid, NotFound
from oncall import queries
from oncall.models import FollowedCalendar, Notice, Schedule
from oncall.operations.calendars import follow_calendar, leave_calendar
from oncall.rules.schedules.explaining import State
from tests.cast import Api
from tests.factories import layer, make_schedule, make_team

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.standing_still(NOW):
        yield


class Outside:
    """A calendar server on loopback: what it answers, and how often it was asked."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, str]] = []
        self.status, self.body, self.asked = "200 OK", b"", 0
        self.url = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.asked += 1
        start_response(self.status, [("Content-Type", "text/calendar")])
        return [self.body or self._written()]

    def _written(self) -> bytes:
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
        for number, (start, end, who) in enumerate(self.events):
            lines += ["BEGIN:VEVENT", f"UID:{number}", f"DTSTART:2026{start}Z", f"DTEND:2026{end}Z", f"SUMMARY:{who}"]
            lines += ["END:VEVENT"]
        return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def outside(settings: Any) -> Iterator[Outside]:
    made = Outside()
    server = make_server("127.0.0.1", 0, made, handler_class=_Quiet)
    made.url = f"http://127.0.0.1:{server.server_port}/private-key/on-call.ics"
    settings.OUTBOUND_ALLOW = [f"127.0.0.1:{server.server_port}"]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def schedule(ada: User) -> Schedule:
    with clock.standing_still(NOW - timedelta(days=30)):
        return make_schedule("Shop primary", layer([ada], starts_at="2026-01-05T09:00"), team=make_team("Shop", ada))


def on_call(schedule: Schedule, at: datetime) -> list[str]:
    found = queries.on_call([schedule.pk], at)[schedule.pk]
    return [User.objects.get(pk=user).handle for user in getattr(found, "users", ())]


def read_it() -> FollowedCalendar:
    for row in FollowedCalendar.claim():
        row.work()
    return FollowedCalendar.objects.get(removed_at__isnull=True)


def test_it_lies_above_the_rotations(schedule: Schedule, outside: Outside, bo: User, actor_ada: Actor) -> None:
    outside.events = [("0603T120000", "0603T180000", "Bo")]
    follow_calendar(slug="shop-primary", url=outside.url, name="Holidays", by=actor_ada)

    row = read_it()

    assert (row.read_at, row.last_error, row.due_at) == (NOW, "", NOW + timedelta(minutes=15))
    assert [on_call(schedule, NOW + HOUR * hours) for hours in (1, 2, 7, 8)] == [["ada"], ["bo"], ["bo"], ["ada"]]
    told = queries.explanation(schedule, NOW + 3 * HOUR).layers
    assert [(one.name, one.state, one.counts) for one in told] == [
        ("Holidays", State.OPEN, True),
        ("primary", State.OPEN, False),
    ]
    assert outside.url not in str(FollowedCalendar.objects.values().get())
    assert "private-key" not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("what", ["503", "html", "huge"])
def test_the_last_good_copy_counts_and_says_its_age(
    client: Client, schedule: Schedule, outside: Outside, ada: User, bo: User, actor_ada: Actor, what: str
) -> None:
    outside.events = [("0603T120000", "0605T180000", "Bo")]
    follow_calendar(slug="shop-primary", url=outside.url, by=actor_ada)
    read_it()

    if what == "503":
        outside.status = "503 Busy"
    elif what == "html":
        outside.body = b"<html>Sign in</html>"
    else:
        outside.body = b"BEGIN:VCALENDAR" + b" " * 1_100_000
    with clock.standing_still(NOW + 3 * HOUR):
        row = read_it()
        client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = client.get("/schedules/shop-primary").content.decode()

    assert row.last_error
    assert row.state == FollowedCalendar.WAITING
    assert row.last_error in page.replace("&#x27;", "'")
    assert on_call(schedule, NOW + 4 * HOUR) == ["bo"]
    assert "old copy" in page


def test_somebody_unknown_is_said_to_who_set_it_up(
    client: Client, schedule: Schedule, outside: Outside, ada: User, actor_ada: Actor
) -> None:
    outside.events = [("0603T120000", "0603T180000", "Eve"), ("0604T120000", "0604T180000", "Eve")]
    follow_calendar(slug="shop-primary", url=outside.url, by=actor_ada)
    read_it()
    with clock.standing_still(NOW + HOUR):
        read_it()

    assert FollowedCalendar.objects.get().warnings == ["Eve"]
    assert [(one.user, one.title) for one in Notice.objects.all()] == [
        (ada, "Calendar names people that we don't know")
    ]
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "names people that we don't know: Eve" in client.get("/schedules/shop-primary").content.decode()
    assert on_call(schedule, NOW + 3 * HOUR) == ["ada"]


def test_what_it_said_stays_as_it_was(schedule: Schedule, outside: Outside, bo: User, actor_ada: Actor) -> None:
    outside.events = [("0603T080000", "0603T180000", "Bo")]
    with clock.standing_still(NOW - 2 * HOUR):
        follow_calendar(slug="shop-primary", url=outside.url, by=actor_ada)
        read_it()
    outside.events = []
    read_it()

    assert on_call(schedule, NOW - HOUR) == ["bo"]
    assert on_call(schedule, NOW + HOUR) == ["ada"]
    leave_calendar(slug="shop-primary", by=actor_ada)
    assert on_call(schedule, NOW - HOUR) == ["bo"]
    assert FollowedCalendar.claim() == []
    with pytest.raises(NotFound):
        leave_calendar(slug="shop-primary", by=actor_ada)


def test_one_that_was_left_meanwhile_changes_nothing(
    schedule: Schedule, outside: Outside, bo: User, actor_ada: Actor
) -> None:
    outside.events = [("0603T120000", "0603T180000", "Bo")]
    follow_calendar(slug="shop-primary", url=outside.url, by=actor_ada)
    [row] = FollowedCalendar.claim()
    leave_calendar(slug="shop-primary", by=actor_ada)

    row.work()

    assert on_call(schedule, NOW + 3 * HOUR) == ["ada"]


@pytest.mark.parametrize("url", ["ftp://example.com/a.ics", "http://169.254.169.254/a.ics", "http://10.0.0.1/", "soon"])
def test_an_address_that_leads_inwards_is_refused(schedule: Schedule, actor_ada: Actor, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        follow_calendar(slug="shop-primary", url=url, by=actor_ada)

    assert refused.value.field == "url"


def test_by_the_api(api: Api, ada: User, dan: User, schedule: Schedule, outside: Outside) -> None:
    put = api(ada, "all").put("/api/v1/schedules/shop-primary/calendar", {"url": outside.url, "name": "Theirs"})

    assert put.status_code == 200, put.content
    assert put.json()["name"] == "Theirs"
    assert outside.url not in str(api(dan, "read").get("/api/v1/schedules/shop-primary/calendar").json())
    assert api(ada, "all").delete("/api/v1/schedules/shop-primary/calendar").status_code == 204
    assert api(dan, "read").get("/api/v1/schedules/shop-primary/calendar").status_code == 404
