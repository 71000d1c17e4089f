"""A person's calendar reads their shifts: secret addresses, names that stay, and the one answer everywhere."""

import re
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import icalendar
import pytest
import recurring_ical_events
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from chatops.context import Context
from chatops.router import answer
from common import clock
from common.errors import NotFound
from common.redaction import redacted
from oncall import queries
from oncall.models import Feed, Schedule
from oncall.operations.feeds import make_feed, revoke_feed
from oncall.operations.overrides import add_override
from oncall.operations.schedules import make_schedule as make
from oncall.operations.swaps import ask_cover, take_request
from tests.factories import layer

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.standing_still(NOW):
        yield


@pytest.fixture
def schedule(ada: User, bo: User, cleo: User) -> Schedule:
    """Nights and weekends by turns of a week, in Berlin; it counts from long ago."""
    nights = [
        {"kind": "daily", "from": "18:00", "to": "09:00"},
        {"kind": "weekly", "from": {"weekday": "sat", "time": "00:00"}, "to": {"weekday": "mon", "time": "00:00"}},
    ]
    return make(
        name="Shop primary",
        time_zone="Europe/Berlin",
        layers=[layer([ada], [bo], [cleo], starts_at="2025-09-01T09:00", restrictions=nights)],
        starts_at=datetime(2025, 9, 1, tzinfo=UTC),
        by=Actor.machine("Warroom"),
    )


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def events(client: Client, path: str) -> list[Any]:
    got = client.get(path)
    assert got.status_code == 200
    assert got.headers["Content-Type"].startswith("text/calendar")
    return [each for each in icalendar.Calendar.from_ical(got.content).walk("VEVENT")]


def test_the_address_is_shown_once_and_ends_with_the_next_one(client: Client, bo: User, schedule: Schedule) -> None:
    client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
    made = client.post("/oncall/me/feeds", {})
    found = re.search(r"(/feeds/[^<\s]+\.ics)", made.content.decode())

    assert made.status_code == 201
    assert found is not None
    assert found[1] not in client.get("/oncall/me").content.decode()
    assert len(found[1]) > 50
    client.logout()
    assert events(client, found[1])
    client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post("/oncall/me/feeds", {})
    assert client.get(found[1]).status_code == 404


@pytest.mark.parametrize("end", ["revoke", "leave", "archive"])
def test_an_address_ends_with_what_it_is_of(
    client: Client, bo: User, actor_bo: Actor, schedule: Schedule, end: str
) -> None:
    row, address = make_feed(slug="shop-primary", by=actor_bo)
    assert client.get(path_of(address)).status_code == 200

    if end == "revoke":
        revoke_feed(number=row.pk, by=actor_bo)
    elif end == "leave":
        User.objects.filter(pk=bo.pk).update(is_active=False)
    else:
        Schedule.objects.filter(pk=schedule.pk).update(archived_at=NOW)

    gone = client.get(path_of(address))
    assert (gone.status_code, gone.content) == (404, client.get("/feeds/never-was.ics").content)


def test_what_is_not_ones_own_is_not_revoked(actor_bo: Actor, actor_cleo: Actor, schedule: Schedule) -> None:
    row, _ = make_feed(by=actor_bo)

    with pytest.raises(NotFound):
        revoke_feed(number=row.pk, by=actor_cleo)
    with pytest.raises(NotFound):
        make_feed(slug="nowhere", by=actor_bo)


def test_the_secret_is_nowhere_but_with_its_owner(actor_bo: Actor, schedule: Schedule) -> None:
    _, address = make_feed(by=actor_bo)
    secret = address.rpartition("/")[2].removesuffix(".ics")

    assert secret not in str(Feed.objects.values().get())
    assert secret not in redacted(f"Not Found: {path_of(address)}")


def test_it_says_little(client: Client, bo: User, cleo: User, actor_bo: Actor, schedule: Schedule) -> None:
    ends_at, by = NOW + timedelta(hours=4), Actor.person(cleo, "web")
    add_override(slug="shop-primary", user=cleo, starts_at=NOW, ends_at=ends_at, reason="Bo is ill", by=by)
    _, address = make_feed(slug="shop-primary", by=actor_bo)

    text = client.get(path_of(address)).content.decode()

    assert "SUMMARY:Cleo: Shop primary" in text
    assert "ill" not in text.replace("\r\n ", "")
    assert "@example.com" not in text.replace(f"@{'testserver'}", "")


def test_asked_again_it_is_not_sent_again(client: Client, actor_bo: Actor, schedule: Schedule) -> None:
    _, address = make_feed(by=actor_bo)
    first = client.get(path_of(address))

    with clock.standing_still(NOW + timedelta(hours=5)):
        again = client.get(path_of(address), headers={"If-None-Match": first.headers["ETag"]})
    ask_cover(slug="shop-primary", turn=_next_turn(schedule, actor_bo), by=actor_bo)
    changed = client.get(path_of(address), headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200
    assert "no-cache" in first.headers["Cache-Control"]
    assert client.post(path_of(address)).status_code == 405


def _next_turn(schedule: Schedule, by: Actor) -> tuple[str, int]:
    assert by.user is not None
    found = queries.shifts_of(by.user, NOW, NOW + timedelta(weeks=8))
    return found[0][1].source.name, found[0][1].source.turn


def test_an_event_keeps_its_name_when_its_shift_changes_hands_or_time(
    client: Client, actor_bo: Actor, actor_cleo: Actor, schedule: Schedule
) -> None:
    _, address = make_feed(slug="shop-primary", by=actor_bo)
    before = {str(each["uid"]): each for each in events(client, path_of(address))}

    asked = ask_cover(slug="shop-primary", turn=_next_turn(schedule, actor_bo), by=actor_bo)
    take_request(number=asked.pk, by=actor_cleo)
    after = {str(each["uid"]): each for each in events(client, path_of(address))}

    assert set(before) == set(after)
    moved = [uid for uid in after if after[uid]["summary"] != before[uid]["summary"]]
    assert moved
    assert all(after[uid]["sequence"] > before[uid]["sequence"] for uid in moved)
    with clock.standing_still(NOW + timedelta(days=9)):
        later = {str(each["uid"]): each["dtstart"].dt for each in events(client, path_of(address))}
    still = {uid for uid in after if after[uid]["dtend"].dt > (NOW + timedelta(days=9 - 30)).replace(hour=0)}
    assert still <= set(later)
    both = set(later) & set(after)
    assert len(both) > 50
    assert all(later[uid] == after[uid]["dtstart"].dt for uid in both)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_there_is_one_answer_everywhere(
    client: Client, ada: User, bo: User, cleo: User, actor_bo: Actor, actor_cleo: Actor, schedule: Schedule, day: str
) -> None:
    """`at`, `final`, the feed as another reader has it, the calendar page and `/oncall`, hour by hour over a change of
    the clock."""
    start = datetime.fromisoformat(f"{day}T00:00+00:00")
    with clock.standing_still(start - timedelta(days=3)):
        turn = _turn_at(schedule, start + timedelta(hours=30))
        holder = User.objects.get(pk=turn[2])
        asked = ask_cover(slug="shop-primary", turn=turn[:2], by=Actor.person(holder, "web"))
        take_request(number=asked.pk, by=Actor.person(next(one for one in (ada, bo, cleo) if one != holder), "web"))
        add_override(
            slug="shop-primary",
            user=bo,
            starts_at=start + timedelta(hours=20),
            ends_at=start + timedelta(hours=26),
            by=actor_bo,
        )
        _, address = make_feed(slug="shop-primary", by=actor_bo)
        feed = recurring_ical_events.of(icalendar.Calendar.from_ical(client.get(path_of(address)).content))
        client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = client.get(f"/schedules/shop-primary?from={day}&days=7&zone=utc")
        final = queries.final_of(schedule, start, start + timedelta(days=3)).pieces

        for hour in range(72):
            at = start + timedelta(hours=hour, minutes=30)
            instant = int(at.timestamp())
            here = getattr(queries.on_call([schedule.pk], at)[schedule.pk], "users", ())
            [piece] = [piece for piece in final if piece.start <= instant < piece.end]
            names = [User.objects.get(pk=user).name for user in here]
            assert getattr(piece, "users", ()) == here
            assert [str(event["summary"]) for event in feed.at(at)] == [f"{name}: Shop primary" for name in names]
            [shown] = [row for row in page.context["shifts"] if row["start"] <= at < row["end"]]
            assert shown["who"] == " and ".join(names)
            said = answer(Context(by=actor_bo, typed=f"/oncall who shop-primary at {at:%Y-%m-%dT%H:%MZ}")).text
            assert f"**: {names[0] if names else 'nobody'}" in said


def _turn_at(schedule: Schedule, at: datetime) -> tuple[str, int, str]:
    shift = queries.on_call([schedule.pk], at)[schedule.pk]
    assert hasattr(shift, "users")
    return shift.source.name, shift.source.turn, shift.users[0]


# --- a real calendar client ---------------------------------------------------------------------------


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


def test_a_real_calendar_client_takes_it_and_its_changes(
    client: Client, actor_bo: Actor, actor_cleo: Actor, schedule: Schedule, tmp_path: Path
) -> None:
    """vdirsyncer copies the feed into files, one an event, and later what has changed."""
    program = Path(sys.executable).with_name("vdirsyncer")
    if not program.exists():
        pytest.skip("vdirsyncer is not installed: pip install -r requirements-dev.txt")
    _, address = make_feed(by=actor_bo)
    served: dict[str, bytes] = {"feed": client.get(path_of(address)).content}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/calendar; charset=utf-8")])
        return [served["feed"]]

    server = make_server("127.0.0.1", 0, application, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        config = tmp_path / "config"
        config.write_text(
            f"""[general]
status_path = "{tmp_path}/status/"
[pair on_call]
a = "feed"
b = "here"
collections = null
conflict_resolution = "a wins"
[storage feed]
type = "http"
url = "http://127.0.0.1:{server.server_port}/feed.ics"
[storage here]
type = "filesystem"
path = "{tmp_path}/here/"
fileext = ".ics"
"""
        )
        (tmp_path / "here").mkdir()

        def sync() -> dict[str, str]:
            for words in (["discover"], ["sync"]):
                done = subprocess.run(
                    [str(program), "-c", str(config), *words],
                    input="y\n",
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=60,
                )
                assert done.returncode == 0, done.stderr
            files = sorted((tmp_path / "here").glob("*.ics"))
            return {each.name: each.read_text() for each in files}

        before = sync()
        asked = ask_cover(slug="shop-primary", turn=_next_turn(schedule, actor_bo), by=actor_bo)
        take_request(number=asked.pk, by=actor_cleo)
        served["feed"] = client.get(path_of(address)).content
        after = sync()
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)

    starts = sorted(re.findall(r"DTSTART:(\S+)", "".join(before.values())))
    mine = queries.shifts_of(actor_bo.user, NOW, NOW + timedelta(days=100)) if actor_bo.user else []
    assert len(before) > 40
    assert len(after) < len(before)
    assert all(f"{datetime.fromtimestamp(shift.start, UTC):%Y%m%dT%H%M%SZ}" in starts for _, shift in mine)
