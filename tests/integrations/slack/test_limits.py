"""A good citizen: what Slack asks for is obeyed to the letter by everybody, and we slow down before it asks."""

import functools
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.actors import Actor
from chatops.models import Room
from chatops.rooms import plan_room
from common import clock
from common.errors import PartnerTrouble
from connections.models import Connection, Lane
from connections.operations import open_lane
from incidents.models import Incident
from incidents.operations import talk
from incidents.operations.facts import set_severity
from integrations.slack.client import SlackClient
from integrations.slack.limits import Limits
from tests.factories import make_incident
from tests.fakes.slack_server import Channel, Entry, FakeSlack, Person, hanging, rate_limited, slow
from tests.integrations.slack.working import work
from tests.threads import Thread

pytestmark = pytest.mark.django_db


def called(limits: Limits, method: str, **params: Any) -> str:
    """One call that is answered well; returns what held it back."""
    try:
        with limits.turn(method, params):
            return ""
    except PartnerTrouble as trouble:
        return trouble.code


def limited(
    limits: Limits, method: str, seconds: float, meanwhile: Callable[[], None] = lambda: None, **params: Any
) -> None:
    """One call that hears a Retry-After; `meanwhile` happens while it is under way."""

    def ask() -> None:
        with limits.turn(method, params):
            meanwhile()
            raise PartnerTrouble("slowly", retry_after=seconds, code="ratelimited")

    with pytest.raises(PartnerTrouble):
        ask()


# --- budgets ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "a_minute"),
    [("conversations.create", 20), ("pins.add", 20), ("chat.update", 50), ("users.info", 100), ("not.known", 50)],
)
def test_a_minute_has_so_many_calls(method: str, a_minute: int) -> None:
    limits = Limits("workspace")

    results = Counter(called(limits, method) for _ in range(a_minute + 15))

    assert results == {"": a_minute, "waits": 15}


def test_they_grow_back_one_by_one() -> None:
    limits = Limits("workspace")
    for _ in range(20):
        called(limits, "conversations.create")

    clock.shift(timedelta(seconds=6.1))

    assert [called(limits, "conversations.create") for _ in range(3)] == ["", "", "waits"]


def test_a_quiet_hour_saves_no_more_than_a_minute() -> None:
    limits = Limits("workspace")
    called(limits, "conversations.create")
    clock.shift(timedelta(minutes=50))

    results = Counter(called(limits, "conversations.create") for _ in range(30))

    assert results[""] in (20, 21)


def test_who_waits_is_told_how_long() -> None:
    limits = Limits("workspace")
    for _ in range(20):
        called(limits, "pins.add")

    with pytest.raises(PartnerTrouble) as caught, limits.turn("pins.add", {}):
        raise AssertionError("it must not be asked")

    assert 0 < (caught.value.retry_after or 0) <= 3.0
    assert not caught.value.unclear


def test_workspaces_and_methods_count_apart() -> None:
    limits = Limits("workspace")
    for _ in range(20):
        called(limits, "pins.add")

    assert called(limits, "pins.add") == "waits"
    assert called(limits, "pins.remove") == ""
    assert called(Limits("another"), "pins.add") == ""


def test_threads_share_one_budget() -> None:
    limits = Limits("workspace")
    found: list[str] = []
    threads = [Thread(lambda: found.extend(called(limits, "pins.add") for _ in range(10))) for _ in range(4)]

    for thread in threads:
        thread.result()

    assert Counter(found) == {"": 20, "waits": 20}


def test_what_the_breaker_refused_was_not_asked_and_costs_nothing() -> None:
    limits = Limits("workspace")
    for _ in range(40):
        with pytest.raises(PartnerTrouble), limits.turn("pins.add", {}):
            raise PartnerTrouble("away", retry_after=5.0, code="away")

    assert [called(limits, "pins.add") for _ in range(20)] == [""] * 20


# --- Retry-After --------------------------------------------------------------------------------------
def test_after_a_retry_after_one_goes_alone() -> None:
    limits = Limits("workspace")
    limited(limits, "chat.update", 10)
    assert called(limits, "chat.update") == "ratelimited"
    clock.shift(timedelta(seconds=10.1))

    with limits.turn("chat.update", {}):
        others = [called(limits, "chat.update") for _ in range(3)]

    assert others == ["ratelimited"] * 3
    assert called(limits, "chat.update") == ""


def test_a_shorter_one_does_not_end_a_longer_one() -> None:
    limits = Limits("workspace")
    limited(limits, "chat.update", 1, meanwhile=lambda: limited(limits, "chat.update", 30))

    clock.shift(timedelta(seconds=20))

    assert called(limits, "chat.update") == "ratelimited"


def test_a_probe_that_is_limited_again_starts_the_next_wait() -> None:
    limits = Limits("workspace")
    limited(limits, "chat.update", 10)
    clock.shift(timedelta(seconds=10.1))
    limited(limits, "chat.update", 10)

    clock.shift(timedelta(seconds=9))
    assert called(limits, "chat.update") == "ratelimited"
    clock.shift(timedelta(seconds=1.1))

    assert called(limits, "chat.update") == ""


def test_posts_are_held_back_in_their_channel_only() -> None:
    limits = Limits("workspace")
    limited(limits, "chat.postMessage", 30, channel="C1")

    assert called(limits, "chat.postMessage", channel="C1") == "ratelimited"
    assert called(limits, "chat.postMessage", channel="C2") == ""


def test_no_call_inside_a_retry_after_whatever_threads_run_side_by_side() -> None:
    """Eight threads hammer one method through three Retry-Afters of two seconds. What is on its way when Slack
    says so can't be called back; nothing begins after that."""
    with FakeSlack() as slack:
        channel = slack.channel("general")
        clients = [SlackClient(slack.token, slack.api_url, name="one workspace") for _ in range(8)]
        ts = clients[0].call("chat.postMessage", channel=channel.id, text="0")["ts"]
        asked, is_over = Counter[str](), threading.Event()

        def hammer(client: SlackClient) -> None:
            while not is_over.is_set():
                try:
                    client.call("chat.update", channel=channel.id, ts=ts, text="again")
                except PartnerTrouble as trouble:
                    asked[trouble.code] += 1

        threads = [Thread(functools.partial(hammer, client)) for client in clients]
        for number in range(3):
            slack.fail("chat.update", rate_limited(2))
            slack.journal.wait(lambda journal, so_far=number: len(journal.windows) > so_far, 15)
        slack.journal.wait(lambda journal: journal.entries[-1].at > journal.windows[-1].until, 15)
        is_over.set()
        for thread in threads:
            thread.result()

    assert asked["ratelimited"] > 1000, "the threads did try"
    begun = [min(entry.at - w.since for w in slack.journal.windows if w.since <= entry.at) for entry in _inside(slack)]
    # Each thread has at most one call on its way.
    assert len(begun) <= 3 * 7
    assert [seconds for seconds in begun if seconds > 0.5] == []


def _inside(slack: FakeSlack) -> list[Entry]:
    return slack.journal.inside_windows()


# --- a Slack that hangs -------------------------------------------------------------------------------
def test_a_slack_that_hangs_costs_a_few_calls_and_then_nothing(slack: FakeSlack) -> None:
    client = SlackClient(slack.token, slack.api_url, timeout=0.2)
    slack.fail("*", hanging(), times=None)

    codes = Counter(_code(client) for _ in range(40))

    assert codes == {"timeout": 5, "away": 35}
    assert len(slack.journal.calls("auth.test")) == 5


def test_when_it_is_back_one_call_finds_out_for_all(slack: FakeSlack) -> None:
    client = SlackClient(slack.token, slack.api_url, timeout=0.2)
    slack.fail("*", hanging(), times=None)
    for _ in range(5):
        _code(client)
    slack.heal()
    slack.fail("auth.test", slow(1.0))
    clock.shift(timedelta(seconds=5.1))
    slack.journal.clear()

    first = [Thread(lambda: _code(SlackClient(slack.token, slack.api_url))) for _ in range(6)]
    codes = Counter(thread.result() for thread in first)

    assert codes == {"": 1, "away": 5}
    assert len(slack.journal.calls("auth.test")) == 1
    assert _code(SlackClient(slack.token, slack.api_url)) == ""


def _code(client: SlackClient) -> str:
    try:
        client.call("auth.test")
    except PartnerTrouble as trouble:
        return trouble.code
    return ""


# --- rooms beside the limited one ---------------------------------------------------------------------
@pytest.fixture
def rooms(slack: FakeSlack, connection: Connection, ada: Any, ada_there: Person) -> list[tuple[Incident, Channel]]:
    """Three incidents with a channel each."""
    found = []
    for number in range(3):
        incident = make_incident(f"Trouble {number}", by=ada, severity=2)
        channel = slack.channel(f"inc-{number}", ada_there)
        room = Room.objects.filter(incident=incident).first() or plan_room(incident, connection, generation=0)
        room.steps.all().delete()
        Room.objects.filter(pk=room.pk).update(outside_id=channel.id, name=channel.name)
        open_lane(room.lane, channel.id)
        found.append((incident, channel))
    work(slack)
    return found


def test_other_rooms_don_t_wait_for_the_limited_one(
    slack: FakeSlack, rooms: list[tuple[Incident, Channel]], actor_ada: Actor
) -> None:
    (_, limited_one), *others = rooms
    clock.shift(timedelta(seconds=5))
    slack.shift(5)
    slack.fail("chat.postMessage", rate_limited(30), where=lambda params: params["channel"] == limited_one.id)
    slack.journal.clear()

    for incident, _ in rooms:
        talk.say(number=incident.pk, text="we look at the pool", by=actor_ada)
    begun = slack.world.now()
    work(slack, seconds=60)

    for _, channel in others:
        (post,) = [e for e in slack.journal.calls("chat.postMessage", ok=True) if e.params["channel"] == channel.id]
        assert post.at - begun < 1.0
    tries = [e for e in slack.journal.calls("chat.postMessage") if e.params["channel"] == limited_one.id]
    assert [entry.status for entry in tries] == [429, 200]
    assert tries[1].at - tries[0].at >= 30


# --- what goes first ----------------------------------------------------------------------------------
def test_after_a_pause_the_card_goes_first_and_edits_are_one(
    slack: FakeSlack, rooms: list[tuple[Incident, Channel]], actor_ada: Actor
) -> None:
    incident, channel = rooms[0]
    shown = talk.say(number=incident.pk, text="the first version", by=actor_ada)
    work(slack, seconds=5)
    lane = Lane.objects.get(room__incident=incident)
    Lane.objects.filter(pk=lane.pk).update(is_open=False, due_at=None)
    slack.journal.clear()

    for number in range(3):
        talk.say(number=incident.pk, text=f"line {number}", by=actor_ada)
    for number in range(5):
        talk.edit_line(number=incident.pk, sequence=shown.sequence, text=f"version {number}", by=actor_ada)
    set_severity(number=incident.pk, severity=1, by=actor_ada)
    open_lane(lane, channel.id)
    work(slack, seconds=30)

    calls = slack.journal.calls("chat.update", "chat.postMessage")
    calls = [entry for entry in calls if entry.params["channel"] == channel.id]
    assert [_what(entry.params) for entry in calls] == [
        *("card", "version 4 _(edited)_", "line 0", "line 1", "line 2", "*Severity SEV2 → SEV1* · Ada")
    ]


def _what(params: Any) -> str:
    return "card" if "blocks" in params else str(params["text"])
