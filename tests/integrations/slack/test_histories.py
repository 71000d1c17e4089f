"""However a channel's history arrives, doubled, late and shuffled, the timeline is the one of its own order."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.actors import Actor
from accounts.models import User
from chatops.models import Room
from chatops.rooms import plan_room
from common import clock
from connections.models import Connection, Received
from connections.models import Delivery as Sending
from connections.operations import open_lane
from incidents.models import Incident, Reminder, TimelineEvent
from incidents.operations import talk
from incidents.queries import readable_events, versions_of
from incidents.timeline.frames import event_json
from integrations.slack import learning
from integrations.slack.backfilling import plan
from integrations.slack.emojis import emoji_of
from integrations.slack.models import Fact, Waiting, Watch
from tests.factories import link_identity, make_incident
from tests.fakes.slack_server import FakeSlack, Person
from tests.integrations.slack.histories import Deed, Delivery, Told, deliveries, histories
from tests.integrations.slack.working import receive, self_answer, work

SWEEP = os.environ.get("WARROOM_SWEEP") == "1"
thoroughly = settings(
    max_examples=3000 if SWEEP else 20,
    deadline=None,
    database=None,
    # The same examples each time in `make test`; the sweep makes up its own.
    derandomize=not SWEEP,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
AT_ONCE = Delivery(0, 0, 0.0)
SAID = Deed("say", 0, 0)
SHUFFLED = Delivery(3, 2, 0.7)


@pytest.fixture
def people(slack: FakeSlack, connection: Connection, ada: User) -> list[Person]:
    """Ada, who is linked, and two whom nobody here knows; Slack has told their names."""
    found = [slack.person(name) for name in ("Ada", "Bo", "Cleo")]
    link_identity(ada, f"slack:{slack.world.team_id}", found[0].id)
    # Nobody is away in these stories.
    Watch.objects.all().delete()
    learning.put(connection, Fact.SELF, "", {**self_answer(slack), "scopes": sorted(slack.world.scopes)})
    for person in found:
        learning.put(connection, Fact.USER, person.id, learning.person_of(person.as_json()))
    return found


@pytest.fixture
def tell(slack: FakeSlack, connection: Connection, people: list[Person], ada: User) -> Any:
    """`tell(deeds)`: a channel of its own in which all that happens; its parcels are in the outbox."""

    def happen(deeds: list[Deed]) -> tuple[Incident, Told]:
        incident = make_incident("Checkout 5xx", by=ada, severity=2)
        channel = slack.channel(f"inc-{incident.pk}", *people)
        room = Room.objects.filter(incident=incident).first() or plan_room(incident, connection, generation=0)
        room.steps.all().delete()
        Room.objects.filter(pk=room.pk).update(outside_id=channel.id, name=channel.name)
        open_lane(room.lane, channel.id)
        Reminder.objects.all().delete()
        talk.say(number=incident.pk, text="from the web", by=Actor.person(ada, "web"))
        work(slack, seconds=5)
        told = Told(slack, channel, people)
        told.ours = [post["ts"] for post in slack.posts(channel) if post["text"] == "from the web"]
        for number, deed in enumerate(deeds):
            told.do(number, deed)
        return incident, told

    return happen


@contextmanager
def own_time(slack: FakeSlack) -> Iterator[None]:
    """Each example begins at the true time, here and in Slack."""
    clock.reset()
    cache.clear()
    slack.world.offset, slack.world._last_ts = 0.0, 0
    try:
        yield
    finally:
        clock.reset()


@thoroughly
@given(histories, deliveries)
@example([SAID, Deed("edit", 0, 0), Deed("edit", 0, 0), Deed("delete", 0, 0)], SHUFFLED)
@example([SAID, Deed("reply", 1, 1), Deed("react", 1, 1), Deed("react", 1, 1), Deed("pin", 1, 1)], SHUFFLED)
@example([SAID, Deed("react", 1, 1, "pushpin"), Deed("pin", 0, 1), Deed("react", 1, 1, "pushpin")], AT_ONCE)
def test_the_timeline_is_that_of_the_sorted_history(
    slack: FakeSlack, connection: Connection, tell: Any, history: list[Deed], delivery: Delivery
) -> None:
    with own_time(slack):
        incident, told = tell(history)
        for seconds, wave in delivery.waves(slack.outbox.take()):
            work(slack, seconds=seconds)
            for parcel in wave:
                receive(connection, parcel)
        work(slack, seconds=30)

        check(incident, told)


@settings(thoroughly, max_examples=1500 if SWEEP else 15)
@given(histories, st.integers(0, 2**32), st.sampled_from((0.3, 0.7, 1.0)))
@example([SAID, Deed("edit", 0, 0), Deed("reply", 1, 1), Deed("delete", 0, 0)], 1, 1.0)
@example([SAID, Deed("reply", 1, 1), SAID, Deed("reply", 1, 1), SAID], 4, 0.3)
# Of these only the answer comes: its thread and its deletion, then also the thread's, are lost.
@example([SAID, Deed("reply", 1, 1), Deed("delete", 0, 1)], 9, 0.7)
@example([SAID, Deed("reply", 1, 1), Deed("delete", 0, 1), Deed("delete", 0, 0)], 9, 0.7)
# Nor is it known otherwise that an answer to a line of ours was taken back.
@example([Deed("reply", 0, 0), Deed("delete", 0, 0)], 11, 0.7)
def test_reading_the_channel_again_brings_what_was_lost(
    slack: FakeSlack, connection: Connection, tell: Any, history: list[Deed], seed: int, loss: float
) -> None:
    """Some events never come, others come in any order, before and after the channel is read again."""
    with own_time(slack):
        incident, told = tell(history)
        chance = random.Random(seed)
        coming = [parcel for parcel in slack.outbox.take() if chance.random() >= loss]
        # What was said a moment ago may still be on its way into the channel's history: nothing is concluded from
        # its absence there.
        clock.shift(timedelta(seconds=10))
        slack.shift(10)
        chance.shuffle(coming)
        half = chance.randrange(len(coming) + 1)
        for parcel in coming[:half]:
            receive(connection, parcel)
        work(slack, seconds=chance.choice((0, 30)))
        plan(connection, clock.now() - timedelta(hours=1))
        for parcel in coming[half:]:
            receive(connection, parcel)
        # What belongs to a line that is gone for good is given up by then.
        work(slack, seconds=1000)

        check_end(incident, told)


def check_end(incident: Incident, told: Told) -> None:
    """What stands in the channel stands here; of former states only some are known."""
    assert not Received.objects.exclude(state="done").exists()
    assert not Waiting.objects.exists()
    place = f"slack:{told.slack.world.team_id}:{told.channel.id}:"
    events = [event for event in readable_events(incident) if event.kind == "message" and event.surface == "slack"]
    heard = {str(event.outside_id).removeprefix(place): event for event in events}
    standing = {ts: words[-1] for ts, words in told.wordings.items() if ts not in told.deleted}

    assert {ts: event.shown_text for ts, event in heard.items() if not event.deleted_at} == standing
    assert [ts for ts in heard if ts in standing] == sorted(standing)
    for ts in standing:
        assert (heard[ts].thread is not None) == (ts in told.threads)
        assert _reactions(heard[ts]) == _there(told, ts)


def check(incident: Incident, told: Told) -> None:
    """Both sides say the same, and nothing waits any more."""
    assert not Received.objects.exclude(state="done").exists()
    assert not Waiting.objects.exists()
    assert not Sending.objects.filter(dead_at__isnull=False).exists()
    place = f"slack:{told.slack.world.team_id}:{told.channel.id}:"
    events = [event for event in readable_events(incident) if event.kind == "message"]
    heard = {str(event.outside_id).removeprefix(place): event for event in events if event.surface == "slack"}

    assert list(heard) == sorted(told.wordings), "every line once, in the order it was said"
    changes = versions_of(events)
    names = {event.pk: ts for ts, event in heard.items()} | {
        event.pk: told.ours[0] for event in events if event.surface == "web"
    }
    for ts, event in heard.items():
        shown = event_json(event, changes.get(event.pk))
        assert (names[event.thread_id] if event.thread_id else "") == told.threads.get(ts, ""), "its thread"
        assert shown["deleted"] == (ts in told.deleted)
        if ts not in told.deleted:
            *former, now = told.wordings[ts]
            assert (shown["text"], [one["text"] for one in shown["versions"]]) == (now, former)
            assert shown["edited"] == bool(former)
    for event in events:
        ts = names[event.pk]
        if ts not in told.deleted:
            assert _reactions(event) == _there(told, ts)
            assert (event.pinned_at is not None) == _belongs(event, told, ts)
        answers = sum(1 for thread in told.threads.values() if thread == ts)
        assert event.reply_count == answers
    assert [post["text"] for post in told.slack.posts(told.channel)].count("from the web") == 1
    ours = [message.text for message in told.channel.in_order() if message.is_ours]
    assert not [text for text in ours if text.startswith(("line", "answer", "wording"))], "an echo"


def _reactions(event: TimelineEvent) -> dict[str, int]:
    return {emoji: len(people) for emoji, people in event.reactions.items()}


def _there(told: Told, ts: str) -> dict[str, int]:
    """What people gave; our own sign under a line is no reaction of anybody."""
    ours = told.slack.world.bot.id
    given = {name: set(users) - {ours} for name, users in told.channel.messages[ts].reactions.items()}
    return {emoji_of(name): len(users) for name, users in given.items() if users}


def _belongs(event: TimelineEvent, told: Told, ts: str) -> bool:
    """Pinned by hand or by 📌, whichever was last: as the events in their own order say."""
    pinned, holders = False, 0
    for kind, on in told.marks.get(ts, []):
        if kind == "pin":
            pinned = on
        elif on:
            holders, pinned = holders + 1, True
        else:
            holders -= 1
            pinned = pinned and holders > 0
    return pinned
