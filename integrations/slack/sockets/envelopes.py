"""What comes through a websocket, as the very bytes the same request has over HTTP. Pure.

docs.slack.dev/apis/events-api/using-socket-mode: the payload is what HTTP carries, without a signature.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from integrations.slack.door import Answer

#: kinds of envelopes, and the doors behind which the same things arrive over HTTP
DOORS = {"events_api": "slack/events", "slash_commands": "slack/commands", "interactive": "slack/interactions"}


def body_of(kind: str, payload: Mapping[str, Any]) -> bytes:
    """The body that the request would have over HTTP; `kind` is one of DOORS."""
    if kind == "slash_commands":
        return _form({name: _field(value) for name, value in payload.items()})
    raw = json.dumps(payload)
    return _form({"payload": raw}) if kind == "interactive" else raw.encode()


def headers_of(retry_attempt: int | None, retry_reason: str | None) -> dict[str, str]:
    """The headers that say what is worth keeping: that it is a repeat, and why."""
    if not retry_attempt:
        return {}
    return {"x-slack-retry-num": str(retry_attempt), "x-slack-retry-reason": str(retry_reason or "")}


def reply_of(answer: Answer | None) -> dict[str, Any] | None:
    """What the acknowledgement carries: the door's answer where that is JSON with something in it."""
    if answer is None or "json" not in answer[1]:
        return None
    said: dict[str, Any] = json.loads(answer[2])
    return said or None


def _form(fields: Mapping[str, str]) -> bytes:
    return urlencode(fields, errors="replace").encode()


def _field(value: object) -> str:
    """A form has words only: what is no text is written as Slack writes it there."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)
