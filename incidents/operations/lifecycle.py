"""Moving an incident through its life."""

from datetime import datetime

from accounts.actors import Actor
from alerts.operations.groups import close_groups
from common import clock
from common.errors import Conflict, Invalid
from common.news import tell
from common.operations import operation
from incidents.models import Incident, RoleAssignment, Status
from incidents.models.incident import OPEN
from incidents.news import IncidentResolved, IncidentsMerged
from incidents.operations.base import lock_incident, refuse_ended, write_change
from incidents.operations.reminders import plan_reminders
from incidents.paging import page_on_declare
from incidents.permissions import Doing
from incidents.rules import lifecycle, texts, times
from oncall.operations.ending import end_runs, move_runs


@operation
def change_status(*, number: int, status: str, by: Actor, text: str = "", at: datetime | None = None) -> Incident:
    """Move to another status; jumps forward and back among open ones are free.

    Already there: nothing happens. `resolved` and `closed` are the same as their own operations.

    :raises Invalid: no such status. :raises Conflict: the way is closed (reopen first).
    """
    status = str(status).strip().lower()
    if status == Status.RESOLVED:
        return resolve_incident(number=number, by=by, text=text, at=at)
    if status == Status.CLOSED:
        return close_incident(number=number, by=by, waive_reason=text)
    incident = lock_incident(number, by, Doing.RUN)
    lifecycle.check_move(incident.status, status)
    if incident.status != status:
        _move(incident, status, by=by, reason=texts.clean(text, "text", most=2000), at=at)
    return incident


@operation
def mitigate(*, number: int, by: Actor, text: str = "", at: datetime | None = None) -> Incident:
    """The harm has stopped: sets the mitigated time and the status monitoring."""
    incident = lock_incident(number, by, Doing.RUN, ended_is_fine=False)
    lifecycle.check_move(incident.status, Status.MONITORING)
    before = incident.mitigated_at
    incident.mitigated_at = _not_later(at, "at")
    write_change(
        incident,
        "mitigated",
        by=by,
        data={"text": texts.clean(text, "text", most=2000)},
        fields=["mitigated_at"],
        before={"mitigated_at": _iso(before)},
        after={"mitigated_at": _iso(incident.mitigated_at)},
        at=incident.mitigated_at,
    )
    if incident.status != Status.MONITORING:
        _move(incident, Status.MONITORING, by=by)
    return incident


@operation
def resolve_incident(*, number: int, by: Actor, text: str = "", at: datetime | None = None) -> Incident:
    """It is over: sets the resolved time and drafts the postmortem from the log.

    A missing commander never blocks this. Already resolved: nothing happens.

    :raises Conflict: merged, cancelled or closed.
    """
    incident = lock_incident(number, by, Doing.RUN, ended_is_fine=False)
    if incident.status == Status.RESOLVED:
        return incident
    lifecycle.check_move(incident.status, Status.RESOLVED)
    when = _not_later(at, "at")
    incident.resolved_at = when
    fields = ["resolved_at"]
    if incident.mitigated_at is None or incident.mitigated_at > when:
        incident.mitigated_at = when
        fields.append("mitigated_at")
    _move(
        incident,
        Status.RESOLVED,
        by=by,
        reason=texts.clean(text, "text", most=2000),
        fields=fields,
        at=at,
    )
    from incidents.operations.postmortems import draft_postmortem

    draft_postmortem(incident, by)
    plan_reminders(incident)
    tell(IncidentResolved(incident_number=incident.pk))
    return incident


@operation
def close_incident(*, number: int, by: Actor, waive_reason: str = "") -> Incident:
    """Put it away. Roles that its severity requires must be held, or waived with a reason.

    :raises Conflict: not resolved yet, or a required role is empty and no reason was given.
    """
    incident = lock_incident(number, by, Doing.RUN, ended_is_fine=False)
    if incident.status == Status.CLOSED:
        return incident
    if incident.status != Status.RESOLVED:
        raise Conflict("Resolve it before closing it.", field="status")
    held = set(RoleAssignment.objects.filter(incident=incident, ended_at__isnull=True).values_list("role", flat=True))
    missing = lifecycle.missing_roles(incident.severity, held)
    if missing and not waive_reason.strip():
        raise Conflict(
            f"{incident.sev} needs a {' and a '.join(missing)} before closing.",
            field="waive_reason",
            hint="Assign the role, or close with a reason of 10 characters or more.",
        )
    reason = lifecycle.check_reason(waive_reason) if missing else texts.clean(waive_reason, "reason", most=2000)
    incident.closed_at = clock.now()
    _move(incident, Status.CLOSED, by=by, reason=reason, fields=["closed_at"])
    _close_groups_of(incident)
    return incident


@operation
def cancel_incident(*, number: int, by: Actor, reason: str) -> Incident:
    """It was a false alarm. The reason is kept.

    :raises Invalid: no reason. :raises Conflict: it is over already.
    """
    incident = lock_incident(number, by, Doing.RUN)
    if incident.status == Status.CANCELLED:
        return incident
    if incident.status not in OPEN:
        raise Conflict(f"It is {incident.status}; only an open incident can be cancelled.", field="status")
    reason = texts.clean(reason, "reason", most=2000, least=3)
    _move(incident, Status.CANCELLED, by=by, reason=reason)
    _close_groups_of(incident)
    return incident


@operation
def reopen_incident(*, number: int, by: Actor, reason: str, at: datetime | None = None) -> Incident:
    """Take it up again, as investigating. A merged incident is taken out of the one it went into.

    :raises Invalid: the reason is shorter than ten characters. :raises Conflict: it is open.
    """
    incident = lock_incident(number, by, Doing.RUN)
    if incident.is_open:
        raise Conflict(f"It is open already ({incident.status}).", field="status")
    reason = lifecycle.check_reason(reason)
    incident.mitigated_at = incident.resolved_at = incident.closed_at = None
    incident.merged_into = None
    _move(
        incident,
        Status.INVESTIGATING,
        by=by,
        reason=reason,
        fields=["mitigated_at", "resolved_at", "closed_at", "merged_into"],
        at=at,
    )
    plan_reminders(incident)
    if by.is_machine:
        # It fires again, and nobody has it in hand: who takes it up again by hand is there already.
        page_on_declare(incident, by, None)
    return incident


@operation
def merge_incidents(*, source: int, into: int, by: Actor) -> Incident:
    """Fold one incident into another; both rooms are told. Undo by reopening the source.

    Lines are not copied: the target's story shows the source folded in. Chains are flattened.

    :raises Invalid: into itself, or it would show a private incident to people who may not see it.
    :raises Conflict: the target is over.
    """
    if source == into:
        raise Invalid("An incident can't be merged into itself.", field="into")
    first, second = (lock_incident(n, by, Doing.RUN) for n in sorted((source, into)))
    gone, stays = (first, second) if first.pk == source else (second, first)
    if stays.status == Status.MERGED:
        raise Conflict(f"#{into} was itself merged into #{stays.merged_into_id}; merge into that one.", field="into")
    refuse_ended(stays)
    if gone.is_open and not stays.is_open:
        raise Conflict(
            f"#{into} is {stays.status}, and #{source} is not over: nobody would be paged about it any more.",
            field="into",
            hint=f"Reopen #{into} first, or merge the other way round.",
        )
    if gone.status == Status.MERGED:
        if gone.merged_into_id == into:
            return stays
        raise Conflict(f"#{source} was merged into #{gone.merged_into_id} already.", field="source")
    if gone.is_private and not stays.is_private:
        raise Invalid(
            f"#{source} is private and #{into} is not: merging would show it to people who may not see it.",
            field="into",
            hint=f"Make #{into} private first, or merge the other way round.",
        )
    old = gone.status
    gone.status, gone.merged_into = Status.MERGED, stays
    write_change(
        gone,
        "merged.into",
        by=by,
        data={"number": stays.pk},
        fields=["status", "merged_into"],
        before={"status": old},
        after={"status": Status.MERGED.value, "merged_into": stays.pk},
    )
    title = gone.title if not stays.is_private or gone.is_private == stays.is_private else ""
    write_change(stays, "merged.from", by=by, data={"number": gone.pk, "title": title})
    Incident.objects.filter(merged_into=gone).update(merged_into=stays)
    _move_belongings(gone, stays)
    move_runs(subject_kind="incident", source=gone.pk, target=stays.pk)
    stays.refresh_from_db()
    tell(IncidentsMerged(source=gone.pk, target=stays.pk))
    return stays


def _move_belongings(gone: Incident, stays: Incident) -> None:
    """Groups, open tasks and watchers go along; a private target takes no watchers who can't see it."""
    gone.alert_links.filter(detached_at__isnull=True).update(incident=stays)
    last = stays.action_items.order_by("-number").values_list("number", flat=True).first() or 0
    for item in gone.action_items.filter(done_at__isnull=True):
        last += 1
        item.incident, item.number = stays, last
        item.save(update_fields=["incident", "number"])
    if gone.is_private == stays.is_private:
        from incidents.models import Member

        here = set(stays.members.values_list("user_id", flat=True))
        Member.objects.bulk_create(
            [
                Member(incident=stays, user_id=member.user_id, reason=f"was in #{gone.pk}")
                for member in gone.members.filter(left_at__isnull=True)
                if member.user_id not in here
            ]
        )


def _move(
    incident: Incident,
    status: str,
    *,
    by: Actor,
    reason: str = "",
    fields: list[str] | None = None,
    at: datetime | None = None,
) -> None:
    old, incident.status = incident.status, Status(status)
    write_change(
        incident,
        "status.changed",
        by=by,
        data={"old": old, "new": str(status), "reason": reason},
        fields=["status", *(fields or [])],
        before={"status": old},
        after={"status": str(status)},
        at=_not_later(at, "at") if at else None,
    )
    if old in OPEN and status not in OPEN:
        end_runs(subject_kind="incident", subject_id=incident.pk, why=str(status))


@operation
def investigate(*, number: int, by: Actor) -> Incident:
    """Somebody who was paged has it: triage ends. It makes nobody commander.

    Who was paged may do this, whatever their role.
    """
    incident = Incident.objects.select_for_update(no_key=True).get(pk=number)
    if incident.status == Status.TRIAGE:
        _move(incident, Status.INVESTIGATING, by=by, reason=f"{by.name} has it")
    return incident


def _close_groups_of(incident: Incident) -> None:
    """Its alerts are dealt with: what fires anew declares anew."""
    close_groups([link.group_id for link in incident.alert_links.filter(detached_at__isnull=True)])


def _not_later(at: datetime | None, field: str) -> datetime:
    now = clock.now()
    return now if at is None else times.happened(at, now, field)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
