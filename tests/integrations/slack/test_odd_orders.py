"""Strangers who only react, edits that come first, edits that leave nothing: what a mirror easily gets wrong."""

from datetime import timedelta

import pytest

from accounts.models import Identity, User
from common import clock
from common.work import work_off
from connections.models import Connection
from incidents.models import Incident
from integrations.slack import learning
from integrations.slack.backfilling import plan
from integrations.slack.models import Fact
from tests.factories import link_identity
from tests.fakes.slack_server import Channel, FakeSlack, Person
from tests.integrations.slack.working import lines, receive, receive_all, self_answer, texts, work


@pytest.fixture(autouse=True)
def _known(slack: FakeSlack, connection: Connection) -> None:
    """Who we are is known; of the people nobody is."""
    learning.put(connection, Fact.SELF, "", self_answer(slack))


def _hear(slack: FakeSlack, connection: Connection, seconds: float = 0) -> None:
    receive_all(connection, slack)
    work(slack, seconds=seconds)


@pytest.mark.parametrize("how", ["react", "pin"])
def test_who_only_reacts_or_pins_is_who_they_are(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_there: Person,
    bo: User,
    how: str,
) -> None:
    bo_there, cleo_there = slack.person("Bo"), slack.person("Cleo")
    link_identity(bo, f"slack:{slack.world.team_id}", bo_there.id)
    ts = slack.say(channel, ada_there, "db is down").event["ts"]
    for person in (bo_there, cleo_there):
        if how == "react":
            slack.react(channel, person, ts, "pushpin")
        else:
            slack.pin(channel, person, ts, on=person is bo_there)
    _hear(slack, connection)

    told = incident.events.filter(kind__in=["reaction.added", "pinned", "unpinned"], outside_id__gt="")
    first, second = told.order_by("sequence")
    assert (first.actor, first.actor_name) == (bo, "Bo")
    assert (second.actor, second.actor_name) == (None, "Cleo")


def test_a_reaction_goes_though_its_giver_was_linked_meanwhile(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_there: Person, ada: User
) -> None:
    ts = slack.say(channel, ada_there, "db is down").event["ts"]
    slack.react(channel, ada_there, ts, "eyes")
    _hear(slack, connection)
    assert lines(incident)[0].reactions != {}
    Identity.objects.filter(outside_id=ada_there.id).update(user=ada)

    slack.react(channel, ada_there, ts, "eyes", on=False)
    _hear(slack, connection)

    assert lines(incident)[0].reactions == {}


def test_an_edit_that_comes_first_brings_the_files_and_the_link(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    learning.put(connection, Fact.SELF, "", {**self_answer(slack), "url": "https://example.slack.com/"})
    said = slack.share(channel, ada_linked, "trace.txt", b"0x1f", "text/plain", text="a trace")
    edited = slack.edit(channel, said.event["ts"], "the trace")
    slack.outbox.take()

    for parcel in (edited, said):
        receive(connection, parcel)
        work(slack, seconds=5)

    [line] = lines(incident)
    assert line.shown_text == "the trace"
    assert [file.name for file in line.attachments.all()] == ["trace.txt"]
    assert line.data["link"].startswith("https://example.slack.com/archives/")


def test_a_line_that_is_edited_to_nothing_says_so(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    ts = slack.say(channel, ada_linked, "db is down").event["ts"]
    slack.edit(channel, ts, "")
    _hear(slack, connection)

    assert texts(incident) == ["_(no text)_"]


def test_somebody_brought_into_a_private_channel_is_told_by_name(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    Incident.objects.filter(pk=incident.pk).update(is_private=True)
    slack.invite(channel, slack.person("Cleo"), ada_linked)
    _hear(slack, connection)

    [told] = incident.events.filter(kind="room.notice")
    assert told.data["text"].startswith("Cleo was brought into")


def test_a_deletion_that_comes_alone_says_whose_line_it_was(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_there: Person
) -> None:
    ts = slack.say(channel, ada_there, "db is down").event["ts"]
    slack.outbox.take()
    slack.delete(channel, ts)
    _hear(slack, connection)

    [line] = lines(incident)
    assert (line.actor_name, line.deleted_at is not None) == ("Ada", True)


def test_what_belongs_to_a_line_that_never_comes_says_so(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_there: Person
) -> None:
    ts = slack.say(channel, ada_there, "db is down").event["ts"]
    slack.outbox.take()
    [row] = [receive(connection, slack.react(channel, ada_there, ts, "eyes"))]
    work(slack, seconds=2000)

    row.refresh_from_db()
    assert (row.outcome, row.outcome_text) == ("ignored", "a reaction, of a line that never came")


def test_a_notice_that_is_deleted_in_slack_stays_and_nothing_fails(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_there: Person
) -> None:
    joined = slack.say(channel, ada_there, "has joined the channel", subtype="channel_join")
    _hear(slack, connection)
    # Slack leaves out what it was, as for any message that is older than its own record of it.
    ts = joined.event["ts"]
    gone = {"type": "message", "subtype": "message_deleted", "channel": channel.id, "deleted_ts": ts, "ts": ts}
    row = receive(connection, slack.event(gone))
    work(slack)

    row.refresh_from_db()
    assert (row.state, row.outcome) == ("done", "done")
    assert incident.events.filter(kind="chat.notice", deleted_at__isnull=True).exists()


def test_an_answer_that_was_sent_to_the_channel_too_is_read_again_once(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    start = slack.say(channel, ada_linked, "start").event["ts"]
    slack.reply(channel, ada_linked, start, "answer")
    slack.say(channel, ada_linked, "to all", thread=start, subtype="thread_broadcast")
    slack.outbox.take()
    for _ in range(2):
        plan(connection, clock.now() - timedelta(hours=1))
        work(slack, seconds=60)

    assert texts(incident) == ["start", "answer", "to all"]
    assert [line.thread is not None for line in lines(incident)] == [False, True, True]
    assert lines(incident)[0].reply_count == 2


@pytest.mark.parametrize("tries", [0, 5], ids=["a look", "the last look"])
def test_a_look_that_was_too_early_does_not_put_off_what_came_meanwhile(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_linked: Person,
    monkeypatch: pytest.MonkeyPatch,
    tries: int,
) -> None:
    start = slack.say(channel, ada_linked, "start")
    answer = slack.reply(channel, ada_linked, start.event["ts"], "answer")
    receive(connection, answer)
    work(slack)
    Fact.objects.filter(about=Fact.LINE).update(due_at=clock.now(), attempts=tries)
    [fact] = Fact.claim()
    is_here = learning.hear.is_here

    def looked_too_early(*args: object) -> bool:
        found = is_here(*args)
        if not found:
            receive(connection, start)
            work_off("connections.received")
        return found

    monkeypatch.setattr(learning.hear, "is_here", looked_too_early)
    fact.work()
    monkeypatch.undo()
    work(slack)

    said = {event.shown_text: event for event in incident.events.filter(kind="message")}
    assert said["answer"].thread == said["start"]
