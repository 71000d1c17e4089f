"""What came in as events, told in neutral values."""

from typing import Any

import pytest

from integrations.slack.inbound import translate
from integrations.slack.values import (
    Archived,
    ChannelGone,
    ChannelMoved,
    Deleted,
    Dropped,
    Edited,
    Joined,
    Line,
    Notice,
    PersonChanged,
    Ping,
    Pinned,
    Reacted,
    Renamed,
    Revoked,
    SharedFile,
    Unknown,
    Value,
)
from tests.integrations.slack.shapes import ADA, AT, OWN, TS, message, reaction, read


def test_a_line_has_its_place_writer_and_text() -> None:
    line = read(message(text="db is *down* <@U1>"))

    assert isinstance(line, Line)
    assert (line.place, line.author, line.text) == (AT, ADA, "db is **down** @ada")
    assert line.place.outside_id == f"slack:T1:C1:{TS}"
    assert line.place.at.isoformat() == "2026-01-01T00:00:00.000100+00:00"
    assert (line.asked, line.thread_ts, line.is_direct) == ("", "", False)
    assert list(line.needs) == [("user", "U1")]


def test_an_answer_knows_its_thread_and_the_parent_is_none() -> None:
    answer, parent = read(message(thread_ts="1767225500.000001")), read(message(thread_ts=TS))

    assert isinstance(answer, Line)
    assert isinstance(parent, Line)
    assert answer.thread_outside_id == "slack:T1:C1:1767225500.000001"
    assert parent.thread_outside_id == ""


def test_what_no_database_takes_is_replaced() -> None:
    files = [{"id": "F1", "name": "a\0b", "permalink": "https://example.slack.test/g"}]

    line = read(message(text="a\0b \ud800 c", user=None, bot_id="B2", username="c\0i", files=files))

    assert isinstance(line, Line)
    assert (line.text, line.author.name, line.files[0].name) == ("a\ufffdb ? c", "c\ufffdi", "a\ufffdb")


@pytest.mark.parametrize("subtype", ["thread_broadcast", "file_share", "me_message", "something_new"])
def test_whatever_carries_a_persons_words_is_a_line(subtype: str) -> None:
    assert isinstance(read(message(subtype=subtype)), Line)


def test_a_file_is_named_with_its_page() -> None:
    private = "https://files.example.slack.test/g"
    graph = {"id": "F1", "name": "g.png", "size": 812, "permalink": "https://example.slack.test/g"}
    odd = {"id": "F2", "title": "x", "permalink": "ftp://x", "size": -1, "url_private": private}
    files = [{**graph, "url_private_download": private}, odd, {"id": "F3", "mode": "tombstone"}, {"name": "x"}, 5]

    line = read(message(subtype="file_share", text="", files=files))

    assert isinstance(line, Line)
    assert list(line.files) == [
        SharedFile("F1", "g.png", "https://example.slack.test/g", private, 812),
        SharedFile("F2", "x", private, private),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"subtype": "bot_message", "user": None, "bot_id": "B2", "username": "ci"},
        {"bot_id": "B2", "app_id": "A2", "bot_profile": {"name": "ci"}},
    ],
)
def test_other_bots_are_heard_as_bots(fields: dict[str, Any]) -> None:
    line = read(message(text="<@UBOT> incident resolve", **fields))

    assert isinstance(line, Line)
    assert (line.author.is_bot, line.author.name) == (True, "ci")
    assert line.asked == ""
    assert ("user", line.author.id) not in line.needs


def test_a_bot_that_only_sends_attachments_is_heard() -> None:
    line = read(message(text="", bot_id="B2", attachments=[{"title": "Build 7", "text": "*failed*"}]))

    assert isinstance(line, Line)
    assert line.text == "Build 7\n**failed**"


@pytest.mark.parametrize("fields", [{"user": "UBOT"}, {"bot_id": "BBOT"}, {"app_id": "A1"}])
def test_our_own_posts_are_not_heard(fields: dict[str, Any]) -> None:
    assert read(message(**fields)) == Unknown("message", "our own post")
    changed = {"message": message(**fields, edited={"ts": "1767225700.000000"}), "previous_message": {}}
    assert isinstance(read({**message(subtype="message_changed"), **changed}), Unknown)
    gone = {"deleted_ts": TS, "previous_message": message(**fields)}
    assert isinstance(read({**message(subtype="message_deleted"), **gone}), Unknown)


@pytest.mark.parametrize("subtype", ["channel_name", "pinned_item", "tombstone", "group_archive", "message_replied"])
def test_what_an_event_of_its_own_tells_is_not_told_twice(subtype: str) -> None:
    assert isinstance(read(message(subtype=subtype)), Unknown)
    gone = {"deleted_ts": TS, "previous_message": message(subtype=subtype)}
    assert isinstance(read({**message(subtype="message_deleted"), **gone}), Unknown)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"subtype": "channel_topic", "text": "<@U1> set the channel topic: *db*"}, "@ada set the channel topic: *db*"),
        ({"subtype": "channel_join", "text": "<@U1> has joined the channel"}, "@ada has joined the channel"),
        ({"subtype": "huddle_thread", "text": "", "room": {"created_by": "U2"}}, "@ada started a huddle"),
        ({"subtype": "huddle_thread", "text": "", "user": None, "room": {}}, "Somebody started a huddle"),
        ({"subtype": "reminder_add", "text": "drink water"}, "@ada set a reminder in Slack: drink water"),
    ],
)
def test_slacks_own_notices_are_told_and_are_no_lines(fields: dict[str, Any], said: str) -> None:
    notice = read(message(**fields))

    assert isinstance(notice, Notice)
    assert (notice.place, notice.text) == (AT, said)


def test_our_own_doings_are_no_notices() -> None:
    assert isinstance(read(message(subtype="channel_topic", user="UBOT", text="x")), Unknown)


def test_an_answer_that_went_to_the_channel_too_says_so() -> None:
    line = read(message(subtype="thread_broadcast", thread_ts="1767225500.000001", root={"text": "x"}))

    assert isinstance(line, Line)
    assert (line.is_broadcast, line.thread_ts) == (True, "1767225500.000001")


def test_a_message_has_its_address() -> None:
    url = "https://example.slack.com/"

    assert AT.link(url) == "https://example.slack.com/archives/C1/p1767225600000100"
    assert AT.link(url, "1.2") == "https://example.slack.com/archives/C1/p1767225600000100?thread_ts=1.2&cid=C1"
    assert AT.link("") == AT.link("http://example.org") == ""


def test_user_groups_are_named() -> None:
    line = read(message(text="<!subteam^S1> and <!subteam^S2|@db> look"))

    assert isinstance(line, Line)
    assert ("group", "S1") in line.needs
    assert ("group", "S2") not in line.needs


def _changed(message: dict[str, Any], before: dict[str, Any]) -> Value:
    event = {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": "C1",
        "ts": "1767225700.000200",
    }
    return read({**event, "message": message, "previous_message": before})


def test_an_edit_names_the_line_and_the_moment() -> None:
    edited = {"user": "U1", "ts": "1767225700.000000"}

    change = _changed(message(text="db is slow", edited=edited), message())

    assert isinstance(change, Edited)
    assert (change.place, change.text, change.author) == (AT, "db is slow", ADA)
    assert (change.before, change.before_reads) == ("db is down", None)
    assert change.wording.change_id.startswith(f"slack:T1:C1:{TS}:edit:1767225700.000000:")
    assert change.wording.at.isoformat() == "2026-01-01T00:01:40.000200+00:00"


def test_two_edits_within_a_second_are_two() -> None:
    """Slack gives the time of an edit in whole seconds."""
    edited = {"user": "U1", "ts": "1767225700.000000"}

    again = _changed(message(text="slower", edited=edited), message(text="slow", edited=edited))
    told = read(message(text="slow", edited=edited))

    assert isinstance(again, Edited)
    assert isinstance(told, Line)
    assert again.before_reads is not None
    assert told.reads is not None
    assert again.before_reads.change_id == told.reads.change_id != again.wording.change_id
    assert again.before_reads.at < again.wording.at


def test_a_change_without_a_new_edit_is_none() -> None:
    edited = {"user": "U1", "ts": "1767225700.000000"}

    assert isinstance(_changed(message(attachments=[{"title": "preview"}]), message()), Unknown)
    assert isinstance(_changed(message(edited=edited), message(edited=edited)), Unknown)
    assert isinstance(_changed(message(edited=edited), message(edited={"ts": "1767225650.000000"})), Edited)


def test_a_deletion_names_the_line() -> None:
    event = {**message(subtype="message_deleted", ts="1767225800.000300"), "deleted_ts": TS}

    gone = read({**event, "previous_message": message()})
    nameless = read(event)

    assert isinstance(gone, Deleted)
    assert isinstance(nameless, Deleted)
    assert (gone.place, gone.author, gone.change_id) == (AT, ADA, f"slack:T1:C1:{TS}:delete")
    assert nameless.place == AT


def test_deleting_the_start_of_a_thread_arrives_as_a_tombstone() -> None:
    gone = _changed(message(subtype="tombstone", text="This message was deleted."), message())

    assert isinstance(gone, Deleted)
    assert gone.place == AT


# --- what is asked of us -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("<@UBOT> incident sev 1", "incident sev 1"),
        ("<@UBOT|warroom>: incident sev 1", "incident sev 1"),
        ("  <@UBOT>, page <@U1>", "page @ada"),
        ("<@UBOT>", ""),
        ("hey <@UBOT> incident sev 1", ""),
        ("incident sev 1", ""),
        ("<@U1> sev 1", ""),
    ],
)
def test_what_follows_a_mention_at_the_start_is_asked(text: str, asked: str) -> None:
    line = read(message(text=text))

    assert isinstance(line, Line)
    assert line.asked == asked


def test_everything_in_a_direct_message_is_asked() -> None:
    line = read(message(text="oncall who payments", channel="D1", channel_type="im"))

    assert isinstance(line, Line)
    assert (line.asked, line.is_direct) == ("oncall who payments", True)


def test_a_mention_and_its_message_are_one_line() -> None:
    mention, said = read(message(type="app_mention", text="<@UBOT> list")), read(message(text="<@UBOT> list"))

    assert isinstance(mention, Line)
    assert isinstance(said, Line)
    assert mention.place.outside_id == said.place.outside_id
    assert mention.asked == said.asked == "list"


def test_an_edit_never_asks() -> None:
    edited = {"user": "U1", "ts": "1767225700.000000"}

    assert isinstance(read(message(type="app_mention", text="<@UBOT> resolve", edited=edited)), Unknown)
    line = read(message(text="<@UBOT> resolve", edited=edited))
    assert isinstance(line, Line)
    assert line.asked == ""


# --- other events --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "emoji"),
    [
        ("pushpin", "📌"),
        ("white_check_mark", "✅"),
        ("+1::skin-tone-2", "👍🏻"),
        ("partyparrot", ":partyparrot:"),
        ("", "::"),
    ],
)
def test_a_reaction_is_the_character(name: str, emoji: str) -> None:
    reacted = read(reaction(reaction=name))

    assert isinstance(reacted, Reacted)
    assert (reacted.place, reacted.emoji, reacted.added) == (AT, emoji, True)


def test_taking_a_reaction_away_is_another_change() -> None:
    added, removed = read(reaction()), read(reaction(type="reaction_removed"))

    assert isinstance(added, Reacted)
    assert isinstance(removed, Reacted)
    assert not removed.added
    assert added.change_id != removed.change_id


def test_our_own_reactions_and_pins_are_not_heard() -> None:
    pin = {"type": "pin_added", "user": "UBOT", "channel_id": "C1", "item": {"type": "message", "message": message()}}

    assert isinstance(read(reaction(user="UBOT")), Unknown)
    assert isinstance(read(pin), Unknown)


def test_pins_of_messages_are_heard_and_of_files_not() -> None:
    pin = {"type": "pin_added", "user": "U1", "channel_id": "C1", "item": {"type": "message", "message": message()}}
    pin["event_ts"] = "1767225900.000000"

    assert read(pin) == Pinned(AT, ADA, True, "1767225900.000000")
    assert read({**pin, "type": "pin_removed"}) == Pinned(AT, ADA, False, "1767225900.000000")
    assert isinstance(read({**pin, "item": {"type": "file", "file": {"id": "F1"}}}), Unknown)
    assert isinstance(read(reaction(item={"type": "file", "file": "F1"})), Unknown)


@pytest.mark.parametrize(
    ("event", "value"),
    [
        ({"type": "member_joined_channel", "user": "U1", "channel": "C1"}, Joined("T1", "C1", ADA, joined=True)),
        ({"type": "member_left_channel", "user": "U1", "channel": "C1"}, Joined("T1", "C1", ADA, joined=False)),
        ({"type": "channel_archive", "channel": "C1", "user": "U1"}, Archived("T1", "C1", True, "U1")),
        ({"type": "group_unarchive", "channel": "C1", "user": "U1"}, Archived("T1", "C1", False, "U1")),
        ({"type": "channel_rename", "channel": {"id": "C1", "name": "x"}}, Renamed("T1", "C1", "x")),
        (
            {"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C2"},
            ChannelMoved("T1", "C1", "C2"),
        ),
        ({"type": "group_deleted", "channel": "C1"}, ChannelGone("T1", "C1", "the channel was deleted")),
        ({"type": "channel_left", "channel": "C1"}, ChannelGone("T1", "C1", "the app was removed from the channel")),
        ({"type": "user_change", "user": {"id": "U1"}}, PersonChanged("T1", "U1", {"id": "U1"})),
        ({"type": "app_uninstalled"}, Revoked("T1", "The app was uninstalled from the workspace.")),
        ({"type": "tokens_revoked", "tokens": {"bot": ["UBOT"]}}, Revoked("T1", "The app's bot token was revoked.")),
    ],
)
def test_channels_and_people_have_their_events(event: dict[str, Any], value: Value) -> None:
    assert read(event) == value


@pytest.mark.parametrize(
    "event", [{"type": "team_join"}, {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}, {"type": ""}]
)
def test_what_we_do_not_follow_is_kept_and_is_no_error(event: dict[str, Any]) -> None:
    assert isinstance(read({**event, "x": 1}), Unknown)


def test_what_is_no_event_is_told_apart() -> None:
    assert translate("events", b'{"type":"url_verification","challenge":"x"}', OWN) == Ping()
    limited = b'{"type":"app_rate_limited","team_id":"T1","minute_rate_limited":1767225600}'
    assert translate("events", limited, OWN) == Dropped("T1", 1767225600)
