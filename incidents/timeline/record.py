"""The only place that writes the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.actors import Actor
from common import clock, live
from common.news import tell
from incidents.models import Incident, TimelineEvent
from incidents.models.event import content_digest
from incidents.news import EventsRecorded
from incidents.timeline.kinds import kind_of


@dataclass(frozen=True)
class Draft:
    """An event that is still to be written. `text` defaults to the sentence that the kind says about `data`."""

    kind: str
    by: Actor
    data: dict[str, Any]
    text: str | None = None
    occurred_at: datetime | None = None
    target: TimelineEvent | None = None
    thread: TimelineEvent | None = None
    outside_id: str = ""


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
    """Append one event to the incident's log. The caller holds the incident's lock."""
    draft = Draft(kind, by, data or {}, text, occurred_at, target, thread, outside_id)
    return record_events(incident, [draft])[0]


def record_events(incident: Incident, drafts: Sequence[Draft]) -> list[TimelineEvent]:
    """Append events to the incident's log, in this order. The caller holds the incident's lock.

    The sequences are taken under the lock, so the order of commits is the order of sequences and there is never a
    hole. However many there are, they are written, told and nudged for once.
    """
    if not drafts:
        return []
    now = clock.now()
    events = [_event(incident, draft, incident.last_sequence + n, now) for n, draft in enumerate(drafts, 1)]
    TimelineEvent.objects.bulk_create(events)
    incident.last_sequence, incident.last_event_at = events[-1].sequence, now
    Incident.objects.filter(pk=incident.pk).update(
        last_sequence=incident.last_sequence, last_event_at=incident.last_event_at
    )
    tell(EventsRecorded(incident_number=incident.pk, events=tuple(events)))
    live.nudge_after_commit(incident.pk, incident.last_sequence, incident.access_version)
    return events


def _event(incident: Incident, draft: Draft, sequence: int, now: datetime) -> TimelineEvent:
    said = kind_of(draft.kind).say(draft.data) if draft.text is None else draft.text
    at = draft.occurred_at or now
    event = TimelineEvent(
        incident=incident,
        sequence=sequence,
        kind=draft.kind,
        target=draft.target,
        thread=draft.thread,
        text=said,
        data=draft.data,
        occurred_at=at,
        recorded_at=now,
        actor=draft.by.user,
        actor_name=draft.by.name[:120],
        actor_key=draft.by.key[:160],
        surface=draft.by.surface,
        outside_id=draft.outside_id or None,
        shown_text=said,
        shown_at=at,
    )
    event.content_digest = content_digest(event)
    return event
