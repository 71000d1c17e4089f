"""Reads: who is on call, from rows by the engine."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts.models import User
from oncall.models import EscalationRun, Schedule
from oncall.plans import plans
from oncall.rules.schedules.comparing import Comparison, compare
from oncall.rules.schedules.explaining import Explanation, explain
from oncall.rules.schedules.final import final, on_call_at
from oncall.rules.schedules.plan import Final, Gap, Override, Plan, Shift, Version
from oncall.rules.schedules.quality import Quality, quality
from oncall.rules.schedules.saving import continued
from oncall.rules.schedules.wall import instant_of, wall_clock

_NEXT = timedelta(days=35)
_AROUND = timedelta(days=7)


@dataclass(frozen=True)
class Standing:
    """Who is on call at an instant, since and until when as far as 35 days go, and what follows."""

    now: Shift | Gap
    following: Shift | None


def on_call(schedules: Iterable[int], at: datetime) -> dict[int, Shift | Gap]:
    """Return who is on call at an instant by schedule, in two queries whatever their number."""
    instant = instant_of(at)
    found = plans(schedules, at, at + timedelta(seconds=1))
    return {pk: on_call_at(plan, instant) for pk, plan in found.items()}


def final_of(schedule: Schedule, start: datetime, end: datetime) -> Final:
    """Return a schedule's shifts and gaps over [start, end)."""
    return final(plans([schedule.pk], start, end)[schedule.pk], instant_of(start), instant_of(end))


def explanation(schedule: Schedule, at: datetime) -> Explanation:
    """Return why it is who it is at an instant."""
    return explain(plans([schedule.pk], at, at + timedelta(seconds=1))[schedule.pk], instant_of(at))


def quality_of(schedule: Schedule, start: datetime, end: datetime) -> Quality:
    """Return hours, nights and weekends of each person over [start, end), in the schedule's zone."""
    plan = plans([schedule.pk], start, end)[schedule.pk]
    edges = instant_of(start), instant_of(end)
    return quality(final(plan, *edges), wall_clock(zone_of(plan), *edges), *edges)


def difference(schedule: Schedule, proposed: Version, start: datetime, end: datetime) -> Comparison:
    """Return what it would do over [start, end) if this version counted from `start` on. Nothing is saved."""
    plan = plans([schedule.pk], start, end)[schedule.pk]
    edges = instant_of(start), instant_of(end)
    would = replace(plan, versions=(*plan.versions, continued(plan.versions[-1], proposed, edges[0])))
    return compare(final(plan, *edges), final(would, *edges), wall_clock(proposed.zone, *edges))


def difference_of_override(
    schedule: Schedule, user: User, start: datetime, end: datetime, *, replaces: User | None = None
) -> Comparison:
    """Return what an override would change. Nights in a row are looked for a week around it. Nothing is saved."""
    begins, ends = start - _AROUND, end + _AROUND
    plan = plans([schedule.pk], begins, ends)[schedule.pk]
    edges = instant_of(begins), instant_of(ends)
    instead = Override(str(user.pk), instant_of(start), instant_of(end), str(replaces.pk) if replaces else None)
    would = replace(plan, overrides=(*plan.overrides, instead))
    return compare(final(plan, *edges), final(would, *edges), wall_clock(zone_of(plan), *edges))


def zone_of(plan: Plan) -> str:
    """The zone of the version in force last."""
    return plan.versions[-1].zone if plan.versions else "UTC"


def standing(schedule: Schedule, at: datetime) -> Standing:
    """Return who is on call at an instant, with the edges of that shift and who follows."""
    found = final_of(schedule, at - _NEXT, at + _NEXT)
    instant = instant_of(at)
    now = next(piece for piece in found.pieces if piece.start <= instant < piece.end)
    return Standing(now, next((shift for shift in found.shifts if shift.start >= now.end), None))


def shifts_of(user: User, start: datetime, end: datetime) -> list[tuple[Schedule, Shift]]:
    """Return a person's shifts on every schedule in use over [start, end), sorted, in a few queries.

    Shifts of one schedule that touch are one: who is on call goes home at the last one's end.
    """
    schedules = {row.pk: row for row in Schedule.objects.filter(archived_at__isnull=True)}
    edges = instant_of(start), instant_of(end)
    found = [
        (schedules[pk], shift)
        for pk, plan in plans(schedules, start, end).items()
        if str(user.pk) in plan.people
        for shift in joined(shift for shift in final(plan, *edges).shifts if str(user.pk) in shift.users)
    ]
    return sorted(found, key=lambda one: (one[1].start, one[0].name))


def joined(shifts: Iterable[Shift]) -> list[Shift]:
    """Return sorted shifts with those that touch as one; it keeps the first one's people and source."""
    found: list[Shift] = []
    for shift in shifts:
        if found and found[-1].end == shift.start:
            found[-1] = replace(found[-1], end=shift.end)
        else:
            found.append(shift)
    return found


def silent_runs() -> "QuerySet[EscalationRun]":
    """Escalations in which everybody was asked and nobody has answered, or in which there is nobody to ask."""
    return EscalationRun.objects.filter(silent_since__isnull=False, ended_at__isnull=True, acked_at__isnull=True)


def people_of(found: Iterable[Shift | Gap]) -> dict[str, User]:
    """Return everybody in these shifts by the engine's name for them."""
    shifts = [piece for piece in found if isinstance(piece, Shift)]
    names = {user for shift in shifts for user in shift.users}
    names |= {name for shift in shifts for stand in shift.replaced for name in (stand.user, stand.by)}
    return {str(user.pk): user for user in User.objects.filter(pk__in=map(int, names))}
