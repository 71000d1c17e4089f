"""Reads. Each has the access check built in."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import connection as database
from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Left

from accounts.actors import Actor
from accounts.models import User
from common import clock
from common.errors import NotFound
from incidents.models import Incident, Member, RoleAssignment, TimelineEvent
from incidents.models.incident import OPEN
from incidents.timeline.kinds import changing_kinds, story_kinds

#: how much of what was missed is said: people by name, and of a line its beginning
_COUNTED = 1000
_NAMES = 5
_EXCERPT = 200


def incidents_for(user: User | None) -> QuerySet[Incident]:
    """Incidents the person may see, with what lists show, in three queries whatever their number."""
    return Incident.objects.visible_to(user).prefetch_related(
        "services",
        Prefetch(
            "role_assignments",
            RoleAssignment.objects.filter(ended_at__isnull=True).select_related("user"),
            to_attr="roles_held",
        ),
    )


def find_incident(number: int, by: Actor) -> Incident:
    """Return one incident.

    :raises NotFound: it does not exist or the actor must not learn that it does.
    """
    rows = Incident.objects.all() if by.is_machine else Incident.objects.visible_to(by.user)
    incident = rows.filter(pk=number).first()
    if incident is None:
        raise NotFound(f"There is no incident #{number}.", field="incident")
    return incident


def commander_of(incident: Incident) -> User | None:
    """Who leads; uses what `incidents_for` prefetched when it is there."""
    held = getattr(incident, "roles_held", None)
    if held is None:
        held = list(incident.role_assignments.filter(ended_at__isnull=True).select_related("user"))
        incident.roles_held = held  # type: ignore[attr-defined]
    return next((role.user for role in held if role.role == "commander"), None)


def find_incidents(user: User | None, filters: dict[str, Any]) -> QuerySet[Incident]:
    """Filter the visible incidents: state, severity, service, mine, drill, private, tag, text, before, after."""
    rows = incidents_for(user)
    state = filters.get("state") or ""
    if state == "open":
        rows = rows.filter(status__in=OPEN)
    elif state == "ended":
        rows = rows.exclude(status__in=OPEN)
    elif state:
        rows = rows.filter(status=state)
    if filters.get("severity"):
        rows = rows.filter(severity=filters["severity"])
    if filters.get("service"):
        rows = rows.filter(services__slug=filters["service"])
    if filters.get("mine") and user is not None:
        rows = rows.filter(Q(pk__in=Member.objects.filter(user=user, left_at__isnull=True).values("incident_id")))
    if filters.get("team"):
        rows = rows.filter(pk__in=Incident.objects.filter(services__team__slug=filters["team"]).values("pk"))
    if filters.get("tag"):
        rows = rows.filter(_tagged(filters["tag"]))
    if filters.get("drill"):
        rows = rows.filter(is_drill=filters["drill"] == "only")
    if filters.get("private"):
        rows = rows.filter(is_private=True)
    if filters.get("text"):
        rows = rows.filter(_says(filters["text"]))
    return rows


def _tagged(tag: str) -> Q:
    """The list of tags holds this one. SQLite keeps it as JSON text, and its LIKE looks past case only."""
    if database.features.supports_json_field_contains:
        return Q(tags__contains=[tag])
    return Q(tags__icontains=json.dumps(tag))


def _says(text: str) -> Q:
    events = TimelineEvent.objects.filter(shown_text__icontains=text, deleted_at__isnull=True)
    return (
        Q(title__icontains=text)
        | Q(summary__icontains=text)
        | Q(pk__in=events.values("incident_id"))
        | Q(postmortem__body__icontains=text)
    )


def same_service_open(user: User | None, services: list[int], minutes: int = 60) -> QuerySet[Incident]:
    """Open incidents of the last hour for these services: "join instead"."""
    since = clock.now() - timedelta(minutes=minutes)
    rows = incidents_for(user).filter(status__in=OPEN, declared_at__gte=since)
    return rows.filter(services__in=services).distinct() if services else rows


def readable_events(incident: Incident) -> QuerySet[TimelineEvent]:
    """The events a reader sees, in reading order; changes are folded into their targets."""
    return (
        incident.events.filter(target__isnull=True)
        .select_related("actor", "thread")
        .prefetch_related("attachments", "outside_files")
        .order_by("shown_at", "id")
    )


def story(incident: Incident) -> QuerySet[TimelineEvent]:
    """State changes, updates, milestones and pins, without what was hidden or deleted."""
    return readable_events(incident).filter(
        Q(kind__in=story_kinds()) | Q(pinned_at__isnull=False), deleted_at__isnull=True, is_hidden=False
    )


def latest_page(
    incident: Incident, *, before: tuple[datetime, int] | None = None, limit: int = 100
) -> tuple[list[TimelineEvent], bool]:
    """Return the newest events before a point of the reading order (oldest first), and whether more came before.

    One indexed query, the same for a hundred and a hundred thousand events.
    """
    rows = readable_events(incident).order_by("-shown_at", "-id")
    if before is not None:
        at, pk = before
        rows = rows.filter(Q(shown_at__lt=at) | Q(shown_at=at, id__lt=pk))
    found = list(rows[: limit + 1])
    more = len(found) > limit
    return found[:limit][::-1], more


def versions_of(events: list[TimelineEvent]) -> dict[int, list[TimelineEvent]]:
    """Return the edits and deletions of these events, oldest first, in one query."""
    found: dict[int, list[TimelineEvent]] = {}
    ids = [event.pk for event in events if event.version > 1 or event.deleted_at]
    if ids:
        changes = TimelineEvent.objects.filter(
            target_id__in=ids, kind__in=["message.edited", "message.deleted", "time.corrected"]
        ).order_by("sequence")
        for change in changes:
            found.setdefault(change.target_id or 0, []).append(change)
    return found


def log_after(incident_number: int, after: int, limit: int = 500) -> list[TimelineEvent]:
    """Return every event after a sequence number, gapless, in order of sequence."""
    return list(
        TimelineEvent.objects.filter(incident_id=incident_number, sequence__gt=after)
        .select_related("actor", "target", "thread")
        .prefetch_related("attachments", "outside_files")
        .order_by("sequence")[:limit]
    )


def digest(incident: Incident, since_sequence: int, limit: int = 8) -> str:
    """Say in a few lines of markdown what happened after a sequence number.

    Four queries over a bounded number of rows, whether ten events were missed or a hundred thousand: lines are
    counted up to 1,000, and people are those of the newest 1,000 events.
    """
    missed = incident.events.filter(sequence__gt=since_sequence, target__isnull=True, deleted_at__isnull=True).exclude(
        kind__in=changing_kinds()
    )
    talk = missed.filter(kind="message")
    first = None
    if since_sequence < incident.last_sequence:
        first = missed.order_by("sequence").values_list("shown_at", flat=True).first()
    if first is None:
        return "Nothing happened since you last looked."
    minutes = max(1, round((clock.now() - first).total_seconds() / 60))
    count = talk.order_by("sequence").values("pk")[: _COUNTED + 1].count()
    names = talk.filter(sequence__gt=incident.last_sequence - _COUNTED).order_by("actor_name")
    people = list(names.values_list("actor_name", flat=True).distinct()[:_NAMES])
    shown = f"{_COUNTED:,}+" if count > _COUNTED else str(count)
    lines_said = f"{shown} line{'' if count == 1 else 's'}"
    said = lines_said + (f" by {', '.join(people)}" if people else "")
    rest = missed.filter(Q(kind__in=story_kinds()) | Q(pinned_at__isnull=False)).order_by("-sequence")
    newest = list(rest.values_list("shown_at", Left("shown_text", _EXCERPT))[:limit])
    lines = [f"**You missed {minutes} min**: {said}"]
    lines += [f"- {at:%H:%M}Z {text}" for at, text in reversed(newest)]
    return "\n".join(lines)
