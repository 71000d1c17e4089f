"""Many lines that had to wait for Slack: shared posts, every line once, in order, with the time it was said."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from accounts.actors import Actor
from accounts.models import User
from chatops import carrying
from common import clock
from connections.models import Delivery
from incidents.models import Incident, TimelineEvent
from incidents.operations import talk
from tests.factories import make_incident
from tests.fakes.slack_server import Channel, FakeSlack, Fault, broken, done_but_silent, rate_limited, refused, reset
from tests.integrations.slack.working import work

_CARRIED = re.compile(r"• (\d\d:\d\d:\d\d) \*(\w+)\*: (.*)")


@pytest.fixture
def by_ada(ada: User) -> Actor:
    return Actor.person(ada, "web")


@pytest.fixture
def incident(slack: FakeSlack, ada: User, connection: object) -> Incident:
    """Its channel is there, and then Slack goes away."""
    found = make_incident("Checkout 5xx", by=ada, severity=1)
    work(slack, seconds=30)
    slack.fail("chat.postMessage", reset(), times=None)
    return found


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three waiting lines are many."""
    monkeypatch.setattr(carrying, "ALONE_UP_TO", 3)


Say = Callable[[Sequence[str]], list[TimelineEvent]]


@pytest.fixture
def say(slack: FakeSlack, incident: Incident, by_ada: Actor) -> Say:
    def run(texts: Sequence[str]) -> list[TimelineEvent]:
        said = []
        for text in texts:
            said.append(talk.say(number=incident.pk, text=text, by=by_ada))
            clock.shift(timedelta(seconds=1))
            slack.shift(1)
        return said

    return run


def _channel(slack: FakeSlack) -> Channel:
    (channel,) = slack.world.channels.values()
    return channel


def _posts(slack: FakeSlack) -> list[list[str]]:
    """The lines in each of our posts, in the channel's order."""
    found = []
    for post in slack.posts(_channel(slack)):
        shared = [match[2] for match in _CARRIED.findall(post["text"])]
        if shared or post.get("username"):
            found.append(shared or [post["text"].split("\n")[0]])
    return found


def _lines(slack: FakeSlack) -> list[str]:
    return [line for post in _posts(slack) for line in post]


def _away_and_back(slack: FakeSlack, seconds: float = 200) -> None:
    work(slack, seconds=30)
    assert _posts(slack) == []
    slack.heal()
    work(slack, seconds=seconds)


def test_up_to_a_hundred_lines_go_one_by_one(slack: FakeSlack, say: Say) -> None:
    texts = [f"line {n}" for n in range(100)]
    say(texts)

    _away_and_back(slack)

    assert _posts(slack) == [[text] for text in texts]


def test_more_than_a_hundred_lines_go_twenty_at_a_time(slack: FakeSlack, say: Say) -> None:
    texts = [f"line {n}" for n in range(101)]
    events = say(texts)

    _away_and_back(slack)

    posts = _posts(slack)
    assert [len(post) for post in posts] == [20, 20, 20, 20, 20, 1]
    assert _lines(slack) == texts
    first = slack.posts(_channel(slack))[1]["text"]
    times = [(at, who) for at, who, _ in _CARRIED.findall(first)]
    assert times == [(f"{event.shown_at:%H:%M:%S}", "Ada") for event in events[:20]]
    assert f"the times are of {events[0].shown_at:%Y-%m-%d} in UTC" in first


def test_afterwards_lines_go_one_by_one_again(slack: FakeSlack, say: Say, few: None) -> None:
    say(["a", "b", "c", "d"])
    _away_and_back(slack)

    say(["e"])
    work(slack, seconds=10)
    say(["f"])
    work(slack, seconds=10)

    assert _posts(slack) == [["a", "b", "c", "d"], ["e"], ["f"]]


@pytest.mark.parametrize("fault", [done_but_silent(), reset(applies=True), broken(502, applies=True)], ids=str)
def test_a_shared_post_whose_answer_was_lost_is_not_posted_twice(
    slack: FakeSlack, say: Say, few: None, fault: Fault
) -> None:
    say(["a", "b", "c", "d"])
    work(slack, seconds=30)
    slack.heal()
    slack.fail("chat.postMessage", fault)
    work(slack, seconds=1)
    say(["e"])

    work(slack, seconds=60)

    assert _lines(slack) == ["a", "b", "c", "d", "e"]
    assert not Delivery.objects.filter(outside_ref="", thing_kind="event").exists()


def test_a_pause_in_between_is_obeyed(slack: FakeSlack, say: Say, few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "MOST", 2)
    say(["a", "b", "c", "d", "e"])
    work(slack, seconds=30)
    slack.heal()
    slack.fail("chat.postMessage", rate_limited(20), where=lambda params: "c" in params["text"].split(": ")[-1])

    work(slack, seconds=120)

    assert _lines(slack) == ["a", "b", "c", "d", "e"]


def test_what_slack_never_takes_costs_its_neighbours_nothing(slack: FakeSlack, say: Say, few: None) -> None:
    say(["a", "poison", "c", "d"])
    work(slack, seconds=30)
    slack.heal()
    slack.fail("chat.postMessage", refused("restricted_action"), times=None, where=lambda p: "poison" in p["text"])

    work(slack, seconds=60)

    assert _lines(slack) == ["a", "c", "d"]
    assert Delivery.objects.get(dead_at__isnull=False).attempts.filter(ok=False).exists()


def test_long_lines_files_and_answers_have_a_post_of_their_own(
    slack: FakeSlack, say: Say, incident: Incident, by_ada: Actor, few: None
) -> None:
    first, *_ = say(["a", "b"])
    talk.say(number=incident.pk, text="one\ntwo", by=by_ada)
    talk.say(number=incident.pk, text="an answer", by=by_ada, thread_of=first.sequence)
    say(["c", "d", "x" * 3500, "e", "f"])

    _away_and_back(slack)

    assert [len(post) for post in _posts(slack)] == [2, 1, 1, 2, 1, 2]
    assert [line[:9] for line in _lines(slack)] == ["a", "b", "one", "an answer", "c", "d", "x" * 9, "e", "f"]


def test_a_post_never_holds_more_than_slack_shows(slack: FakeSlack, say: Say, few: None) -> None:
    texts = [f"{n} {'<&>' * 100} end" for n in range(12)]
    say(texts)

    _away_and_back(slack)

    assert len(_lines(slack)) == 12
    assert all(line.endswith(" end") for line in _lines(slack))


def test_a_change_of_one_line_leaves_the_others(
    slack: FakeSlack, say: Say, incident: Incident, by_ada: Actor, few: None
) -> None:
    _, b, c, _ = say(["a", "b", "c", "d"])
    _away_and_back(slack)

    talk.edit_line(number=incident.pk, sequence=b.sequence, text="better", by=by_ada)
    talk.delete_line(number=incident.pk, sequence=c.sequence, by=by_ada)
    work(slack, seconds=30)

    [post] = _posts(slack)
    assert post == ["a", "better _(edited)_", "d"]

    for event in incident.events.filter(kind="message", deleted_at__isnull=True):
        talk.delete_line(number=incident.pk, sequence=event.sequence, by=by_ada)
    work(slack, seconds=30)
    assert _posts(slack) == []
