"""Reads about requests: which there are, and what a yes would change."""

from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet

from accounts.models import User
from common import clock
from oncall import queries
from oncall.models import Schedule, ShiftPart, ShiftRequest
from oncall.operations.reaching import usable_methods
from oncall.plans import part_of, plan_around
from oncall.rules.schedules.comparing import Comparison, compare
from oncall.rules.schedules.final import final
from oncall.rules.schedules.handing import swap_of, where
from oncall.rules.schedules.plan import Override, Plan, Shift
from oncall.rules.schedules.wall import datetime_of, instant_of, wall_clock

#: nights in a row are looked for so far around the shift
_AROUND = 10 * 86_400


@dataclass(frozen=True)
class Effect:
    """What a yes would change, and what to think of before it."""

    comparison: Comparison
    warnings: list[str]


def requests() -> QuerySet[ShiftRequest]:
    """Every request on schedules in use, the next one first."""
    rows = ShiftRequest.objects.filter(schedule__archived_at__isnull=True)
    return rows.select_related("schedule", "asked_by", "asked_of", "taken_by").prefetch_related("parts")


def current(schedule: Schedule) -> QuerySet[ShiftRequest]:
    """Those of a schedule that are open, or taken and not over."""
    live = Q(status=ShiftRequest.OPEN) | Q(status=ShiftRequest.TAKEN)
    return requests().filter(live, schedule=schedule, ends_at__gt=clock.now()).order_by("starts_at", "pk")


def could_take(user: User) -> QuerySet[ShiftRequest]:
    """Open ones that this person could take: those they were asked for, and cover for others."""
    rows = requests().filter(Q(asked_of=user) | Q(asked_of__isnull=True), status=ShiftRequest.OPEN)
    return rows.exclude(asked_by=user).filter(ends_at__gt=clock.now()).order_by("starts_at", "pk")


def asked_by(user: User) -> QuerySet[ShiftRequest]:
    """A person's own that are open, or taken and not over."""
    live = Q(status=ShiftRequest.OPEN) | Q(status=ShiftRequest.TAKEN)
    return requests().filter(live, asked_by=user, ends_at__gt=clock.now()).order_by("starts_at", "pk")


def effect(row: ShiftRequest, taker: User) -> Effect:
    """Return what it would change if this person said yes now."""
    plan, now = plan_around(row.schedule_id, clock.now()), instant_of(clock.now())
    parts = list(row.parts.all())
    shifts = [shift for part in parts for shift in where(plan, part_of(part), instant_of(row.starts_at))]
    left = [shift for shift in shifts if shift.end > now]
    warnings = _warnings(row.schedule, plan, taker, left)
    if not left:
        return Effect(Comparison(), warnings)
    start = max(now, min(shift.start for shift in left) - _AROUND)
    end = max(shift.end for shift in left) + _AROUND
    before, after = final(plan, start, end), final(_taken(plan, row, parts, taker, now), start, end)
    zone = queries.zone_of(plan)
    return Effect(compare(before, after, wall_clock(zone, start, end)), warnings)


def _taken(plan: Plan, row: ShiftRequest, parts: list[ShiftPart], taker: User, now: int) -> Plan:
    swaps, overrides = list(plan.swaps), list(plan.overrides)
    for each in parts:
        to = str(row.asked_by_id if each.giver_id == taker.pk else taker.pk)
        part = part_of(each)
        part = replace(part, start=now if part.start is None else max(now, part.start))
        if part.layer:
            swaps.append(swap_of(part, str(each.giver_id), to))
        elif part.start is not None and part.end is not None and part.start < part.end:
            overrides.append(Override(to, part.start, part.end, str(each.giver_id)))
    return replace(plan, swaps=tuple(swaps), overrides=tuple(overrides))


def _warnings(schedule: Schedule, plan: Plan, taker: User, shifts: list[Shift]) -> list[str]:
    found = []
    if str(taker.pk) not in plan.people:
        found.append(f"{taker.name} has no turns on {schedule.name}.")
    if not usable_methods(taker).exists():
        found.append(f"{taker.name} can't be reached: no verified contact method.")
    if shifts:
        start, end = min(shift.start for shift in shifts), max(shift.end for shift in shifts)
        elsewhere = queries.shifts_of(taker, datetime_of(start), datetime_of(end))
        names = sorted({other.name for other, _ in elsewhere if other.pk != schedule.pk})
        if names:
            found.append(f"{taker.name} is on call then on {' and '.join(names)} too.")
    return found
