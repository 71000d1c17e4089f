"""The way of an alert in sentences, from the door to what it did."""

from typing import Any

from alerts.models import Alert, AlertGroup
from connections.models import Received


def why_alert(alert: Alert) -> dict[str, Any]:
    """Return the steps of one signal."""
    steps: list[dict[str, Any]] = []
    if alert.received_id and alert.received is not None:
        steps.append(_arrival(alert.received))
    else:
        steps.append(
            {"at": None, "text": f"It came through {alert.connection.name}; the request is not kept any more."}
        )
    steps.append({"at": alert.occurred_at, "text": f"It says: {alert.kind}, as {alert.outside_id}."})
    if alert.group is not None:
        steps.append(_grouped(alert.group))
    else:
        steps.append({"at": None, "text": "It joined no group."})
    outcome = alert.outcome or "nothing followed"
    steps.append({"at": None, "text": f"What followed: {outcome}."})
    return {"alert": alert.pk, "group": alert.group_id, "outcome": outcome, "steps": steps}


def why_group(group: AlertGroup, newest: Alert | None, first: Alert | None) -> dict[str, Any]:
    """Return the steps of a group: its first signal, what is known now, the newest signal's outcome."""
    steps: list[dict[str, Any]] = []
    if first is not None:
        steps.append({"at": first.occurred_at, "text": f"The first signal: {first.kind}. {first.outcome}".strip()})
    steps.append(_grouped(group))
    outcome = (newest.outcome if newest else "") or "nothing followed"
    if newest is not None and newest != first:
        steps.append({"at": newest.occurred_at, "text": f"The newest signal: {newest.kind}. {outcome}"})
    return {"alert": newest.pk if newest else None, "group": group.pk, "outcome": outcome, "steps": steps}


def _arrival(received: Received) -> dict[str, Any]:
    said = received.outcome_text or received.outcome or "not looked at yet"
    return {
        "at": received.received_at,
        "text": f"Received at the door “{received.door}” of {received.connection.name}: {said}.",
    }


def _grouped(group: AlertGroup) -> dict[str, Any]:
    times = "once" if group.count == 1 else f"{group.count} times"
    return {
        "at": group.first_at,
        "text": f"Group {group.pk} “{group.title}” (key {group.key}) is {group.state}; it was signalled {times}.",
    }
