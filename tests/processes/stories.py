"""What a kill test drives through an installation, and what must be true of it afterwards."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack_server import Channel, FakeSlack, Parcel, Person
from tests.pagerduty.events import body
from tests.pagerduty.sender import Sender
from tests.processes.harness import HOOK_SECRET, Stack, wait_until

ALERT_TITLE = "Checkout answers 5xx"
LINE = "the pool is at 200 of 200"
FILE, CONTENT = "threads.txt", b"waiting for a connection\n" * 20_000
LOST = [f"lost on the way {n}" for n in range(5)]
ANSWER = "an answer, lost too"
_PATIENCE = 60.0

#: what still has to happen, in one number
_UNDONE = """
SELECT (SELECT count(*) FROM connections_received WHERE state = 'waiting')
     + (SELECT count(*) FROM connections_delivery WHERE dead_at IS NULL AND wanted > shown)
     + (SELECT count(*) FROM chatops_roomstep WHERE state = 'waiting')
     + (SELECT count(*) FROM slack_waiting)
     + (SELECT count(*) FROM slack_fact WHERE about = 'line' AND state = 'waiting' AND due_at IS NOT NULL)
     + (SELECT count(*) FROM slack_filefetch WHERE state = 'waiting')
     + (SELECT count(*) FROM slack_backfill WHERE state = 'waiting')
"""


@dataclass
class Story:
    """One thing that happens outside, kept up until the installation has taken it."""

    stack: Stack
    slack: FakeSlack

    def webhook(self) -> None:
        """PagerDuty tells of an incident, as often as it takes."""
        raw = body("incident.triggered", incident="Q1", key="checkout-5xx", id_="01E1", title=ALERT_TITLE)
        sent = Sender(lambda: self.stack.url, HOOK_SECRET).send(raw, "hook-1")
        assert sent.is_taken, sent.statuses

    def declare(self) -> None:
        """Ada declares by the API; without an answer she asks again with the same key."""
        given = {"title": ALERT_TITLE, "severity": 2}
        wait_until(
            lambda: self.stack.call("POST", "/incidents", given, key="declare-1")[0] == 201, _PATIENCE, "declaring"
        )

    def line(self) -> None:
        """Bo says a line in the incident's channel; Slack sends it again until it is taken."""
        self._deliver(self.slack.say(self._channel(), self._bo(), LINE))

    def file(self) -> None:
        """Bo shares a file in the incident's channel."""
        self._deliver(self.slack.share(self._channel(), self._bo(), FILE, CONTENT, text=LINE))

    def gap(self) -> None:
        """Five lines are lost on their way, Slack says so, and people go on talking."""
        lost = [self.slack.say(self._channel(), self._bo(), text) for text in LOST]
        self.slack.reply(self._channel(), self._bo(), str(lost[0].event["ts"]), ANSWER)
        self.slack.outbox.take()
        minute = int(self.slack.world.now()) // 60 * 60 - 60
        self._deliver(
            self.slack.outer(
                type="app_rate_limited",
                team_id=self.slack.world.team_id,
                minute_rate_limited=minute,
                api_app_id=self.slack.world.app_id,
            )
        )
        for parcel in (lost[-1], self.slack.say(self._channel(), self._bo(), LINE)):
            self._deliver(parcel)

    def _channel(self) -> Channel:
        return next(c for c in self.slack.world.channels.values() if c.name.startswith("inc-"))

    def _bo(self) -> Person:
        return next(person for person in self.slack.world.people.values() if person.name == "Bo")

    def _deliver(self, parcel: Parcel) -> None:
        """Slack sends it again until it is taken."""
        wait_until(lambda: self.slack.outbox.deliver(parcel, self.stack.url).is_taken, _PATIENCE, "Slack's delivery")

    def room(self) -> None:
        """An incident with a complete channel."""
        self.declare()
        settle(self.stack)


class InBackground:
    """Runs a story in a thread; `done()` waits for it and raises what it raised."""

    def __init__(self, story: Callable[[], None]) -> None:
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(story,), daemon=True)
        self._thread.start()

    def _run(self, story: Callable[[], None]) -> None:
        try:
            story()
        except BaseException as error:
            self._error = error

    def done(self) -> None:
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive(), "the story did not come to its end"
        if self._error is not None:
            raise self._error


def settle(stack: Stack, seconds: float = 60.0, *, with_rooms: bool = True) -> None:
    """Wait until nothing is left to do (and every incident has its channel).

    A long queue may take its time; `seconds` in which it gets no shorter are too many.
    """

    def is_done(left: int) -> bool:
        return left == 0 and (not with_rooms or _rooms_are_there(stack))

    left = stack.count(_UNDONE)
    while not is_done(left):
        fewer = left

        def is_shorter(fewer: int = fewer) -> bool:
            now = stack.count(_UNDONE)
            return now < fewer or is_done(now)

        wait_until(is_shorter, seconds, f"progress, with {left} things left to do,")
        left = stack.count(_UNDONE)


def _rooms_are_there(stack: Stack) -> bool:
    incidents = stack.count("SELECT count(*) FROM incidents_incident")
    return incidents > 0 and stack.count("SELECT count(*) FROM chatops_room WHERE outside_id <> ''") >= incidents


def one_incident_one_channel_one_card(stack: Stack, slack: FakeSlack) -> None:
    """The rows and the workspace agree: one of each, complete, and nothing was given up."""
    assert stack.count("SELECT count(*) FROM incidents_incident") == 1
    assert stack.rows("SELECT name, state FROM chatops_roomstep WHERE state <> 'done'") == []
    assert stack.rows("SELECT thing_kind, last_error FROM connections_delivery WHERE dead_at IS NOT NULL") == []
    rooms = stack.rows("SELECT outside_id, name FROM chatops_room")
    channels = [c for c in slack.world.channels.values() if c.name.startswith("inc-")]
    assert [(c.id, c.name) for c in channels] == rooms
    channel = channels[0]
    cards = [post for post in slack.posts(channel) if _marker(post).startswith("card:")]
    assert len(cards) == 1
    assert channel.pins == [cards[0]["ts"]]
    assert "SEV" in channel.topic
    assert len(channel.bookmarks) == 1
    shown = stack.rows("SELECT outside_ref FROM connections_delivery WHERE thing_kind = 'card'")
    assert shown == [(cards[0]["ts"],)]
    markers = [_marker(post) for post in slack.posts(channel)]
    assert len(markers) == len(set(markers)), markers


def ada_is_invited(slack: FakeSlack) -> None:
    """Who declared is in the channel."""
    ada = next(person for person in slack.world.people.values() if person.name == "Ada")
    channel = next(c for c in slack.world.channels.values() if c.name.startswith("inc-"))
    assert channel.members.count(ada.id) == 1


def one_alert_one_line(stack: Stack) -> None:
    """The webhook is one row, one signal, one line."""
    assert stack.rows("SELECT state, outcome FROM connections_received WHERE door = 'pagerduty'") == [("done", "done")]
    assert stack.count("SELECT count(*) FROM alerts_alert") == 1
    assert stack.count("SELECT count(*) FROM alerts_alertgroup") == 1
    assert stack.count("SELECT count(*) FROM incidents_timelineevent WHERE kind = 'alert'") == 1


def one_line_no_echo(stack: Stack, slack: FakeSlack) -> None:
    """Bo's line is in the timeline once and was not posted back."""
    said = stack.rows("SELECT shown_text FROM incidents_timelineevent WHERE kind = 'message'")
    assert said == [(LINE,)]
    channel = next(c for c in slack.world.channels.values() if c.name.startswith("inc-"))
    assert [m.text for m in channel.in_order() if LINE in m.text] == [LINE]


def one_file(stack: Stack) -> None:
    """The shared file is kept once, whole, with its line."""
    assert stack.rows("SELECT shown_text FROM incidents_timelineevent WHERE kind = 'message'") == [(LINE,)]
    kept = stack.rows(
        "SELECT a.name, a.size, e.shown_text FROM incidents_attachment a"
        " JOIN incidents_timelineevent e ON e.id = a.event_id"
    )
    assert kept == [(FILE, len(CONTENT), LINE)]
    named = stack.rows("SELECT name, note FROM incidents_outsidefile WHERE attachment_id IS NOT NULL")
    assert named == [(FILE, "")]


def every_line_once(stack: Stack, slack: FakeSlack) -> None:
    """What was lost and what came at the same time stand there once, in the order they were said."""
    said = stack.rows("SELECT shown_text FROM incidents_timelineevent WHERE kind = 'message' ORDER BY shown_at, id")
    assert said == [(text,) for text in [*LOST, ANSWER, LINE]]
    answers = "SELECT count(*) FROM incidents_timelineevent WHERE thread_id IS NOT NULL AND target_id IS NULL"
    assert stack.count(answers) == 1
    assert stack.rows("SELECT state FROM slack_backfill") == [("done",)]
    channel = next(c for c in slack.world.channels.values() if c.name.startswith("inc-"))
    assert not [m.text for m in channel.in_order() if m.is_ours and m.text in [*LOST, ANSWER, LINE]]


def _marker(post: dict[str, Any]) -> str:
    return str(post.get("metadata", {}).get("event_payload", {}).get("marker", ""))
