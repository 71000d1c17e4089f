"""Would our schedule ask the same people? Compared shift by shift with what the other system has computed itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from oncall.moving.shapes import MovedSchedule, Rendered
from oncall.rules.schedules.final import final
from oncall.rules.schedules.plan import Plan, Version
from oncall.rules.schedules.reading import read_layers, read_override, read_zone

WEEKS = 8
_WEEK = 604_800


@dataclass(frozen=True)
class Differs:
    """For [start, end) it is these people there, and those here."""

    start: int
    end: int
    theirs: tuple[str, ...]
    ours: tuple[str, ...]


def plan_of(schedule: MovedSchedule) -> Plan:
    """Return what a moved schedule says, by our engine's own reading.

    :raises common.errors.Invalid: naming the field that our format does not take.
    """
    zone = read_zone(schedule.time_zone, "time_zone")
    overrides = tuple(read_override(each, f"overrides[{n}]", key=n) for n, each in enumerate(schedule.overrides))
    return Plan((Version(zone, read_layers(list(schedule.layers), "layers")),), overrides)


def differences(schedule: MovedSchedule, start: int, end: int) -> list[Differs] | None:
    """Return where ours differs from theirs within [start, end), for as long as theirs is known; None: it is not.

    :raises common.errors.Invalid: as `plan_of`.
    """
    plan = plan_of(schedule)
    if schedule.rendered is None:
        return None
    known = [one for one in schedule.rendered if one.end > start and one.start < end]
    if schedule.known is not None:
        start, end = max(start, schedule.known[0]), min(end, schedule.known[1])
    elif known:
        start, end = max(start, min(one.start for one in known)), min(end, max(one.end for one in known))
    if end <= start or (not known and schedule.known is None):
        return None
    ours = [(shift.start, shift.end, frozenset(shift.users)) for shift in final(plan, start, end).shifts]
    return _compare(known, ours, start, end)


def _compare(
    theirs: Sequence[Rendered], ours: Sequence[tuple[int, int, frozenset[str]]], start: int, end: int
) -> list[Differs]:
    edges = {start, end}
    for one in theirs:
        edges |= {one.start, one.end}
    for begins, ends, _ in ours:
        edges |= {begins, ends}
    inside = sorted(edge for edge in edges if start <= edge <= end)
    found: list[Differs] = []
    for begins, ends in pairwise(inside):
        there = frozenset(one.person for one in theirs if one.start <= begins and one.end >= ends)
        here = frozenset(user for a, b, users in ours if a <= begins and b >= ends for user in users)
        if there == here:
            continue
        last = found[-1] if found else None
        if last is not None and last.end == begins and (last.theirs, last.ours) == (_sorted(there), _sorted(here)):
            found[-1] = Differs(last.start, ends, last.theirs, last.ours)
        else:
            found.append(Differs(begins, ends, _sorted(there), _sorted(here)))
    return found


def _sorted(people: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(people))


def window(now: int) -> tuple[int, int]:
    """The eight weeks from this minute on."""
    start = now - now % 60
    return start, start + WEEKS * _WEEK
