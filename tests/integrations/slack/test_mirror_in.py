"""The rest of what a channel shows: notices, apps' posts, links back, names of groups."""

import pytest

from connections.models import Connection
from incidents.models import Incident
from integrations.slack import learning
from integrations.slack.models import Fact
from tests.fakes.slack_server import Channel, FakeSlack, Person
from tests.integrations.slack.working import lines, receive, receive_all, self_answer, work


def _notices(incident: Incident) -> list[str]:
    return list(incident.events.filter(kind="chat.notice").order_by("shown_at").values_list("shown_text", flat=True))


def test_notices_stand_quietly_and_once(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    said = f"<@{ada_linked.id}> set the channel topic: all hands"
    slack.world.put_message(channel, ada_linked.id, said, subtype="channel_topic", topic="all hands")
    [parcel] = slack.outbox.take()
    receive(connection, parcel)
    receive(connection, slack.event(parcel.event))

    work(slack, seconds=30)

    assert _notices(incident) == ["@ada set the channel topic: all hands"]
    notice = incident.events.get(kind="chat.notice")
    assert (notice.actor_name, notice.actor, notice.surface) == ("Slack", None, "slack")
    assert lines(incident) == []
    assert not [post for post in slack.posts(channel) if "all hands" in post["text"]]


def test_somebody_may_react_to_a_notice(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    text = f"<@{ada_linked.id}> has joined the channel"
    message = slack.world.put_message(channel, ada_linked.id, text, subtype="channel_join")
    slack.react(channel, ada_linked, message.ts, "wave")
    for parcel in reversed(slack.outbox.take()):
        receive(connection, parcel)
        work(slack)
    work(slack, seconds=10)

    assert list(incident.events.get(kind="chat.notice").reactions) == ["👋"]


def test_a_line_leads_back_to_its_message(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    learning.put(connection, Fact.SELF, "", {**self_answer(slack), "url": slack.world.url})
    ts = slack.say(channel, ada_linked, "db is down").event["ts"]
    slack.say(channel, ada_linked, "looking", thread=ts, subtype="thread_broadcast")
    receive_all(connection, slack)

    work(slack)

    start, answer = lines(incident)
    page = f"{slack.world.url}archives/{channel.id}/p{ts.replace('.', '')}"
    assert start.data == {"link": page}
    assert answer.data["broadcast"] is True
    assert answer.data["link"].endswith(f"?thread_ts={ts}&cid={channel.id}")
    assert slack.journal.calls("chat.getPermalink") == []


def test_groups_are_named_by_one_call_and_anew_when_they_change(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person
) -> None:
    slack.world.groups = {id_: {"id": id_, "handle": handle} for id_, handle in (("S1", "db"), ("S2", "web"))}
    for text in ("<!subteam^S1> and <!subteam^S2>", "<!subteam^S9> look"):
        slack.say(channel, ada_linked, text)
    receive_all(connection, slack)
    work(slack)
    assert [line.shown_text for line in lines(incident)] == ["@db and @web", "@S9 look"]
    assert len(slack.journal.calls("usergroups.list")) <= 2

    slack.world.groups["S1"]["handle"] = "databases"
    slack.event({"type": "subteam_updated", "subteam": slack.world.groups["S1"], "event_ts": slack.world.new_ts()})
    receive_all(connection, slack)
    work(slack)
    slack.say(channel, ada_linked, "<!subteam^S1>")
    receive_all(connection, slack)
    work(slack)

    assert lines(incident)[-1].shown_text == "@databases"


@pytest.mark.parametrize(
    ("extra", "shown"),
    [
        ({"attachments": [{"title": "Build 7", "text": "*failed*", "fallback": "x"}]}, "Build 7\n**failed**"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*deployed*"}}]}, "**deployed**"),
        ({"subtype": "something_nobody_knows", "attachments": [{"fallback": "a card"}]}, "a card"),
    ],
)
def test_apps_are_heard_by_what_they_show(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, extra: dict[str, object], shown: str
) -> None:
    ci = slack.person("ci", is_bot=True)
    slack.say(channel, ci, "", **{"blocks": [], **extra})
    receive_all(connection, slack)

    work(slack)

    assert [line.shown_text for line in lines(incident)] == [shown]
