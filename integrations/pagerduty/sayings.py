"""The line for people that each event becomes.

Source: PagerDuty developer documentation, "Webhooks v3 > Event data types".
"""

from collections.abc import Callable

from integrations.pagerduty.reading import Json, long_text, part, parts, summaries, summary, title, url, words


def say(kind: str, data: Json) -> str:
    """Return the line; an event we have no words for is named plainly."""
    saying = _SAYINGS.get(kind)
    return saying(data) if saying else f"PagerDuty: {words({'kind': kind}, 'kind', 60)}"


def _triggered(data: Json) -> str:
    service = summary(data, "service")
    return f"PagerDuty: {title(data)}" + (f" ({service})" if service else "")


def _resolved(data: Json) -> str:
    other = summary(part(data, "resolve_reason"), "incident")
    merged = part(data, "resolve_reason").get("type") == "merge_resolve_reason"
    return f"Merged into {other or 'another incident'} in PagerDuty" if merged else "Resolved in PagerDuty"


def _replied(data: Json) -> str:
    return (
        f"{summary(data, 'user') or 'A responder'} {words(data, 'state', 20) or 'replied to'} the request in PagerDuty"
    )


def _fields(data: Json) -> str:
    found = [f"{words(field, 'name')} = {field.get('value')!s:.200}" for field in parts(data, "custom_fields")[:10]]
    return f"Fields in PagerDuty: {words({'all': ', '.join(found)}, 'all', 1000) or 'changed'}"


def _roles(data: Json) -> str:
    said = []
    for entry in parts(data, "incident_role_assignments")[:10]:
        who, role = summary(entry, "assignee"), summary(entry, "role") or "a role"
        said.append(f"{who} is {role}" if who else f"nobody is {role} any more")
    return f"Roles in PagerDuty: {', '.join(said) or 'changed'}"


def _task(what: str) -> Callable[[Json], str]:
    return lambda data: f"Task {what} in PagerDuty: {words(data, 'name', 200) or words(data, 'summary', 200) or '?'}"


def _workflow(what: str) -> Callable[[Json], str]:
    return lambda data: f"Workflow {words(data, 'summary', 200) or '?'} {what} in PagerDuty"


def _invocation(data: Json) -> str:
    return f"Action {summary(data, 'action') or '?'} in PagerDuty: {words(data, 'state', 20) or 'changed'}"


_SAYINGS: dict[str, Callable[[Json], str]] = {
    "incident.triggered": _triggered,
    "incident.acknowledged": lambda data: "Acknowledged in PagerDuty",
    "incident.unacknowledged": lambda data: "The acknowledgement ran out in PagerDuty",
    "incident.escalated": lambda data: f"Escalated in PagerDuty to {summaries(data, 'assignees') or 'the next level'}",
    "incident.delegated": lambda data: (
        f"Handed to {summary(data, 'escalation_policy') or 'another policy'} in PagerDuty"
    ),
    "incident.reassigned": lambda data: f"Reassigned in PagerDuty to {summaries(data, 'assignees') or 'somebody else'}",
    "incident.priority_updated": lambda data: f"PagerDuty priority is now {summary(data, 'priority') or 'none'}",
    "incident.resolved": _resolved,
    "incident.reopened": lambda data: "Reopened in PagerDuty",
    "incident.service_updated": lambda data: f"Moved to the service {summary(data, 'service') or '?'} in PagerDuty",
    "incident.incident_type.changed": lambda data: (
        f"PagerDuty incident type is now {words(part(data, 'incident_type'), 'name') or '?'}"
    ),
    "incident.annotated": lambda data: f"Note in PagerDuty: {long_text(data, 'content')}",
    "incident.status_update_published": lambda data: f"Status update in PagerDuty: {long_text(data, 'message')}",
    "incident.responder.added": lambda data: f"PagerDuty asked {summary(data, 'user') or 'a responder'} to respond",
    "incident.responder.replied": _replied,
    "incident.conference_bridge.updated": lambda data: f"Conference: {url(data, 'conference_url') or 'changed'}",
    "incident.custom_field_values.updated": _fields,
    "incident.role.assigned": _roles,
    "incident.task.created": _task("created"),
    "incident.task.updated": _task("changed"),
    "incident.task.completed": _task("done"),
    "incident.workflow.started": _workflow("started"),
    "incident.workflow.completed": _workflow("completed"),
    "incident.action_invocation.created": _invocation,
    "incident.action_invocation.updated": _invocation,
    "incident.action_invocation.terminated": _invocation,
}
