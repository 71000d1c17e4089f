"""Changing what is known about an incident."""

from datetime import datetime

from accounts.actors import Actor
from common import clock
from common.errors import Invalid
from common.operations import operation
from incidents.models import Incident, Severity, TimelineEvent
from incidents.operations.base import lock_incident, write_change
from incidents.operations.declare import find_services
from incidents.operations.reminders import plan_reminders
from incidents.paging import page_as_severe
from incidents.permissions import Doing
from incidents.rules import texts, times

#: field name as people say it → column
TEXT_FIELDS = {
    "summary": "summary",
    "impact": "impact",
    "now": "now_text",
    "doing": "doing_text",
    "need": "need_text",
}


@operation
def set_severity(*, number: int, severity: int, by: Actor, reason: str = "") -> Incident:
    """Say how bad it is. The same severity again confirms it.

    :raises Invalid: not 1 to 5.
    """
    if severity not in Severity.values:
        raise Invalid("severity is 1 to 5.", field="severity")
    incident = lock_incident(number, by, Doing.RUN, ended_is_fine=False)
    old, confirmed = int(incident.severity), incident.severity_confirmed_at
    if old == severity and confirmed:
        return incident
    incident.severity = severity
    incident.severity_confirmed_at = clock.now()
    fields = ["severity", "severity_confirmed_at"]
    if old == severity:
        write_change(
            incident,
            "severity.confirmed",
            by=by,
            data={"severity": old},
            fields=fields,
            after={"severity": old},
        )
    else:
        write_change(
            incident,
            "severity.changed",
            by=by,
            data={"old": old, "new": severity, "reason": texts.clean(reason, "reason", most=2000)},
            fields=fields,
            before={"severity": old},
            after={"severity": severity},
        )
        page_as_severe(incident, old)
    plan_reminders(incident)
    return incident


@operation
def rename(*, number: int, title: str, by: Actor) -> Incident:
    """Give it another title."""
    incident = lock_incident(number, by, Doing.RUN)
    new, old = texts.title(title), incident.title
    if new != old:
        incident.title = new
        write_change(
            incident,
            "title.changed",
            by=by,
            data={"old": old, "new": new},
            fields=["title"],
            before={"title": old},
            after={"title": new},
        )
    return incident


@operation
def set_text(*, number: int, field: str, text: str, by: Actor) -> Incident:
    """Write summary, impact, now, doing or need; empty text clears it.

    :raises Invalid: another field, or the text does not fit.
    """
    if field not in TEXT_FIELDS:
        raise Invalid(f"“{field}” is none of {', '.join(TEXT_FIELDS)}.", field="field")
    incident = lock_incident(number, by, Doing.RUN)
    column = TEXT_FIELDS[field]
    new = texts.clean(text, field, most=10_000) if field in ("summary", "impact") else texts.short(text, field)
    old = getattr(incident, column)
    if new != old:
        setattr(incident, column, new)
        write_change(
            incident,
            "field.changed",
            by=by,
            data={"field": field, "old": old, "new": new},
            fields=[column],
            before={field: old},
            after={field: new},
        )
    return incident


@operation
def add_service(*, number: int, service: str, by: Actor) -> Incident:
    """Say that a service of the catalogue is touched."""
    incident = lock_incident(number, by, Doing.RUN)
    found = find_services([service])
    if found and not incident.services.filter(pk=found[0].pk).exists():
        incident.services.add(found[0])
        write_change(incident, "service.added", by=by, data={"name": found[0].name})
    return incident


@operation
def remove_service(*, number: int, service: str, by: Actor) -> Incident:
    """Take a service off."""
    incident = lock_incident(number, by, Doing.RUN)
    found = find_services([service])
    if found and incident.services.filter(pk=found[0].pk).exists():
        incident.services.remove(found[0])
        write_change(incident, "service.removed", by=by, data={"name": found[0].name})
    return incident


@operation
def add_tag(*, number: int, tag: str, by: Actor) -> Incident:
    """Put a tag on."""
    incident = lock_incident(number, by, Doing.RUN)
    name = texts.tag(tag)
    if name not in incident.tags:
        incident.tags = sorted([*incident.tags, name])
        write_change(incident, "tag.added", by=by, data={"name": name}, fields=["tags"])
    return incident


@operation
def remove_tag(*, number: int, tag: str, by: Actor) -> Incident:
    """Take a tag off."""
    incident = lock_incident(number, by, Doing.RUN)
    name = texts.tag(tag)
    if name in incident.tags:
        incident.tags = [kept for kept in incident.tags if kept != name]
        write_change(incident, "tag.removed", by=by, data={"name": name}, fields=["tags"])
    return incident


@operation
def add_link(*, number: int, url: str, by: Actor, title: str = "") -> TimelineEvent | None:
    """Add a web address; the same address again changes nothing (returns None)."""
    incident = lock_incident(number, by, Doing.RUN)
    address = texts.link(url)
    if any(link["url"] == address for link in incident.links):
        return None
    label = texts.clean(title, "title", most=200, one_line=True) or address
    incident.links = [*incident.links, {"url": address, "title": label}]
    return write_change(incident, "link.added", by=by, data={"url": address, "title": label}, fields=["links"])


@operation
def remove_link(*, number: int, url: str, by: Actor) -> Incident:
    """Take a web address off; nothing happens where it is not there."""
    incident = lock_incident(number, by, Doing.RUN)
    gone = [link for link in incident.links if link["url"] == url]
    if gone:
        incident.links = [link for link in incident.links if link["url"] != url]
        write_change(incident, "link.removed", by=by, data=dict(gone[0]), fields=["links"])
    return incident


@operation
def relate(*, number: int, other: int, by: Actor) -> Incident:
    """Say that two incidents have to do with each other."""
    if number == other:
        raise Invalid("An incident is always related to itself.", field="incident")
    incident, related = _lock_both(number, other, by)
    if not incident.related.filter(pk=related.pk).exists():
        incident.related.add(related)
        write_change(incident, "related", by=by, data={"number": related.pk})
    return incident


@operation
def unrelate(*, number: int, other: int, by: Actor) -> Incident:
    """Say that they have nothing to do with each other after all; nothing happens where they were not related."""
    incident, related = _lock_both(number, other, by)
    if incident.related.filter(pk=related.pk).exists():
        incident.related.remove(related)
        write_change(incident, "unrelated", by=by, data={"number": related.pk})
    return incident


def _lock_both(number: int, other: int, by: Actor) -> tuple[Incident, Incident]:
    """Lock two incidents in the order of their numbers; the actor changes the first and reads the other."""
    if number == other:
        incident = lock_incident(number, by, Doing.RUN)
        return incident, incident
    found = {n: lock_incident(n, by, Doing.RUN if n == number else Doing.READ) for n in sorted((number, other))}
    return found[number], found[other]


@operation
def correct_key_time(*, number: int, name: str, at: datetime | None, by: Actor) -> Incident:
    """Correct when it started, was detected, declared, mitigated, resolved or closed; history is kept.

    :raises Invalid: no such time, in the future or too early, or `declared` would be empty.
    """
    if name not in Incident.KEY_TIMES:
        raise Invalid(f"“{name}” is none of {', '.join(Incident.KEY_TIMES)}.", field="name")
    incident = lock_incident(number, by, Doing.RUN)
    at = times.happened(at, clock.now(), f"{name}_at") if at is not None else None
    if at is None and name == "declared":
        raise Invalid("The declared time can't be empty.", field="at")
    column = f"{name}_at"
    old = getattr(incident, column)
    if old != at:
        setattr(incident, column, at)
        iso, was = (at.isoformat() if at else None), (old.isoformat() if old else None)
        write_change(
            incident,
            "time.set",
            by=by,
            data={"name": name, "new": iso, "old": was},
            fields=[column],
            before={column: was},
            after={column: iso},
        )
    return incident
