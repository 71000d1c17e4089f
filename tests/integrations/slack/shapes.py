"""Requests of Slack's, the shortest way."""

import json
from typing import Any
from urllib.parse import urlencode

from integrations.slack.inbound import translate
from integrations.slack.values import (
    Author,
    Own,
    Place,
    Value,
)

OWN = Own("T1", "UBOT", "BBOT")
TS = "1767225600.000100"
AT = Place("T1", "C1", TS)
ADA = Author("U1", "T1")


def an_event(event: dict[str, Any], **envelope: Any) -> bytes:
    body = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event": event}
    return json.dumps(body | envelope).encode()


def read(event: dict[str, Any], **envelope: Any) -> Value:
    return translate("slack/events", an_event(event, **envelope), OWN, lambda kind, id_: {"U1": "ada"}.get(id_, ""))


def message(**fields: Any) -> dict[str, Any]:
    base = {
        "type": "message",
        "channel": "C1",
        "channel_type": "channel",
        "user": "U1",
        "text": "db is down",
        "ts": TS,
    }
    return {key: value for key, value in (base | fields).items() if value is not None}


def reaction(**fields: Any) -> dict[str, Any]:
    item = {"type": "message", "channel": "C1", "ts": TS}
    event = {
        "type": "reaction_added",
        "user": "U1",
        "reaction": "pushpin",
        "item": item,
        "event_ts": "1767225900.000000",
    }
    return event | fields


def form(**fields: str) -> bytes:
    base = {
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "user_name": "ada",
        "command": "/incident",
        "text": "assign lead &lt;x&gt; <@U1|ada.l> <@U2|bo>",
        "response_url": "https://hooks.slack.com/commands/1",
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
    }
    return urlencode(base | fields).encode()


def interaction(**fields: Any) -> bytes:
    payload = {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "U1", "name": "ada", "team_id": "T1"},
        "channel": {"id": "C1"},
        "response_url": "https://hooks.slack.com/actions/1",
        "trigger_id": "1.2.3",
        "actions": [{"action_id": "cmd:1", "value": "/incident resolve #142", "action_ts": "1767225900.0"}],
    }
    return urlencode({"payload": json.dumps(payload | fields)}).encode()
