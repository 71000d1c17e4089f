"""From the web room into the channel: names become Slack's own, reactions one reaction of the bot's."""

from pathlib import Path
from typing import Any

import pytest

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from chatops.models import Room
from connections.models import Connection, Delivery
from incidents.models import Incident, TimelineEvent
from incidents.operations import talk
from incidents.operations.attachments import keep_file
from integrations.slack.emojis import emoji_of, name_of
from integrations.slack.mrkdwn import to_mrkdwn
from tests.factories import link_identity
from tests.fakes.slack_server import (
    Channel,
    FakeSlack,
    Fault,
    Person,
    broken,
    done_but_silent,
    rate_limited,
    reset,
)
from tests.integrations.slack.working import lines, receive_all, work


@pytest.fixture(autouse=True)
def _store(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


NAMES = {"@ada": "U1", "@ada.l": "U2", "#inc-1": "C1"}


# --- names ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ask @ada in #inc-1", "ask <@U1> in <#C1>"),
        ("@ada.l and **@ada**, <@U9>", "<@U2> and *<@U1>*, &lt;@U9&gt;"),
        ("`@ada` [@ada](https://example.org)", "`@ada` <https://example.org|@ada>"),
        ("@adam #inc-12 @here @channel", "@adam #inc-12 @here @channel"),
        ("    @ada", "```\n@ada\n```"),
    ],
)
def test_only_what_stands_for_somebody_becomes_a_mention(text: str, shown: str) -> None:
    assert to_mrkdwn(text, names=NAMES) == shown


@pytest.mark.parametrize("id_", ["!channel", "U1> <!here", "u1", ""])
def test_an_id_that_is_none_names_nobody(id_: str) -> None:
    assert to_mrkdwn("@ada", names={"@ada": id_}) == "@ada"


def test_a_cut_never_breaks_a_mention() -> None:
    shown = to_mrkdwn("@ada " * 400, 1000, names={"@ada": "U123456789"})

    assert len(shown) <= 1000
    assert shown.count("<") == shown.count(">")


@pytest.fixture
def by_ada(ada: User) -> Actor:
    return Actor.person(ada, "web")


def _posted(slack: FakeSlack, channel: Channel) -> list[str]:
    return [post["text"] for post in slack.posts(channel) if not post.get("blocks")]


def test_linked_people_and_rooms_are_named_in_slack(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, by_ada: Actor, bo: User, cleo: User
) -> None:
    connection.settings = {**connection.settings, "realm": f"slack:{slack.world.team_id}"}
    connection.save()
    there = slack.person("Bo")
    link_identity(bo, f"slack:{slack.world.team_id}", there.id)

    talk.say(number=incident.pk, text=f"@{bo.handle} and @{cleo.handle}, see #{channel.name}", by=by_ada)
    work(slack, seconds=10)

    assert _posted(slack, channel)[-1].startswith(f"<@{there.id}> and @{cleo.handle}, see <#{channel.id}>")


def test_machines_name_nobody(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, bo: User
) -> None:
    connection.settings = {**connection.settings, "realm": f"slack:{slack.world.team_id}"}
    connection.save()
    link_identity(bo, f"slack:{slack.world.team_id}", slack.person("Bo").id)

    talk.say(number=incident.pk, text=f"disk full, @{bo.handle} <!channel>", by=SYSTEM)
    work(slack, seconds=10)

    [text] = [text for text in _posted(slack, channel) if "disk full" in text]
    assert "<@" not in text
    assert "<!" not in text


# --- reactions -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["+1", "eyes", "pushpin", "white_check_mark", "+1::skin-tone-2", "tada", "warning"])
def test_emojis_go_there_and_back(name: str) -> None:
    assert emoji_of(name_of(emoji_of(name))) == emoji_of(name)


def test_names_of_a_workspace_stay_and_words_are_none() -> None:
    assert (name_of(":partyparrot:"), name_of("no emoji"), name_of("")) == ("partyparrot", "", "")


def _under(slack: FakeSlack, channel: Channel, ts: str) -> list[str]:
    """Our reactions under a message."""
    found = channel.messages[ts].reactions
    return sorted(emoji_of(name) for name, users in found.items() if slack.world.bot.id in users)


def test_one_reaction_stands_for_all_and_goes_with_the_last(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada: User, bo: User, by_ada: Actor
) -> None:
    line = talk.say(number=incident.pk, text="one", by=by_ada)
    by_bo = Actor.person(bo, "web")

    def react(by: Actor, *, on: bool = True) -> list[str]:
        talk.react(number=incident.pk, sequence=line.sequence, emoji="👀", by=by, on=on)
        work(slack, seconds=20)
        return _under(slack, channel, slack.posts(channel)[-1]["ts"])

    assert react(by_ada) == ["👀"]
    assert react(by_bo) == ["👀"]
    assert react(by_ada, on=False) == ["👀"]
    assert react(by_bo, on=False) == []
    assert len(slack.journal.calls("reactions.add")) == len(slack.journal.calls("reactions.remove")) == 1


def test_quick_clicks_are_one_call(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, by_ada: Actor
) -> None:
    line = talk.say(number=incident.pk, text="one", by=by_ada)
    for on in (True, False, True, False, True):
        talk.react(number=incident.pk, sequence=line.sequence, emoji="🎉", by=by_ada, on=on)

    work(slack, seconds=20)

    assert len(slack.journal.calls("reactions.add", "reactions.remove")) == 1


def test_a_reaction_from_slack_is_not_given_back(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, ada_linked: Person, by_ada: Actor
) -> None:
    ts = slack.say(channel, ada_linked, "one").event["ts"]
    slack.react(channel, ada_linked, ts, "eyes")
    receive_all(connection, slack)
    work(slack, seconds=20)
    assert slack.journal.calls("reactions.add") == []

    [line] = lines(incident)
    talk.react(number=incident.pk, sequence=line.sequence, emoji="👍", by=by_ada)
    work(slack, seconds=20)
    receive_all(connection, slack)
    work(slack, seconds=20)

    assert _under(slack, channel, ts) == ["👍"]
    line.refresh_from_db()
    assert {emoji: len(people) for emoji, people in line.reactions.items()} == {"👀": 1, "👍": 1}


def test_a_reaction_that_slack_does_not_know_holds_up_nothing(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, by_ada: Actor
) -> None:
    line = talk.say(number=incident.pk, text="one", by=by_ada)
    talk.react(number=incident.pk, sequence=line.sequence, emoji="what is this", by=by_ada)
    talk.say(number=incident.pk, text="two", by=by_ada)

    work(slack, seconds=20)

    assert _posted(slack, channel)[-2:] == ["one", "two"]
    assert not Delivery.objects.filter(dead_at__isnull=False).exists()


def test_a_closed_chapter_has_no_lane(incident: Incident, by_ada: Actor) -> None:
    """Without a channel nothing is waited for."""
    line = TimelineEvent.objects.filter(incident=incident).order_by("sequence").first()
    assert line is not None
    Room.objects.filter(incident=incident).delete()

    talk.react(number=incident.pk, sequence=line.sequence, emoji="👍", by=by_ada)

    assert not Delivery.objects.filter(thing_kind="reactions").exists()


# --- files ---------------------------------------------------------------------------------------
def _shared(slack: FakeSlack, channel: Channel) -> list[tuple[str, bytes, str]]:
    """Our files in the channel: name, bytes, thread."""
    posts = [message for message in channel.in_order() if message.is_ours and message.extra.get("files")]
    return [
        (file["name"], slack.world.files[file["id"]].content, message.thread_ts)
        for message in posts
        for file in message.extra["files"]
    ]


def _say_with_file(incident: Incident, by: Actor, content: bytes = b"0x1f", **more: int) -> TimelineEvent:
    file = keep_file(number=incident.pk, name="trace.txt", content=content, by=by, alt="a stack trace")
    return talk.say(number=incident.pk, text="see the trace", by=by, attachments=[file.pk], **more)


def test_a_file_follows_its_line_into_its_thread(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, by_ada: Actor
) -> None:
    line = _say_with_file(incident, by_ada)
    work(slack, seconds=20)
    ts = slack.posts(channel)[-1]["ts"]
    assert _shared(slack, channel) == [("trace.txt", b"0x1f", ts)]

    _say_with_file(incident, by_ada, b"0x20", thread_of=line.sequence)
    work(slack, seconds=20)
    receive_all(connection, slack)
    work(slack, seconds=20)

    assert _shared(slack, channel)[1:] == [("trace.txt", b"0x20", ts)]
    assert len(lines(incident)) == 2


def test_without_the_permission_the_link_is_enough(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, by_ada: Actor
) -> None:
    slack.world.scopes.discard("files:write")

    _say_with_file(incident, by_ada)
    work(slack, seconds=20)

    assert "trace.txt" in slack.posts(channel)[-1]["text"]
    assert slack.journal.calls("files.getUploadURLExternal") == []
    assert not Delivery.objects.filter(dead_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("files.completeUploadExternal", done_but_silent()),
        ("files.completeUploadExternal", rate_limited(5)),
        ("files.completeUploadExternal", broken(502, applies=True)),
        ("file", broken(500)),
        ("file", reset()),
        ("files.getUploadURLExternal", reset(applies=True)),
    ],
)
def test_whatever_goes_wrong_the_file_is_there_once(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    by_ada: Actor,
    method: str,
    fault: Fault,
) -> None:
    slack.fail(method, fault)

    _say_with_file(incident, by_ada)
    work(slack, seconds=90)

    assert [name for name, _, _ in _shared(slack, channel)] == ["trace.txt"]


def test_a_file_of_a_line_that_was_taken_back_stays_here(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, by_ada: Actor
) -> None:
    line = _say_with_file(incident, by_ada)
    talk.delete_line(number=incident.pk, sequence=line.sequence, by=by_ada)

    work(slack, seconds=20)

    assert _shared(slack, channel) == []
