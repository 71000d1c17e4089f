"""Shifts as events that calendars know again: each is named by its turn and its day in it, wherever it moves."""

from collections import Counter
from dataclasses import dataclass

from oncall.rules.schedules.final import final, in_force
from oncall.rules.schedules.plan import Kind, Plan, Shift
from oncall.rules.schedules.turns import turn_starts_at
from oncall.rules.schedules.wall import DAY, wall_clock

#: so far before the window is looked, for where a shift that goes on in it began
_BEFORE = 40 * DAY
#: the day of what began earlier still
_LONG_AGO = -1


@dataclass(frozen=True, slots=True)
class Event:
    """One shift with the name that it keeps."""

    name: str
    shift: Shift


def events_of(plan: Plan, start: int, end: int, user: str | None = None) -> list[Event]:
    """Return the shifts that touch [start, end), whole as far as they go back 40 days; of one person, or all.

    The names do not depend on the window.
    """
    begins = start - _BEFORE
    seen: Counter[str] = Counter()
    found = []
    for shift in final(plan, begins, end).shifts:
        base = _base(plan, shift, begins)
        seen[base] += 1
        if shift.end > start and (user is None or user in shift.users):
            found.append(Event(f"{base}:{seen[base]}", shift))
    return found


def _base(plan: Plan, shift: Shift, begins: int) -> str:
    """What it comes from, and which day of that it begins on."""
    source = shift.source
    if source.kind is Kind.CALENDAR:
        return f"{source.kind}:{source.key}:{shift.start}"
    if source.kind is Kind.OVERRIDE:
        return f"{source.kind}:{source.key}"
    day = _LONG_AGO if shift.start == begins else _day(plan, shift)
    return f"{source.kind}:{source.name}:{source.turn}:{day}"


def _day(plan: Plan, shift: Shift) -> int:
    [(version, _, _)] = in_force(plan, shift.start, shift.start + 1)
    layer = next(layer for layer in version.layers if layer.name == shift.source.name)
    clock = wall_clock(version.zone, shift.start, shift.start)
    return (clock.wall(shift.start) - turn_starts_at(layer, shift.source.turn - layer.first_turn)) // DAY
