"""The door: what is refused, which request it is, what is answered at once."""

import hashlib
import hmac
import json
import random
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from integrations.slack import door
from integrations.slack.manifest import MANIFEST

_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
_NOW = 1_767_225_600
_BODY = b'{"type":"event_callback","event_id":"Ev1"}'


def _headers(body: bytes = _BODY, secret: str = _SECRET, at: int = _NOW) -> dict[str, str]:
    signature = SignatureVerifier(secret).generate_signature(timestamp=str(at), body=body)
    return {"x-slack-request-timestamp": str(at), "x-slack-signature": str(signature)}


def _verify(headers: dict[str, str], body: bytes = _BODY, secret: object = _SECRET, now: float = _NOW) -> bool:
    return door.verify(headers, body, {"signing_secret": secret}, now)


def test_takes_what_slack_signed() -> None:
    assert _verify(_headers())


def test_takes_what_was_signed_with_either_secret_while_it_is_changed() -> None:
    assert _verify(_headers(secret="old"), secret="new, old")
    assert _verify(_headers(secret="new"), secret="new, old")
    assert not _verify(_headers(secret="older"), secret="new, old")


@pytest.mark.parametrize("age", [-300, -1, 0, 299, 300])
def test_five_minutes_either_way_are_fresh(age: int) -> None:
    assert _verify(_headers(at=_NOW - age))


@pytest.mark.parametrize("age", [-301, 301, 86_400])
def test_older_and_newer_is_refused(age: int) -> None:
    assert not _verify(_headers(at=_NOW - age))


@pytest.mark.parametrize("secret", ["", "   ", ",", " , ", None, 5, [], b"x"])
def test_no_secret_refuses_everything(secret: object) -> None:
    signed_with_nothing = hmac.new(b"", f"v0:{_NOW}:".encode() + _BODY, hashlib.sha256).hexdigest()

    assert not _verify({**_headers(), "x-slack-signature": f"v0={signed_with_nothing}"}, secret=secret)
    assert not _verify(_headers(), secret=secret)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-slack-signature": "v0=abc"},
        {"x-slack-request-timestamp": str(_NOW)},
        {**_headers(), "x-slack-request-timestamp": "soon"},
        {**_headers(), "x-slack-request-timestamp": f"{_NOW}.0"},
        {**_headers(), "x-slack-request-timestamp": f" {_NOW}"},
        {**_headers(), "x-slack-request-timestamp": "٣" * 10},
        {**_headers(), "x-slack-request-timestamp": "9" * 400},
        {**_headers(), "x-slack-signature": ""},
        {**_headers(), "x-slack-signature": "v0="},
        {**_headers(), "x-slack-signature": "ü\ud800"},
        {**_headers(), "x-slack-signature": _headers()["x-slack-signature"].replace("v0", "v1")},
        {**_headers(), "x-slack-signature": _headers()["x-slack-signature"].upper()},
    ],
)
def test_odd_headers_are_refused_without_an_error(headers: dict[str, str]) -> None:
    assert not _verify(headers)


def test_a_body_that_is_no_text_can_be_checked() -> None:
    body = b"\xff\xfe\x00raw"
    headers = _headers()

    assert not _verify(headers, body=body)


def test_any_changed_bit_of_body_signature_or_time_is_refused() -> None:
    chance = random.Random(7)
    headers = _headers()
    for _ in range(300):
        where = chance.choice(["body", "x-slack-signature", "x-slack-request-timestamp"])
        value = bytearray(_BODY if where == "body" else headers[where].encode())
        place = chance.randrange(len(value))
        value[place] ^= 1 << chance.randrange(7)
        if where == "body":
            assert not _verify(headers, body=bytes(value))
        else:
            assert not _verify({**headers, where: value.decode("latin-1")})


def test_an_event_has_the_same_id_each_time_it_is_sent() -> None:
    first = door.event_id({}, b'{"event_id":"Ev1","a":1}')
    again = door.event_id({"x-slack-retry-num": "1"}, b'{"event_id":"Ev1","a":1}')

    assert first == again == "evt:Ev1"


def test_commands_and_interactions_are_told_apart_by_their_trigger() -> None:
    pressed = urlencode({"payload": json.dumps({"type": "block_actions", "trigger_id": "1.2.x"})}).encode()
    closed = urlencode({"payload": json.dumps({"type": "view_closed", "actions": [{"action_ts": "3.4"}]})}).encode()

    assert door.command_id({}, b"command=%2Fincident&trigger_id=1.2.abc") == "cmd:1.2.abc"
    assert door.interaction_id({}, pressed) == "int:1.2.x"
    assert door.interaction_id({}, closed) == "int:3.4"


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"event_id":5}', b'{"event_id":"' + b"x" * 500 + b'"}'])
def test_without_an_id_the_bytes_are_the_id(body: bytes) -> None:
    for of in (door.event_id, door.command_id, door.interaction_id):
        assert of({}, body).startswith("raw:")
        assert of({}, body) == of({}, body)


def test_the_challenge_is_answered_and_nothing_else_is_echoed() -> None:
    assert door.answer_event(b'{"type":"url_verification","challenge":"3eZb"}') == (
        200,
        "text/plain; charset=utf-8",
        b"3eZb",
    )
    assert door.answer_event(b'{"type":"event_callback","challenge":"3eZb"}') is None
    assert door.answer_event(b'{"type":"url_verification","challenge":["x"]}') is None


def test_a_command_shows_at_once_that_it_was_heard() -> None:
    status, kind, body = door.answer_command(b"command=%2Fincident&text=list")

    assert (status, kind) == (200, "application/json")
    assert json.loads(body) == {"response_type": "ephemeral", "text": "Working on it…"}
    assert door.answer_command(b"ssl_check=1&token=x") == (200, "text/plain; charset=utf-8", b"")


def test_a_form_closes_and_a_button_keeps_its_message() -> None:
    form = urlencode({"payload": json.dumps({"type": "view_submission"})}).encode()
    button = urlencode({"payload": json.dumps({"type": "block_actions"})}).encode()

    assert door.answer_interaction(form)[2] == b"{}"
    assert door.answer_interaction(button)[2] == b""


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=80))
def test_no_bytes_bring_the_door_down(body: bytes, stamp: str, signature: str) -> None:
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": signature}

    assert not _verify(headers, body=body)
    for entrance in MANIFEST.doors:
        assert len(entrance.outside_id(headers, body)) <= 200
        assert entrance.answer is not None
        entrance.answer(body)


def test_the_manifest_names_the_entrances_of_the_contract() -> None:
    assert [entrance.path for entrance in MANIFEST.doors] == ["slack/events", "slack/commands", "slack/interactions"]
    assert all(entrance.accepted_status == 200 for entrance in MANIFEST.doors)
    assert all(field.hint for field in MANIFEST.fields)
