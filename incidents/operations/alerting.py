"""What a folded alert group does to incidents: declare, join, move. The one built-in rule."""

from collections.abc import Sequence
from datetime import datetime

from accounts.actors import Actor
from alerts.models import Alert, AlertGroup
from alerts.rules.fold import Folded
from common import clock
from common.operations import operation
from connections.models import Received
from incidents.models import Incident, IncidentAlert, Status
from incidents.operations.base import write_change
from incidents.operations.declare import declare_incident
from incidents.operations.facts import correct_key_time, rename, set_severity
from incidents.operations.lifecycle import change_status, reopen_incident, resolve_incident
from incidents.rules import texts, times
from oncall.models import Service


@operation
def follow_group(
    *, group_id: int, alert_id: int, before: Folded, after: Folded, adopted: Sequence[int] = ()
) -> Incident | None:
    """Bring the group's incident to where its signals say it is; returns the incident, if there is one.

    The caller holds the group's lock. A signal without a trigger waits in its group: nothing is declared.
    `adopted` are signals that waited elsewhere and came into the group with this one.
    """
    group = AlertGroup.objects.select_related("connection").get(pk=group_id)
    link = IncidentAlert.objects.filter(group=group, detached_at__isnull=True).select_related("incident").first()
    if link is None and not after.status:
        Alert.objects.filter(pk=alert_id).update(outcome="kept: its trigger has not arrived")
        return None
    if link is None:
        incident = _declare(group, after)
        news = group.alerts.all()
        before = Folded(status="triage")
    else:
        incident = link.incident.merged_into or link.incident
        news = group.alerts.filter(pk__in=[alert_id, *adopted])
    for alert in news.order_by("occurred_at", "outside_id"):
        _line(incident, group, alert)
        _tell_outcome(alert, incident)
    if link is None or not _came_by_merge(incident, group):
        _move(incident, group, before, after)
    return incident


def _tell_outcome(alert: Alert, incident: Incident) -> None:
    """The alert and the request that brought it say where it went, also when it had waited until now."""
    text = f"incident #{incident.pk}"
    Alert.objects.filter(pk=alert.pk).update(outcome=text)
    if alert.received_id:
        Received.objects.filter(pk=alert.received_id, state=Received.DONE).update(
            outcome_text=text, incident_number=incident.pk
        )


def _came_by_merge(incident: Incident, group: AlertGroup) -> bool:
    """Tell whether the group was declared as another incident that was merged into this one."""
    return incident.merged_from.filter(events__kind="alert", events__data__group=group.pk).exists()


def _actor(group: AlertGroup, agent: str = "") -> Actor:
    name = f"{agent} ({group.connection.name})" if agent else group.connection.name
    return Actor.machine(name, group.connection.kind)


def _declare(group: AlertGroup, after: Folded) -> Incident:
    at = _time(after.triggered_at) or min(group.first_at, clock.now())
    known = Service.objects.filter(name__iexact=group.service_name).first() if group.service_name else None
    incident = declare_incident(
        by=_actor(group),
        title=_title(group.title),
        severity=after.severity or None,
        services=[known.slug] if known else [],
        started_at=at,
    )
    Incident.objects.filter(pk=incident.pk).update(detected_at=at)
    IncidentAlert.objects.create(incident=incident, group=group)
    return Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)


def _title(text: str) -> str:
    """An incident's title from what a machine calls it."""
    return " ".join(texts.mild(text).split())[: texts.TITLE_LENGTH].strip() or "Alert without a title"


def _line(incident: Incident, group: AlertGroup, alert: Alert) -> None:
    locked = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    write_change(
        locked,
        "alert.note" if alert.data.get("is_note") else "alert",
        by=_actor(group, str(alert.data.get("agent", ""))),
        data={
            "text": texts.mild(str(alert.data.get("text", ""))),
            "group": group.pk,
            "name": alert.data.get("name"),
            "url": alert.data.get("url", ""),
        },
        at=times.told(alert.occurred_at, clock.now()),
        outside_id=f"alert:{alert.pk}",
        shown_on_cards=False,
    )


def _move(incident: Incident, group: AlertGroup, before: Folded, after: Folded) -> None:
    fresh = Incident.objects.get(pk=incident.pk)
    by = _actor(group, after.mover)
    if fresh.status in (Status.CLOSED, Status.MERGED, Status.CANCELLED):
        return
    if after.status != before.status:
        if after.status == Status.INVESTIGATING and fresh.status == Status.TRIAGE:
            change_status(number=fresh.pk, status=Status.INVESTIGATING, by=by, at=_time(after.moved_at))
        elif after.status == Status.RESOLVED and fresh.is_open:
            resolve_incident(number=fresh.pk, by=by, at=_time(after.resolved_at))
        elif after.status != Status.RESOLVED and fresh.status == Status.RESOLVED and before.status == Status.RESOLVED:
            reopen_incident(
                number=fresh.pk,
                by=by,
                reason=f"{group.connection.name} says it is open again",
                at=_time(after.moved_at),
            )
    _correct_times(fresh, group, before, after)
    if after.severity is not None and after.severity != before.severity:
        set_severity(number=fresh.pk, severity=after.severity, by=by)
    if before.title and after.title != before.title and fresh.title == _title(before.title):
        rename(number=fresh.pk, title=_title(after.title), by=by)


def _correct_times(incident: Incident, group: AlertGroup, before: Folded, after: Folded) -> None:
    """A late signal told when it really began or was over; what a person has set stays."""
    told = {
        "started": (before.triggered_at, after.triggered_at),
        "detected": (before.triggered_at, after.triggered_at),
        "mitigated": (before.resolved_at, after.resolved_at),
        "resolved": (before.resolved_at, after.resolved_at),
    }
    for name, (was, now) in told.items():
        if was and now and was != now and getattr(incident, f"{name}_at") == _time(was):
            correct_key_time(number=incident.pk, name=name, at=_time(now), by=_actor(group))


def _time(value: str) -> datetime | None:
    """When it happened; a source whose clock runs ahead of ours means now."""
    return times.told(datetime.fromisoformat(value), clock.now()) if value else None
