"""What every operation on an incident does: lock the root, ask, write, record, tell."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts import audit
from accounts.actors import Actor
from common.errors import Conflict, NotFound
from common.news import tell
from incidents.models import Incident, Status, TimelineEvent
from incidents.news import IncidentChanged
from incidents.permissions import Doing, can_see, is_heard_in_room, require
from incidents.timeline.record import record_event


def lock_incident(number: int, by: Actor, doing: Doing, *, ended_is_fine: bool = True) -> Incident:
    """Lock the incident's row until the operation ends and check that the actor may do this.

    :raises NotFound: it does not exist, or is private and the actor is no member.
    :raises NotAllowed: the actor sees it but may not do this.
    :raises Conflict: it was merged or cancelled and the operation needs a living one.
    """
    incident = _allowed(Incident.objects.select_for_update(no_key=True), number, by, doing)
    if not ended_is_fine:
        refuse_ended(incident)
    return incident


def ask_first(number: int, by: Actor, doing: Doing) -> None:
    """Ask the same without a lock: for slow work that comes before the operation, which asks again.

    :raises NotFound, NotAllowed: as `lock_incident` does.
    """
    _allowed(Incident.objects.all(), number, by, doing)


def _allowed(among: QuerySet[Incident], number: int, by: Actor, doing: Doing) -> Incident:
    incident = among.filter(pk=number).first()
    hidden = (
        incident is not None
        and not by.is_machine
        and not is_heard_in_room(by, doing, incident)
        and not can_see(by.user, incident)
    )
    if incident is None or hidden:
        raise NotFound(f"There is no incident #{number}.", field="incident")
    require(by, doing, incident)
    return incident


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
        audit.record(
            by,
            kind,
            "incident",
            incident.pk,
            before=before,
            after=after,
            content_digest=event.content_digest,
        )
    if shown_on_cards:
        tell(IncidentChanged(incident_number=incident.pk))
    return event
