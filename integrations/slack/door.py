"""The entrances for Slack: is it genuine, which request is it, what must be answered at once.

Signature: docs.slack.dev/authentication/verifying-requests-from-slack. Our own check and not slack_sdk's,
because that one decodes the body and raises on bytes that are no UTF-8, on a time that is no number and
on a signature that is no ASCII; the raw bytes are what was signed.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from integrations.slack.interactions import external_id
from integrations.slack.views import FORM, working_view

Headers = Mapping[str, str]
Answer = tuple[int, str, bytes]

_WINDOW = 300
_STAMP = re.compile(r"[0-9]{1,12}")
_WORKING = json.dumps({"response_type": "ephemeral", "text": "Working on it…"}).encode()
_MOST = 150


def verify(headers: Headers, raw: bytes, secrets: Mapping[str, Any], now: float) -> bool:
    """Tell whether Slack signed these bytes within the last five minutes.

    `signing_secret` may be several, separated by commas, while it is being changed. None refuses.
    """
    stamp = headers.get("x-slack-request-timestamp", "")
    given = headers.get("x-slack-signature", "").encode("utf-8", "replace")
    if not _STAMP.fullmatch(stamp) or abs(now - int(stamp)) > _WINDOW:
        return False
    # All are compared, so that the time taken says nothing about which one fits.
    fits = [hmac.compare_digest(_signature(secret, stamp, raw), given) for secret in _secrets(secrets)]
    return any(fits)


def _secrets(secrets: Mapping[str, Any]) -> Iterable[str]:
    value = secrets.get("signing_secret")
    found = value.split(",") if isinstance(value, str) else []
    return [secret.strip() for secret in found if secret.strip()]


def _signature(secret: str, stamp: str, raw: bytes) -> bytes:
    base = b"v0:" + stamp.encode() + b":" + raw
    return b"v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest().encode()


def event_id(headers: Headers, raw: bytes) -> str:
    """Slack keeps the id of an event over its repeats."""
    body = _json(raw)
    return _named("evt", body.get("event_id"), raw)


def command_id(headers: Headers, raw: bytes) -> str:
    """Commands have no id of their own; the trigger is made once for each."""
    return _named("cmd", _form(raw).get("trigger_id"), raw)


def interaction_id(headers: Headers, raw: bytes) -> str:
    """The trigger, or the time of the action where there is none (a closed view)."""
    payload = _payload(raw)
    actions = payload.get("actions")
    first = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    return _named("int", payload.get("trigger_id") or first.get("action_ts") or payload.get("action_ts"), raw)


def answer_event(raw: bytes) -> Answer | None:
    """The challenge, when Slack checks the address; else the door's own empty 200."""
    body = _json(raw)
    challenge = body.get("challenge")
    if body.get("type") == "url_verification" and isinstance(challenge, str) and len(challenge) < 1000:
        return 200, "text/plain; charset=utf-8", challenge.encode("utf-8", "replace")
    return None


def answer_command(raw: bytes) -> Answer:
    """Something to see within the three seconds that Slack waits; the result takes its place."""
    if _form(raw).get("ssl_check"):
        return 200, "text/plain; charset=utf-8", b""
    return 200, "application/json", _WORKING


def answer_interaction(raw: bytes) -> Answer:
    """Empty: a pressed button keeps its message. A form that was sent says that it is being worked."""
    payload = _payload(raw)
    if payload.get("type") == "view_submission":
        return 200, "application/json", json.dumps(_while_working(payload)).encode()
    return 200, "text/plain; charset=utf-8", b""


def _while_working(payload: dict[str, Any]) -> dict[str, Any]:
    view = payload.get("view")
    if not isinstance(view, dict) or view.get("callback_id") != FORM:
        return {}
    return {"response_action": "update", "view": working_view(view, external_id(payload))}


def _named(kind: str, value: object, raw: bytes) -> str:
    if isinstance(value, str) and 0 < len(value) <= _MOST and value.isascii() and value.isprintable():
        return f"{kind}:{value}"
    return f"raw:{hashlib.sha256(raw).hexdigest()}"


def _json(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _form(raw: bytes) -> dict[str, str]:
    try:
        fields = parse_qs(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _payload(raw: bytes) -> dict[str, Any]:
    return _json(_form(raw).get("payload", "").encode("utf-8", "replace"))
