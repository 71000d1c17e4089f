"""From Slack into the timeline: what is said and changed, and what becomes of the rest."""

import json
import random
from unittest.mock import Mock
from urllib.parse import urlencode

import pytest

from accounts.models import User
from chatops.models import Room
from common import clock
from connections.models import Connection, Received
from connections.secrets import seal
from incidents.models import Incident
from integrations.slack import handler, learning
from integrations.slack.models import Fact
from tests.fakes.slack_server import Channel, FakeSlack, Person
from tests.integrations.slack.working import lines, receive, receive_all, self_answer, texts, work


# --- lines ---------------------------------------------------------------------------------------
def test_a_line_said_in_slack_stands_in_the_timeline(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person, ada: User
) -> None:
    parcel = slack.say(channel, ada_linked, "db is *down*")
    row = receive(connection, parcel)

    work(slack)

    line = lines(incident)[0]
    assert line.shown_text == "db is **down**"
    assert (line.actor, line.surface) == (ada, "slack")
    assert line.outside_id == f"slack:{slack.world.team_id}:{channel.id}:{parcel.event['ts']}"
    row.refresh_from_db()
    assert (row.state, row.outcome, row.incident_number) == ("done", "done", incident.pk)


def test_what_came_from_slack_does_not_go_back(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    ts = slack.say(channel, ada_linked, "db is down").event["ts"]
    slack.edit(channel, ts, "db is slow")
    receive_all(connection, slack)

    work(slack, seconds=30)

    texts = [post["text"] for post in slack.posts(channel)]
    assert not [text for text in texts if "db is" in text]


def test_four_copies_in_any_order_give_one_line_each(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    first = slack.say(channel, ada_linked, "one").event["ts"]
    slack.say(channel, ada_linked, "two")
    slack.reply(channel, ada_linked, first, "three")
    slack.edit(channel, first, "one, edited")
    gone = slack.say(channel, ada_linked, "four").event["ts"]
    slack.delete(channel, gone)
    parcels = slack.outbox.take() * 4
    random.Random(11).shuffle(parcels)

    for parcel in parcels:
        receive(connection, parcel)
        work(slack)

    assert sorted(texts(incident)) == ["one, edited", "three", "two"]
    assert len(lines(incident)) == 4
    assert Received.objects.exclude(state="done").count() == 0


@pytest.mark.parametrize("seed", range(8))
def test_any_order_ends_the_same(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person, seed: int
) -> None:
    parent = slack.say(channel, ada_linked, "start").event["ts"]
    slack.reply(channel, ada_linked, parent, "answer")
    slack.edit(channel, parent, "start, edited")
    slack.react(channel, ada_linked, parent, "eyes")
    other = slack.say(channel, ada_linked, "oops").event["ts"]
    slack.delete(channel, other)
    parcels = slack.outbox.take()
    random.Random(seed).shuffle(parcels)

    for parcel in parcels:
        receive(connection, parcel)
        work(slack)
    work(slack, seconds=30)

    assert sorted(texts(incident)) == ["answer", "start, edited"]
    start = next(line for line in lines(incident) if line.shown_text.startswith("start"))
    assert list(start.reactions) == ["👀"]


def test_an_answer_stands_in_its_thread(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    parent = slack.say(channel, ada_linked, "db is down").event["ts"]
    slack.reply(channel, ada_linked, parent, "looking")
    receive_all(connection, slack)

    work(slack)

    start, answer = lines(incident)
    assert answer.thread == start


def test_a_preview_is_no_edit_and_a_deletion_leaves_a_tombstone(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    ts = slack.say(channel, ada_linked, "see https://a.example").event["ts"]
    slack.unfurl(channel, ts)
    receive_all(connection, slack)
    work(slack)
    assert lines(incident)[0].edited_at is None

    slack.delete(channel, ts)
    receive_all(connection, slack)
    work(slack)

    assert lines(incident)[0].deleted_at is not None


def test_a_pushpin_and_a_pin_put_a_line_into_the_story(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    one, two = (slack.say(channel, ada_linked, text).event["ts"] for text in ("one", "two"))
    slack.react(channel, ada_linked, one, "pushpin")
    slack.pin(channel, ada_linked, two)
    receive_all(connection, slack)

    work(slack, seconds=10)

    assert all(line.pinned_at for line in lines(incident))


def test_a_reaction_to_a_message_we_never_saw_is_given_up(
    slack: FakeSlack, connection: Connection, channel: Channel, ada_linked: Person
) -> None:
    ts = slack.say(channel, ada_linked, "lost on the way").event["ts"]
    slack.outbox.take()
    row = receive(connection, slack.react(channel, ada_linked, ts, "eyes"))
    work(slack, seconds=400)
    assert Fact.objects.filter(about=Fact.LINE).exists()

    work(slack, seconds=1200)

    row.refresh_from_db()
    assert (row.state, row.outcome) == ("done", "ignored")
    assert not Fact.objects.filter(about=Fact.LINE).exists()


def test_other_channels_cost_nothing(slack: FakeSlack, connection: Connection, channel: Channel) -> None:
    general = slack.channel("general", slack.person("Dan"))
    learning.put(connection, Fact.SELF, "", self_answer(slack))
    row = receive(connection, slack.say(general, slack.person("Dan"), "lunch?"))

    work(slack)

    row.refresh_from_db()
    assert (row.outcome, row.outcome_text) == ("ignored", "a line outside the incidents' channels")
    assert slack.journal.calls("users.info") == []


def test_our_own_posts_are_not_heard_again(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada: User
) -> None:
    from accounts.actors import Actor
    from incidents.operations import talk

    talk.say(number=incident.pk, text="from the web", by=Actor.person(ada, "web"))
    work(slack, seconds=30)
    assert "from the web" in [post["text"] for post in slack.posts(channel)]

    receive_all(connection, slack)
    work(slack, seconds=30)

    assert texts(incident) == ["from the web"]


# --- the rest ------------------------------------------------------------------------------------
def test_what_can_not_be_read_is_a_visible_failure(slack: FakeSlack, connection: Connection) -> None:
    learning.put(connection, Fact.SELF, "", self_answer(slack))
    row = receive(connection, slack.event({"type": "message", "channel": "C1", "user": "U1", "ts": "now"}))

    work(slack)

    row.refresh_from_db()
    assert (row.state, row.outcome, row.outcome_text) == ("dead", "failed", "ts is no message time")


def test_an_uninstalled_app_is_shown_as_trouble(slack: FakeSlack, connection: Connection) -> None:
    learning.put(connection, Fact.SELF, "", self_answer(slack))
    slack.revoke_token()
    receive(connection, slack.event({"type": "app_uninstalled"}))

    work(slack)

    connection.refresh_from_db()
    assert connection.trouble == ("The app was uninstalled from the workspace. Install it again; what waits goes then.")


def test_what_happens_to_the_channel_is_said_on_the_row(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    slack.rename(channel, "inc-1-renamed")
    slack.join(channel, slack.person("Dan"))
    slack.archive(channel, ada_linked)
    rows = receive_all(connection, slack)

    work(slack)

    for row in rows:
        row.refresh_from_db()
        assert row.incident_number == incident.pk
    assert Room.objects.get(incident=incident).name == "inc-1-renamed"
    # Each leaves a notice in the channel as well, which says nothing new.
    assert [row.outcome_text for row in rows] == [
        "message channel_name: a notice of Slack's own",
        "the channel is called inc-1-renamed now",
        "somebody joined in Slack",
        "message channel_archive: a notice of Slack's own",
        "the channel was archived in Slack",
    ]


def test_lines_of_a_private_incident_are_marked_so(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    Incident.objects.filter(pk=incident.pk).update(is_private=True)
    row = receive(connection, slack.say(channel, ada_linked, "the key leaked"))

    work(slack)

    row.refresh_from_db()
    assert row.is_private


@pytest.mark.parametrize("door", ["events", "commands", "interactions", "history"])
def test_what_of_a_private_incident_cannot_be_read_is_marked_so(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, door: str
) -> None:
    Incident.objects.filter(pk=incident.pk).update(is_private=True)
    bodies = {
        "events": {"type": "event_callback", "team_id": slack.world.team_id, "event": {"type": "message"}},
        "history": {"team_id": slack.world.team_id, "seen_at": "never"},
    }
    body = {**bodies.get(door, {}), "channel": channel.id}
    raw = json.dumps(body)
    if door == "commands":
        raw = urlencode({"team_id": slack.world.team_id, "channel_id": channel.id})
    elif door == "interactions":
        payload = {"type": "block_actions", "team": {"id": slack.world.team_id}, "channel": {"id": channel.id}}
        payload["actions"] = [{"action_id": "cmd:1", "value": "/incident resolve"}]
        raw = urlencode({"payload": json.dumps(payload)})
    row = Received.objects.create(
        connection=connection, door=f"slack/{door}", outside_id="x", sealed_body=seal(raw.encode()), due_at=clock.now()
    )

    work(slack)

    row.refresh_from_db()
    assert (row.state, row.outcome) == ("dead", "failed"), row.outcome_text
    assert (row.incident_number, row.is_private) == (incident.pk, True)


def test_what_of_a_private_incident_is_tried_again_is_marked_so_meanwhile(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    ada_linked: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Incident.objects.filter(pk=incident.pk).update(is_private=True)
    row = receive(connection, slack.say(channel, ada_linked, "the key leaked"))
    real = handler.translate
    monkeypatch.setattr(handler, "translate", Mock(spec=real, side_effect=RuntimeError("the key leaked")))
    work(slack)

    row.refresh_from_db()
    assert (row.state, row.outcome) == ("waiting", "failed")
    assert (row.incident_number, row.is_private) == (incident.pk, True)

    monkeypatch.setattr(handler, "translate", real)
    Incident.objects.filter(pk=incident.pk).update(is_private=False)
    work(slack, seconds=10)

    row.refresh_from_db()
    assert (row.outcome, row.incident_number, row.is_private) == ("done", incident.pk, False)
