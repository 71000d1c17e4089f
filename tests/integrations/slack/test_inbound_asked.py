"""What came in as commands and buttons, from whose workspace, and what can not be understood."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connections.intake import Unreadable
from integrations.slack.inbound import team_of, translate
from integrations.slack.values import (
    Author,
    Chosen,
    Command,
    Line,
    Ping,
    Unknown,
)
from tests.integrations.slack.shapes import AT, OWN, TS, an_event, form, interaction, message, reaction, read


# --- commands and buttons ------------------------------------------------------------------------
def test_a_slash_command_is_the_line_as_typed() -> None:
    assert translate("commands", form(), OWN, lambda kind, id_: "Ada L" if id_ == "U1" else "") == Command(
        team="T1",
        channel="C1",
        author=Author("U1", "T1", "ada"),
        line="/incident assign lead <x> @Ada-L @bo",
        outside_id="cmd:13345224609.738474920.8088930838d88f008e0",
        answer_address="https://hooks.slack.com/commands/1#replace",
        needs=[("user", "U1")],
        trigger="13345224609.738474920.8088930838d88f008e0",
    )


def test_slacks_probe_of_the_address_is_no_command() -> None:
    assert translate("commands", b"ssl_check=1&token=x", OWN) == Ping()


@pytest.mark.parametrize("fields", [{"command": ""}, {"trigger_id": ""}, {"user_id": ""}, {"channel_id": "../.."}])
def test_a_command_without_what_it_needs_is_unreadable(fields: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        translate("commands", form(**fields), OWN)


def test_a_pressed_button_is_its_command() -> None:
    command = translate("interactions", interaction(), OWN)

    assert isinstance(command, Command)
    assert (command.line, command.author.id, command.channel) == ("/incident resolve #142", "U1", "C1")
    assert command.outside_id == "int:1.2.3"
    assert command.answer_address == "https://hooks.slack.com/actions/1"


@pytest.mark.parametrize(
    "fields",
    [
        {"actions": [{"action_id": "url:1", "value": "/incident resolve"}]},
        {"actions": []},
        {"actions": "x"},
        {"type": "view_submission", "view": {}},
        {"type": "shortcut", "callback_id": "declare"},
        {"type": "message_action", "callback_id": "other"},
    ],
)
def test_other_interactions_do_nothing(fields: dict[str, Any]) -> None:
    assert isinstance(translate("interactions", interaction(**fields), OWN), Unknown)


def test_an_entry_of_the_message_menu_names_the_message_and_what_it_says() -> None:
    message = {"ts": TS, "text": "db &lt;1&gt; is down"}
    fields = {"type": "message_action", "callback_id": "timeline_add", "message": message}

    chosen = translate("interactions", interaction(**fields), OWN)

    assert isinstance(chosen, Chosen)
    assert (chosen.place, chosen.author) == (AT, Author("U1", "T1", "ada"))
    assert (chosen.entry, chosen.text, chosen.trigger) == ("timeline_add", "db <1> is down", "1.2.3")


# --- whose workspace -----------------------------------------------------------------------------
def test_the_installation_is_the_authorized_workspace() -> None:
    shared = an_event(message(), team_id="T9", authorizations=[{"team_id": "T1", "user_id": "UBOT"}])

    assert team_of("slack/events", shared) == "T1"
    assert team_of("slack/events", an_event(message(), team_id="T9")) == "T9"
    assert team_of("slack/commands", form(team_id="T9")) == "T9"
    assert team_of("slack/interactions", interaction(team=None)) == "T1"


def test_a_writer_from_a_shared_channel_keeps_their_workspace() -> None:
    line = read(message(user_team="T9"))

    assert isinstance(line, Line)
    assert line.author == Author("U1", "T9")


# --- unreadable ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b'{"type":"event_callback"}',
        b'{"a":NaN}',
        b"[" * 100_000,
        b'{"a":' * 70 + b"1" + b"}" * 70,
        an_event({"type": "message"}),
        an_event(message(ts="now")),
        an_event(message(ts="99999999999.1")),
        an_event(message(ts=1767225600.1)),
        an_event(message(channel="C1; drop")),
        an_event(message(user=None)),
        an_event(reaction(item={"type": "message", "channel": "C1"})),
    ],
)
def test_what_can_not_be_understood_says_why(raw: bytes) -> None:
    with pytest.raises(Unreadable) as error:
        translate("events", raw, OWN)

    assert str(error.value)


_keys = st.sampled_from(
    ["type", "subtype", "event", "message", "previous_message", "edited", "ts", "deleted_ts", "thread_ts", "channel",
     "user", "bot_id", "text", "blocks", "elements", "files", "attachments", "item", "reaction", "team", "actions",
     "action_id", "value", "trigger_id", "tokens", "authorizations", "hidden", "bot_profile", "event_ts"]
)  # fmt: skip
_words = st.sampled_from(
    ["message", "app_mention", "message_changed", "message_deleted", "event_callback", "tombstone", "reaction_added",
     "pin_added", "channel_rename", "user_change", "tokens_revoked", "C1", "U1", TS, "rich_text", "cmd", "\x00",
     "\ud800"]
)  # fmt: skip
_trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _words | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=8),
    max_leaves=30,
)


@settings(max_examples=500, deadline=None)
@given(
    st.dictionaries(_keys, _trees, max_size=12),
    st.sampled_from(["message", "app_mention", "reaction_added", "pin_added"]),
)
def test_any_event_is_a_value_or_unreadable(event: dict[str, Any], kind: str) -> None:
    for body in (an_event({**event, "type": kind}), an_event(event), json.dumps(event).encode()):
        _value_or_unreadable("events", body)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_keys, _trees, max_size=12), st.sampled_from(["block_actions", "message_action", "view_closed"]))
def test_any_interaction_is_a_value_or_unreadable(payload: dict[str, Any], kind: str) -> None:
    for value in (payload, {**payload, "type": kind}):
        _value_or_unreadable("interactions", urlencode({"payload": json.dumps(value)}).encode())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["events", "commands", "interactions", "options"]))
def test_any_bytes_are_a_value_or_unreadable(raw: bytes, door: str) -> None:
    _value_or_unreadable(door, raw)


def _value_or_unreadable(door: str, raw: bytes) -> None:
    for reader in (lambda: translate(door, raw, OWN), lambda: team_of(door, raw)):
        try:
            said: object = reader()
        except Unreadable as error:
            said = str(error) or None
        assert said is not None
        for text in (getattr(said, name, "") for name in ("text", "asked", "line", "emoji", "name")):
            assert "\0" not in text
            text.encode("utf-8")
