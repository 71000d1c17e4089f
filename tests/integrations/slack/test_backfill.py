"""After a gap the channels are read again: what was missed is added, what is here stays once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command

from accounts.actors import Actor
from accounts.models import User
from chatops.models import Room
from common import clock
from connections.models import Connection, Received
from connections.operations import in_trouble, out_of_trouble
from incidents.models import Incident
from incidents.operations import talk
from integrations.slack import backfilling, learning
from integrations.slack.models import Backfill, Fact, Watch
from tests.fakes.slack_server import Channel, FakeSlack, Person, rate_limited, refused
from tests.integrations.slack.working import lines, receive, receive_all, self_answer, texts, work

HOUR = timedelta(hours=1)


@pytest.fixture
def fill(slack: FakeSlack, connection: Connection, channel: Channel) -> Callable[[], None]:
    """Read the channel again for the last hour, to its end."""
    learning.put(connection, Fact.SELF, "", {**self_answer(slack), "scopes": sorted(slack.world.scopes)})

    def run() -> None:
        backfilling.plan(connection, clock.now() - HOUR)
        work(slack, seconds=120)

    return run


def test_half_an_hour_of_lost_events_is_fetched(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_linked: Person,
    ada: User,
    fill: Callable[[], None],
) -> None:
    bo = slack.person("Bo")
    one, two, three = (slack.say(channel, ada_linked, text).event["ts"] for text in ("one", "two", "three"))
    slack.react(channel, bo, one, "eyes")
    slack.reply(channel, bo, two, "first answer")
    receive_all(connection, slack)
    talk.say(number=incident.pk, text="from the web", by=Actor.person(ada, "web"))
    work(slack, seconds=10)
    ours = slack.posts(channel)[-1]["ts"]
    clock.shift(timedelta(minutes=3))
    slack.shift(180)

    slack.edit(channel, one, "one, better")
    slack.react(channel, bo, one, "eyes", on=False)
    slack.react(channel, bo, two, "+1")
    slack.reply(channel, ada_linked, two, "second answer")
    slack.reply(channel, bo, ours, "an answer to the web")
    slack.delete(channel, three)
    four = slack.say(channel, bo, "four").event["ts"]
    slack.pin(channel, bo, four)
    slack.share(channel, bo, "trace.txt", b"0x1f", "text/plain", text="five")
    slack.outbox.take()
    clock.shift(timedelta(minutes=30))
    slack.shift(1800)
    fill()

    assert texts(incident) == [
        "one, better", "two", "first answer", "from the web", "second answer", "an answer to the web", "four", "five",
    ]  # fmt: skip
    found = {line.shown_text: line for line in lines(incident)}
    assert found["one, better"].reactions == {}
    assert list(found["two"].reactions) == ["👍"]
    assert found["second answer"].thread == found["first answer"].thread == found["two"]
    assert found["an answer to the web"].thread == found["from the web"]
    assert found["three"].deleted_at is not None
    assert found["four"].pinned_at is not None
    assert found["five"].attachments.count() == 1
    posted = [post["text"] for post in slack.posts(channel)]
    assert posted.count("from the web") == 1
    assert not set(posted) & {"one, better", "two", "first answer", "second answer", "four", "five"}
    assert Backfill.objects.get().state == "done"


def test_reading_again_changes_nothing(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_linked: Person,
    fill: Callable[[], None],
) -> None:
    ts = slack.say(channel, ada_linked, "one").event["ts"]
    slack.edit(channel, ts, "one, better")
    slack.reply(channel, ada_linked, ts, "answer")
    slack.react(channel, ada_linked, ts, "pushpin")
    parcels = slack.outbox.take()
    fill()
    last = Incident.objects.get(pk=incident.pk).last_sequence

    fill()
    for parcel in parcels:
        receive(connection, parcel)
    work(slack, seconds=60)

    assert texts(incident) == ["one, better", "answer"]
    new = incident.events.filter(sequence__gt=last).exclude(kind="reminder").values_list("kind", flat=True)
    assert set(new) <= {"message.edited", "reaction.added"}, "only what the late events say of former states"
    start = lines(incident)[0]
    assert (start.reactions.keys(), start.reply_count) == ({"📌"}, 1)


def test_what_people_do_meanwhile_comes_once(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    learning.put(connection, Fact.SELF, "", self_answer(slack))
    parcels = [slack.say(channel, ada_linked, f"line {n}") for n in range(6)]
    slack.outbox.take()
    backfilling.plan(connection, clock.now() - HOUR)

    for parcel in parcels:
        receive(connection, parcel)
    work(slack, seconds=60)

    assert texts(incident) == [f"line {n}" for n in range(6)]


def test_an_answer_that_waits_for_its_thread_is_not_taken_for_deleted(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_linked: Person,
    fill: Callable[[], None],
) -> None:
    start = slack.say(channel, ada_linked, "start").event["ts"]
    answer = slack.reply(channel, ada_linked, start, "answer")
    slack.say(channel, ada_linked, "later")
    slack.outbox.take()
    receive(connection, answer)
    work(slack)
    clock.shift(timedelta(minutes=1))
    slack.shift(60)

    fill()

    assert texts(incident) == ["start", "answer", "later"]
    assert lines(incident)[1].thread == lines(incident)[0]


def test_an_answer_that_was_taken_back_before_its_thread_came_goes(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_linked: Person,
    fill: Callable[[], None],
) -> None:
    stays = slack.say(channel, ada_linked, "stays").event["ts"]
    goes = slack.say(channel, ada_linked, "goes").event["ts"]
    answers = [slack.reply(channel, ada_linked, ts, f"answer to {ts}") for ts in (stays, goes)]
    slack.outbox.take()
    for answer in answers:
        receive(connection, answer)
    for ts in (answers[0].event["ts"], answers[1].event["ts"], goes):
        slack.delete(channel, ts)
    slack.outbox.take()
    work(slack)
    clock.shift(timedelta(minutes=1))
    slack.shift(60)

    fill()

    assert texts(incident) == ["stays"]


def test_an_answer_to_a_line_of_ours_that_was_taken_back_goes(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_linked: Person,
    ada: User,
    fill: Callable[[], None],
) -> None:
    talk.say(number=incident.pk, text="from the web", by=Actor.person(ada, "web"))
    work(slack, seconds=10)
    ours = slack.posts(channel)[-1]["ts"]
    answer = slack.reply(channel, ada_linked, ours, "answer").event["ts"]
    receive_all(connection, slack)
    work(slack, seconds=10)
    slack.delete(channel, answer)
    slack.outbox.take()
    clock.shift(timedelta(minutes=1))
    slack.shift(60)

    fill()

    assert texts(incident) == ["from the web"]


def test_a_thread_that_is_deleted_while_the_channel_is_read_stops_nothing(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_linked: Person,
    fill: Callable[[], None],
) -> None:
    goes = slack.say(channel, ada_linked, "goes").event["ts"]
    answer = slack.reply(channel, ada_linked, goes, "goes with it").event["ts"]
    receive_all(connection, slack)
    stays = slack.say(channel, ada_linked, "stays").event["ts"]
    slack.reply(channel, ada_linked, stays, "answer")
    slack.reply(channel, ada_linked, goes, "goes too")
    slack.outbox.take()
    work(slack, seconds=10)
    backfilling.plan(connection, clock.now() - HOUR)
    [row] = Backfill.claim()
    backfilling.read_on(row)
    assert Backfill.objects.get().reading["threads"] == [goes, stays]

    for ts in [message.ts for message in channel.in_order() if message.thread_ts == goes and message.ts != goes]:
        slack.delete(channel, ts)
    slack.delete(channel, goes)
    slack.outbox.take()
    work(slack, seconds=60)

    assert texts(incident) == ["stays", "answer"]
    assert answer in {str(line.outside_id).rsplit(":", 1)[-1] for line in lines(incident) if line.deleted_at}
    assert Backfill.objects.get().detail.endswith("messages handed on")


@pytest.mark.parametrize("where", range(8))
def test_a_line_that_was_deleted_between_two_pages_goes(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_linked: Person,
    fill: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    where: int,
) -> None:
    monkeypatch.setattr(backfilling, "_PAGE", 3)
    start = slack.say(channel, ada_linked, "start").event["ts"]
    said = [slack.say(channel, ada_linked, f"line {n}").event["ts"] for n in range(8)]
    answers = [slack.reply(channel, ada_linked, start, f"answer {n}").event["ts"] for n in range(8)]
    receive_all(connection, slack)
    work(slack, seconds=10)
    for ts in (said[where], answers[where]):
        slack.delete(channel, ts)
    slack.outbox.take()
    clock.shift(timedelta(minutes=1))
    slack.shift(60)

    fill()

    assert f"line {where}" not in texts(incident)
    assert f"answer {where}" not in texts(incident)
    assert len(texts(incident)) == 15


def test_no_command_of_the_past_is_run(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_linked: Person,
    fill: Callable[[], None],
) -> None:
    slack.say(channel, ada_linked, f"<@{slack.world.bot.id}> incident sev 1")
    slack.outbox.take()

    fill()

    incident.refresh_from_db()
    assert incident.severity == 2
    assert texts(incident) == ["@warroom incident sev 1"]


def test_a_long_channel_is_read_page_by_page(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_linked: Person,
    fill: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backfilling, "_PAGE", 3)
    first = slack.say(channel, ada_linked, "line 0").event["ts"]
    for n in range(1, 8):
        slack.say(channel, ada_linked, f"line {n}")
    for n in range(5):
        slack.reply(channel, ada_linked, first, f"answer {n}")
    slack.outbox.take()
    slack.fail("conversations.history", rate_limited(20), times=1)

    fill()

    assert texts(incident) == [f"line {n}" for n in range(8)] + [f"answer {n}" for n in range(5)]
    assert lines(incident)[0].reply_count == 5
    assert len(slack.journal.calls("conversations.history", ok=True)) == 3


def test_a_channel_that_can_not_be_read_says_so(
    slack: FakeSlack, connection: Connection, channel: Channel, fill: Callable[[], None]
) -> None:
    slack.fail("conversations.history", refused("channel_not_found"), times=None)

    fill()

    row = Backfill.objects.get()
    assert (row.state, row.detail[:17]) == ("done", "could not be read")


# --- when -----------------------------------------------------------------------------------------
def _look(slack: FakeSlack) -> list[Backfill]:
    Watch.objects.update(due_at=clock.now())
    work(slack)
    return list(Backfill.objects.all())


def test_after_an_absence_the_channels_are_read(slack: FakeSlack, connection: Connection, channel: Channel) -> None:
    Watch.objects.update(looked_at=clock.now() - timedelta(minutes=3))
    assert _look(slack) == []

    away_since = clock.now() - timedelta(minutes=30)
    Watch.objects.update(looked_at=away_since)

    [row] = _look(slack)
    assert timedelta(minutes=1) < away_since - row.since < timedelta(minutes=5)


def test_after_trouble_the_channels_are_read(slack: FakeSlack, connection: Connection, channel: Channel) -> None:
    in_trouble(connection, "Slack can't be reached")
    assert _look(slack) == []
    clock.shift(timedelta(minutes=2))
    slack.shift(120)
    out_of_trouble(connection)
    assert _look(slack) == [], "Slack tries longer than that"

    in_trouble(connection, "Slack can't be reached")
    connection.refresh_from_db()
    since = connection.trouble_since
    _look(slack)
    for _ in range(10):
        clock.shift(timedelta(minutes=1))
        slack.shift(60)
        _look(slack)
        in_trouble(connection, "Slack can't be reached")
    out_of_trouble(connection)

    [row] = _look(slack)
    assert since is not None
    assert row.since < since


def test_when_slack_held_events_back_the_channels_are_read(
    slack: FakeSlack, connection: Connection, channel: Channel
) -> None:
    learning.put(connection, Fact.SELF, "", self_answer(slack))
    minute = int(clock.now().timestamp()) // 60 * 60
    slack.outer(type="app_rate_limited", team_id=slack.world.team_id, minute_rate_limited=minute, api_app_id="A1")
    receive_all(connection, slack)

    work(slack)

    assert Backfill.objects.get().since.timestamp() == minute


def test_a_third_try_after_a_silence_has_the_channels_read(
    slack: FakeSlack, connection: Connection, channel: Channel, ada_linked: Person
) -> None:
    learning.put(connection, Fact.SELF, "", self_answer(slack))
    row = receive(connection, slack.say(channel, ada_linked, "before"))
    Received.objects.filter(pk=row.pk).update(received_at=clock.now() - timedelta(minutes=20))
    for number in ("1", "3"):
        late = receive(connection, slack.say(channel, ada_linked, "late"))
        Received.objects.filter(pk=late.pk).update(headers={"x-slack-retry-num": number})
        work(slack)
        assert Backfill.objects.exists() is (number == "3")
        Received.objects.filter(pk=late.pk).update(received_at=clock.now() - timedelta(minutes=10))


def test_somebody_may_ask_for_it(slack: FakeSlack, connection: Connection, channel: Channel) -> None:
    learning.put(connection, Fact.SELF, "", self_answer(slack))
    call_command("slack_fetch", minutes=30)

    assert Backfill.objects.get().since < clock.now() - timedelta(minutes=29)


def test_only_current_rooms_are_read(slack: FakeSlack, connection: Connection, channel: Channel) -> None:
    Room.objects.update(is_current=False)

    assert backfilling.plan(connection, clock.now() - HOUR) == 0
