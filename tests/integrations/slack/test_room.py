"""An incident's channel in Slack, from declaring to the end, with trouble on the way."""

from collections.abc import Callable

import pytest

from accounts.actors import Actor
from accounts.models import User
from chatops.models import Room, RoomStep
from connections.models import Connection, Delivery
from incidents.models import Incident
from incidents.operations import talk
from incidents.operations.facts import set_severity
from integrations.slack.chat import SlackChat
from tests.factories import link_identity, make_incident
from tests.fakes.slack_server import Channel, FakeSlack, broken, done_but_silent, rate_limited, refused, reset
from tests.integrations.slack.working import receive_all, work


@pytest.fixture
def by_ada(ada: User) -> Actor:
    return Actor.person(ada, "web")


@pytest.fixture
def declare(slack: FakeSlack, connection: Connection, ada: User) -> Callable[[], Incident]:
    """Ada, who is known in Slack, declares; nothing has been sent yet."""
    there = slack.person("Ada", email=ada.email)
    link_identity(ada, f"slack:{slack.world.team_id}", there.id)

    def run() -> Incident:
        return make_incident("Checkout 5xx", by=ada, severity=1)

    return run


def _channel(slack: FakeSlack) -> Channel:
    (channel,) = slack.world.channels.values()
    return channel


def _said(slack: FakeSlack) -> list[str]:
    """The lines of the web room that stand in the channel."""
    return [post["text"] for post in slack.posts(_channel(slack)) if post.get("username")]


def test_declaring_makes_a_complete_channel(slack: FakeSlack, declare: Callable[[], Incident], ada: User) -> None:
    incident = declare()

    work(slack, seconds=30)

    channel = _channel(slack)
    assert channel.name == f"inc-{incident.pk}-checkout-5xx"
    assert channel.topic.startswith("SEV1 · ")
    assert len(channel.members) == 2
    assert len(channel.bookmarks) == 1
    card = slack.posts(channel)[0]
    assert channel.pins == [card["ts"]]
    assert card["blocks"][0]["text"]["text"] == f"SEV1 #{incident.pk} Checkout 5xx"
    assert Room.objects.get(incident=incident).outside_id == channel.id


def test_lines_edits_and_deletions_follow_in_order(
    slack: FakeSlack, declare: Callable[[], Incident], by_ada: Actor
) -> None:
    number = declare().pk
    one = talk.say(number=number, text="one", by=by_ada)
    two = talk.say(number=number, text="two", by=by_ada)
    talk.say(number=number, text="three", by=by_ada, thread_of=one.sequence)
    work(slack, seconds=60)
    assert _said(slack) == ["one", "two", "three"]
    assert slack.posts(_channel(slack))[-1]["thread_ts"] == slack.posts(_channel(slack))[-3]["ts"]

    talk.edit_line(number=number, sequence=one.sequence, text="one, better", by=by_ada)
    talk.delete_line(number=number, sequence=two.sequence, by=by_ada)
    work(slack, seconds=60)

    assert _said(slack) == ["one, better _(edited)_", "three"]


def test_the_card_is_edited_in_place(slack: FakeSlack, declare: Callable[[], Incident], by_ada: Actor) -> None:
    incident = declare()
    work(slack, seconds=30)
    ts = slack.posts(_channel(slack))[0]["ts"]

    set_severity(number=incident.pk, severity=3, by=by_ada)
    work(slack, seconds=30)

    card = slack.posts(_channel(slack))[0]
    assert (card["ts"], card["blocks"][0]["text"]["text"][:4]) == (ts, "SEV3")
    assert _channel(slack).topic.startswith("SEV3")


def test_our_own_echo_adds_nothing(
    slack: FakeSlack, connection: Connection, declare: Callable[[], Incident], by_ada: Actor
) -> None:
    incident = declare()
    talk.say(number=incident.pk, text="one", by=by_ada)
    work(slack, seconds=60)
    events = incident.events.count()

    receive_all(connection, slack)
    work(slack, seconds=60)

    assert incident.events.count() == events
    assert not incident.events.filter(pinned_at__isnull=False).exists()


# --- trouble -------------------------------------------------------------------------------------
def test_a_channel_whose_creation_was_not_answered_is_used(slack: FakeSlack, declare: Callable[[], Incident]) -> None:
    slack.fail("conversations.create", done_but_silent())
    declare()

    work(slack, seconds=60)

    assert len(slack.world.channels) == 1
    assert len(_channel(slack).pins) == 1


def test_a_line_whose_answer_was_lost_is_not_said_twice(
    slack: FakeSlack, declare: Callable[[], Incident], by_ada: Actor
) -> None:
    number = declare().pk
    work(slack, seconds=30)
    for fault in (done_but_silent(), reset(applies=True), broken(502, applies=True)):
        slack.fail("chat.postMessage", fault)
        talk.say(number=number, text=str(fault), by=by_ada)
        work(slack, seconds=60)

    assert _said(slack) == ["done_but_silent", "reset", "broken"]


def test_a_pause_is_obeyed_and_the_lines_come_in_order(
    slack: FakeSlack, declare: Callable[[], Incident], by_ada: Actor
) -> None:
    number = declare().pk
    work(slack, seconds=30)
    slack.fail("chat.postMessage", rate_limited(20))
    for text in ("one", "two"):
        talk.say(number=number, text=text, by=by_ada)
    work(slack)
    assert _said(slack) == []
    assert Delivery.objects.filter(dead_at__isnull=False).count() == 0

    work(slack, seconds=60)

    assert _said(slack) == ["one", "two"]


def test_after_an_outage_every_line_is_carried_over_once_and_in_order(
    slack: FakeSlack, declare: Callable[[], Incident], by_ada: Actor
) -> None:
    number = declare().pk
    work(slack, seconds=30)
    slack.fail("*", reset(), times=None)
    lines = [f"line {n}" for n in range(12)]
    for text in lines:
        talk.say(number=number, text=text, by=by_ada)
    work(slack, seconds=120)
    assert _said(slack) == []

    slack.heal()
    work(slack, seconds=120)

    assert [text.split("\n")[0] for text in _said(slack)] == lines


def test_an_outage_while_declaring_ends_in_one_complete_channel(
    slack: FakeSlack, declare: Callable[[], Incident]
) -> None:
    slack.fail("*", reset(), times=None)
    declare()
    work(slack, seconds=60)
    assert slack.world.channels == {}

    slack.heal()
    work(slack, seconds=120)

    assert len(_channel(slack).pins) == 1
    assert not RoomStep.objects.exclude(state="done").exists()


def test_a_line_that_slack_never_takes_does_not_hold_up_the_others(
    slack: FakeSlack, declare: Callable[[], Incident], by_ada: Actor
) -> None:
    number = declare().pk
    work(slack, seconds=30)
    slack.fail("chat.postMessage", refused("restricted_action"), where=lambda params: params["text"] == "poison")
    for text in ("poison", "fine"):
        talk.say(number=number, text=text, by=by_ada)

    work(slack, seconds=60)

    assert _said(slack) == ["fine"]
    assert Delivery.objects.filter(dead_at__isnull=False).count() == 1


def test_a_step_that_is_asked_for_while_it_is_done_is_done_once_more(
    slack: FakeSlack, declare: Callable[[], Incident], by_ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = declare()
    work(slack, seconds=30)
    set_topic, severities = SlackChat.set_topic, [3, 2]

    def set_slowly(chat: SlackChat, room: str, text: str) -> None:
        set_topic(chat, room, text)
        if severities:
            set_severity(number=incident.pk, severity=severities.pop(), by=by_ada)

    monkeypatch.setattr(SlackChat, "set_topic", set_slowly)
    set_severity(number=incident.pk, severity=4, by=by_ada)

    work(slack, seconds=30)

    assert _channel(slack).topic.startswith("SEV3 · ")
    step = RoomStep.objects.get(room__incident=incident, name="topic")
    assert (step.state, step.due_at, step.lease_owner) == (RoomStep.DONE, None, "")
