"""Planning and speaking reminders, within the quietness budget."""

from datetime import timedelta

from accounts.actors import SYSTEM, Actor
from common import clock, doorbell
from common.errors import Invalid
from common.operations import operation
from incidents.models import COMMANDER, Incident, Reminder, RoleAssignment, Status
from incidents.permissions import Doing
from incidents.rules import reminding


def plan_reminders(incident: Incident) -> None:
    """Set the due time of every kind of reminder from the incident's present facts; two or three statements."""
    due = reminding.due_times(_facts(incident))
    rows = [
        Reminder(incident=incident, kind=kind, due_at=at, state=Reminder.WAITING, attempts=0)
        for kind, at in due.items()
    ]
    Reminder.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["incident", "kind"],
        update_fields=["due_at", "state", "attempts"],
    )


def remind(reminder: Reminder) -> None:
    """Speak one due reminder, together with the others that are due now; ask the present state first."""
    _remind(reminder.incident_id)


@operation
def _remind(number: int) -> None:
    from incidents.operations.base import lock_incident, write_change

    incident = lock_incident(number, SYSTEM, Doing.READ)
    now = clock.now()
    facts = _facts(incident)
    due = [kind for kind, at in reminding.due_times(facts).items() if at and at <= now]
    snoozed = set(Reminder.objects.filter(incident=incident, due_at__gt=now).values_list("kind", flat=True))
    due = [kind for kind in due if kind not in snoozed]
    last = incident.events.filter(kind="reminder").order_by("-sequence").first()
    if due and last is not None and now - last.recorded_at < reminding.QUIET:
        wait = last.recorded_at + reminding.QUIET
        Reminder.objects.filter(incident=incident, due_at__lte=now).update(
            due_at=wait, lease_until=None, lease_owner=""
        )
        return
    if due:
        minutes = round((now - incident.declared_at).total_seconds() / 60)
        first = incident.members.filter(left_at__isnull=True).select_related("user").order_by("joined_at").first()
        name = first.user.name if first else ""
        lines = [reminding.sentence(kind, minutes=minutes, first_responder=name) for kind in due]
        write_change(
            incident,
            "reminder",
            by=SYSTEM,
            data={"text": "\n".join(lines), "kinds": due},
            shown_on_cards=False,
        )
        for row in Reminder.objects.filter(incident=incident, kind__in=due):
            Reminder.objects.filter(pk=row.pk).update(count=row.count + 1)
        if "update" in due:
            incident.update_due_at = now + _next_update(incident)
            incident.save(update_fields=["update_due_at"])
    Reminder.objects.filter(incident=incident).exclude(kind__in=snoozed).update(
        lease_until=None, lease_owner="", last_error=""
    )
    _replan(incident, snoozed)


@operation
def snooze_reminders(*, number: int, by: Actor, for_: timedelta | None) -> Incident:
    """Hold reminders back for a while (at most a day), or with None until something changes.

    :raises Invalid: a time below one minute or above a day.
    """
    from incidents.operations.base import lock_incident, write_change

    if for_ is not None and not timedelta(minutes=1) <= for_ <= timedelta(days=1):
        raise Invalid("Between one minute and one day, please.", field="duration")
    incident = lock_incident(number, by, Doing.RUN)
    until = None if for_ is None else clock.now() + for_
    Reminder.objects.filter(incident=incident, due_at__isnull=False).update(due_at=until)
    minutes = 0 if for_ is None else round(for_.total_seconds() / 60)
    text = "Reminders are off" if for_ is None else f"Reminders wait {minutes} min"
    write_change(incident, "reminders.snoozed", by=by, data={"text": text}, shown_on_cards=False)
    doorbell.ring_after_commit(Reminder)
    return incident


def _replan(incident: Incident, keep: set[str]) -> None:
    due = reminding.due_times(_facts(incident))
    now = clock.now()
    for kind, at in due.items():
        if kind in keep:
            continue
        if at is not None and at <= now:
            at = now + reminding.QUIET
        Reminder.objects.filter(incident=incident, kind=kind).exclude(due_at=at).update(due_at=at)


def _next_update(incident: Incident) -> timedelta:
    from incidents.rules.lifecycle import update_interval_minutes

    return timedelta(minutes=update_interval_minutes(incident.severity) or 240)


def _facts(incident: Incident) -> reminding.Facts:
    from incidents.models import Postmortem

    fresh = incident.last_sequence <= 1
    spoken = {} if fresh else dict(Reminder.objects.filter(incident=incident).values_list("kind", "count"))
    has_commander = (
        not fresh and RoleAssignment.objects.filter(incident=incident, role=COMMANDER, ended_at__isnull=True).exists()
    )
    resolved = incident.status == Status.RESOLVED
    postmortem = Postmortem.objects.filter(incident=incident).first() if resolved else None
    unpublished = postmortem is not None and postmortem.state != Postmortem.PUBLISHED
    return reminding.Facts(
        declared_at=incident.declared_at,
        severity=incident.severity,
        is_open=incident.is_open,
        is_resolved=resolved,
        is_monitoring=incident.status == Status.MONITORING,
        has_commander=has_commander,
        severity_confirmed=incident.severity_confirmed_at is not None,
        update_due_at=incident.update_due_at,
        last_event_at=incident.last_event_at,
        resolved_at=incident.resolved_at,
        postmortem_due_at=postmortem.due_at if postmortem and unpublished else None,
        spoken=spoken,
    )
