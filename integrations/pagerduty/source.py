"""PagerDuty's V3 webhook events as signals.

Source: PagerDuty developer documentation, "Webhooks v3 > Event types" and "Event data types".
"""

import json
from datetime import UTC, datetime
from typing import Any

from alerts.operations.signals import Signal
from alerts.rules.fold import ACKNOWLEDGED, OTHER, PRIORITY, REOPENED, RESOLVED, TRIGGERED, UNACKNOWLEDGED
from common.ids import digest
from connections.intake import Unreadable
from integrations.pagerduty.reading import Json, part, parts, severity, summary, title, url, words
from integrations.pagerduty.sayings import say

_MOVES = {
    "incident.triggered": TRIGGERED,
    "incident.acknowledged": ACKNOWLEDGED,
    "incident.unacknowledged": UNACKNOWLEDGED,
    "incident.resolved": RESOLVED,
    "incident.reopened": REOPENED,
    "incident.priority_updated": PRIORITY,
}
_NOTES = {"incident.annotated", "incident.status_update_published"}
PING = "pagey.ping"


def read_event(raw: bytes) -> Json:
    """Return the `event` of a webhook body.

    :raises Unreadable: not JSON, or not of this shape; says what is missing.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The body is not JSON: {error}")
    event = body.get("event") if isinstance(body, dict) else None
    if not isinstance(event, dict):
        raise Unreadable("The body has no “event” object.")
    for name in ("id", "event_type"):
        if not isinstance(event.get(name), str) or not event[name]:
            raise Unreadable(f"The event has no “{name}”.")
    if not isinstance(event.get("data"), dict):
        raise Unreadable("The event has no “data” object.")
    return event


def to_signal(event: Json) -> Signal | None:
    """Translate an event; None for one that concerns no incident (a service changed, say).

    :raises Unreadable: a field is missing or of the wrong type.
    """
    kind, data = event["event_type"], event["data"]
    incident = _incident(data)
    incident_id = incident.get("id")
    if not isinstance(incident_id, str) or not incident_id:
        if kind in _MOVES:
            raise Unreadable("The event names no incident.")
        return None
    # Only the incident itself carries its key; notes and the like name the incident alone.
    key = incident.get("incident_key") if incident is data else None
    return Signal(
        id=_short(event["id"], 120),
        key=_short(key if isinstance(key, str) and key else f"pd:{incident_id}", 300),
        trouble=_short(incident_id, 120),
        has_key=incident is data,
        kind=_MOVES.get(kind, OTHER),
        name=words(event, "event_type", 60),
        at=_time(event.get("occurred_at")),
        text=say(kind, data),
        title=title(incident) if kind == "incident.triggered" else "",
        severity=severity(incident) if kind in ("incident.triggered", "incident.priority_updated") else None,
        service=summary(incident, "service"),
        url=url(incident, "html_url"),
        agent=summary(event, "agent"),
        is_note=kind in _NOTES,
        data={"incident_id": words(incident, "id")},
    )


def _incident(data: Json) -> Json:
    """The incident that an event is about: the data itself, or what it refers to."""
    if data.get("type") == "incident":
        return data
    return part(data, "incident") or next(
        (found for entry in parts(data, "incident_role_assignments") if (found := part(entry, "incident"))), {}
    )


def _short(value: str, most: int) -> str:
    """An id as it is; one that is too long or odd for a database as its hash, so that no two become one."""
    if len(value) <= most and value.isprintable():
        return value
    return f"sha256:{digest(value.encode('utf-8', 'surrogatepass'))}"


def _time(value: Any) -> datetime:
    if not isinstance(value, str):
        raise Unreadable("The event has no “occurred_at”.")
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable(f"“occurred_at” is not a time: {value[:40]!r}")
    try:
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)  # can't be true: whoever takes the signal says when it came
