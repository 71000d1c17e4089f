"""What a change would do, before it is saved: who gains and loses which hours, new gaps, nights in a row."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from oncall.rules.schedules.plan import Final, Gap, Shift
from oncall.rules.schedules.wall import DAY, WallClock

NIGHT_BEGINS, NIGHT_ENDS = 22 * 3600, 30 * 3600
#: somebody who is on call for this much of a night has had it
_A_NIGHT = 3600


@dataclass(frozen=True, slots=True)
class Changed:
    """For [start, end) it would be others. Nobody is the empty tuple."""

    start: int
    end: int
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`seconds` by person: more is positive. `gap_seconds`: accidental gaps, more is positive.

    `tired`: people who would have nights in a row that they did not have before, with the most in a row.
    """

    changes: list[Changed] = field(default_factory=list)
    seconds: dict[str, int] = field(default_factory=dict)
    gap_seconds: int = 0
    tired: dict[str, int] = field(default_factory=dict)


def compare(before: Final, after: Final, clock: WallClock) -> Comparison:
    """Compare two results over the same window. Nights are those on the wall of `clock`."""
    seconds = Counter(_seconds(after))
    seconds.subtract(_seconds(before))
    was, would = nights_in_a_row(before, clock), nights_in_a_row(after, clock)
    return Comparison(
        changes=_changes(before, after),
        seconds={user: more for user, more in sorted(seconds.items()) if more},
        gap_seconds=_gap_seconds(after) - _gap_seconds(before),
        tired={user: most for user, most in sorted(would.items()) if most > max(1, was.get(user, 0))},
    )


def nights_in_a_row(found: Final, clock: WallClock) -> dict[str, int]:
    """Return the most nights (22:00 to 06:00 on the wall) that each person has one after another."""
    nights: dict[str, Counter[int]] = {}
    for shift in found.shifts:
        for night, seconds in _nights(shift, clock):
            for user in shift.users:
                nights.setdefault(user, Counter())[night] += seconds
    return {user: _longest_run(night for night, s in held.items() if s >= _A_NIGHT) for user, held in nights.items()}


def nights_of(found: Final, clock: WallClock) -> dict[str, int]:
    """Return in how many nights each person is on call for an hour or more."""
    held: dict[str, Counter[int]] = {}
    for shift in found.shifts:
        for night, seconds in _nights(shift, clock):
            for user in shift.users:
                held.setdefault(user, Counter())[night] += seconds
    return {user: sum(seconds >= _A_NIGHT for seconds in each.values()) for user, each in held.items()}


def _nights(shift: Shift, clock: WallClock) -> Iterable[tuple[int, int]]:
    """Each night that a shift touches, by the number of its day, with the seconds in it."""
    day = clock.wall(shift.start) // DAY - 1
    while (begins := clock.instant(day * DAY + NIGHT_BEGINS)) < shift.end:
        ends = clock.instant(day * DAY + NIGHT_ENDS)
        if (seconds := min(ends, shift.end) - max(begins, shift.start)) > 0:
            yield day, seconds
        day += 1


def _longest_run(days: Iterable[int]) -> int:
    longest, run, last = 0, 0, None
    for day in sorted(days):
        run = run + 1 if last is not None and day == last + 1 else 1
        longest, last = max(longest, run), day
    return longest


def _seconds(found: Final) -> Counter[str]:
    total: Counter[str] = Counter()
    for shift in found.shifts:
        for user in shift.users:
            total[user] += shift.end - shift.start
    return total


def _gap_seconds(found: Final) -> int:
    return sum(gap.end - gap.start for gap in found.gaps if not gap.deliberate)


def _changes(before: Final, after: Final) -> list[Changed]:
    """Where the people differ; both tile the same window."""
    found: list[Changed] = []
    old, new = iter(before.pieces), iter(after.pieces)
    one, other = next(old, None), next(new, None)
    while one is not None and other is not None:
        start, end = max(one.start, other.start), min(one.end, other.end)
        was, would = _people(one), _people(other)
        if set(was) != set(would):
            last = found[-1] if found else None
            if last and last.end == start and (last.before, last.after) == (was, would):
                found[-1] = Changed(last.start, end, was, would)
            else:
                found.append(Changed(start, end, was, would))
        if one.end == end:
            one = next(old, None)
        if other.end == end:
            other = next(new, None)
    return found


def _people(piece: Shift | Gap) -> tuple[str, ...]:
    return piece.users if isinstance(piece, Shift) else ()
