"""What every operation on an incident does: lock the root, ask, write, record, tell."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from accounts import audit
from accounts.actors import Actor
from accounts.models.audit import AuditEntry
from common.errors import Conflict, NotFound
from common.news import tell
from incidents.models import Incident, Status, TimelineEvent
from incidents.news import IncidentChanged
from incidents.permissions import Doing, can_see, is_heard_in_room, require
from incidents.timeline.record import Draft, record_event, record_events


def lock_incident(number: int, by: Actor, doing: Doing, *, ended_is_fine: bool = True) -> Incident:
    """Lock the incident's row until the operation ends and check that the actor may do this.

    :raises NotFound: it does not exist, or is private and the actor is no member.
    :raises NotAllowed: the actor sees it but may not do this.
    :raises Conflict: it was merged or cancelled and the operation needs a living one.
    """
    incident = lock_for_all(number, [by], doing)
    if not ended_is_fine:
        refuse_ended(incident)
    return incident


def lock_for_all(number: int, actors: Iterable[Actor], doing: Doing) -> Incident:
    """Lock the incident's row, as `lock_incident` does, for what several people do at once.

    :raises NotFound, NotAllowed: as soon as one of them may not.
    """
    incident = Incident.objects.select_for_update(no_key=True).filter(pk=number).first()
    for by in dict.fromkeys(actors):
        _check(incident, number, by, doing)
    return _there(incident, number)


def ask_first(number: int, by: Actor, doing: Doing) -> None:
    """Ask the same without a lock: for slow work that comes before the operation, which asks again.

    :raises NotFound, NotAllowed: as `lock_incident` does.
    """
    _check(Incident.objects.filter(pk=number).first(), number, by, doing)


def _check(incident: Incident | None, number: int, by: Actor, doing: Doing) -> None:
    found = _there(incident, number)
    if not by.is_machine and not is_heard_in_room(by, doing, found) and not can_see(by.user, found):
        raise _no_incident(number)
    require(by, doing, found)


def _there(incident: Incident | None, number: int) -> Incident:
    if incident is None:
        raise _no_incident(number)
    return incident


def _no_incident(number: int) -> NotFound:
    return NotFound(f"There is no incident #{number}.", field="incident")


def refuse_ended(incident: Incident) -> None:
    """Refuse on a merged or cancelled incident, saying where to go."""
    if incident.status == Status.MERGED:
        raise Conflict(f"#{incident.pk} was merged into #{incident.merged_into_id}; work goes on there.")
    if incident.status == Status.CANCELLED:
        raise Conflict(f"#{incident.pk} was cancelled. Reopen it first, with a reason.")


def write_change(
    incident: Incident,
    kind: str,
    *,
    by: Actor,
    data: dict[str, Any],
    fields: Sequence[str] = (),
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    text: str | None = None,
    at: datetime | None = None,
    target: TimelineEvent | None = None,
    thread: TimelineEvent | None = None,
    outside_id: str = "",
    shown_on_cards: bool = True,
) -> TimelineEvent:
    """Save the named fields, append the event, write the audit entry, tell the news."""
    if fields:
        incident.save(update_fields=list(fields))
    event = record_event(
        incident,
        kind,
        by=by,
        data=data,
        text=text,
        occurred_at=at,
        target=target,
        thread=thread,
        outside_id=outside_id,
    )
    if not by.is_machine or before or after:
        _audit_entry(incident, event, by, before, after).save(force_insert=True)
    if shown_on_cards:
        tell(IncidentChanged(incident_number=incident.pk))
    return event


def write_events(incident: Incident, drafts: Sequence[Draft]) -> list[TimelineEvent]:
    """Append several events that change nothing else, with their audit entries: `write_change` for many lines."""
    events = record_events(incident, drafts)
    people = [(event, draft.by) for event, draft in zip(events, drafts, strict=True) if not draft.by.is_machine]
    audit.record_all([_audit_entry(incident, event, by) for event, by in people])
    return events


def _audit_entry(
    incident: Incident,
    event: TimelineEvent,
    by: Actor,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    return audit.entry_of(
        by,
        event.kind,
        "incident",
        incident.pk,
        before=before,
        after=after,
        content_digest=event.content_digest,
    )
