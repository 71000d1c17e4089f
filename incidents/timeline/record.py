"""The only place that writes the log."""

from datetime import datetime
from typing import Any

from accounts.actors import Actor
from common import clock, live
from common.news import tell
from incidents.models import Incident, TimelineEvent
from incidents.models.event import content_digest
from incidents.news import EventRecorded
from incidents.timeline.kinds import kind_of


def record_event(
    incident: Incident,
    kind: str,
    *,
    by: Actor,
    data: dict[str, Any] | None = None,
    text: str | None = None,
    occurred_at: datetime | None = None,
    target: TimelineEvent | None = None,
    thread: TimelineEvent | None = None,
    outside_id: str = "",
) -> TimelineEvent:
    """Append one event to the incident's log. The caller holds the incident's lock.

    `text` defaults to the sentence that the kind says about `data`. The sequence is taken under the lock,
    so the order of commits is the order of sequences and there is never a hole.
    """
    data = data or {}
    said = kind_of(kind).say(data) if text is None else text
    now = clock.now()
    at = occurred_at or now
    incident.last_sequence += 1
    incident.last_event_at = now
    event = TimelineEvent(
        incident=incident,
        sequence=incident.last_sequence,
        kind=kind,
        target=target,
        thread=thread,
        text=said,
        data=data,
        occurred_at=at,
        recorded_at=now,
        actor=by.user,
        actor_name=by.name[:120],
        actor_key=by.key[:160],
        surface=by.surface,
        outside_id=outside_id or None,
        shown_text=said,
        shown_at=at,
    )
    event.content_digest = content_digest(event)
    event.save(force_insert=True)
    Incident.objects.filter(pk=incident.pk).update(
        last_sequence=incident.last_sequence, last_event_at=incident.last_event_at
    )
    tell(
        EventRecorded(
            incident_number=incident.pk,
            event_id=event.pk,
            sequence=event.sequence,
            kind=kind,
            surface=by.surface,
            target_id=target.pk if target else None,
        )
    )
    live.nudge_after_commit(incident.pk, event.sequence, incident.access_version)
    return event
