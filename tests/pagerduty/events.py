"""PagerDuty's webhook bodies, built: all people, services and ids are invented."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
Json = dict[str, Any]


def reference(kind: str, id_: str, summary: str) -> Json:
    """How PagerDuty names another object."""
    return {
        "id": id_,
        "type": f"{kind}_reference",
        "summary": summary,
        "self": f"https://api.pagerduty.example/{kind}s/{id_}",
        "html_url": f"https://acme.pagerduty.example/{kind}s/{id_}",
    }


ADA = reference("user", "PADA", "Ada")
BO = reference("user", "PBO", "Bo")
CLEO = reference("user", "PCLEO", "Cleo")


def incident_data(
    id_: str, *, key: str | None = None, title: str = "Checkout answers 5xx", priority: str = "", **more: Any
) -> Json:
    """The data of an event about an incident itself."""
    return {
        "id": id_,
        "type": "incident",
        "self": f"https://api.pagerduty.example/incidents/{id_}",
        "html_url": f"https://acme.pagerduty.example/incidents/{id_}",
        "number": 731,
        "status": "triggered",
        "incident_key": key,
        "created_at": stamp(START),
        "reopened_at": None,
        "title": title,
        "incident_type": {"name": "incident_default"},
        "service": reference("service", "PSHOP", "Checkout"),
        "assignees": [CLEO],
        "escalation_policy": reference("escalation_policy", "PESC", "Shop on call"),
        "teams": [reference("team", "PTEAM", "Shop")],
        "priority": reference("priority", f"P-{priority}", priority) if priority else None,
        "urgency": "high",
        "conference_bridge": None,
        "resolve_reason": None,
        **more,
    }


def note_data(incident: str, text: str) -> Json:
    """The data of a note: it names its incident, and carries no key."""
    return {
        "id": f"N-{incident}-{abs(hash(text)) % 10_000}",
        "type": "incident_note",
        "content": text,
        "trimmed": False,
        "incident": reference("incident", incident, "the incident"),
    }


def envelope(kind: str, data: Json, *, id_: str, at: datetime = START, agent: Json | None = ADA) -> Json:
    """One webhook's body as a value."""
    return {
        "event": {
            "id": id_,
            "event_type": kind,
            "resource_type": kind.split(".")[0],
            "occurred_at": stamp(at),
            "agent": agent,
            "client": {"name": "PagerDuty"},
            "data": data,
        }
    }


def body(kind: str, *, incident: str, id_: str, after: float = 0, text: str = "", **more: Any) -> bytes:
    """A webhook's bytes: `after` seconds after the start of the story."""
    at = START + timedelta(seconds=after)
    data = note_data(incident, text) if kind == "incident.annotated" else incident_data(incident, **more)
    return json.dumps(envelope(kind, data, id_=id_, at=at)).encode()


def stamp(at: datetime) -> str:
    """ISO 8601 in milliseconds, as PagerDuty writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
