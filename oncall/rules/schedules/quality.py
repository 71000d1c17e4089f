"""Is it fair, and is somebody always there: hours, nights and weekends of each person, and what nobody covers."""

from collections import Counter
from dataclasses import dataclass

from oncall.rules.schedules.comparing import nights_of
from oncall.rules.schedules.plan import Final
from oncall.rules.schedules.wall import DAY, WEEK, WallClock

_MONDAY = 4 * DAY  # 1970-01-01 was a Thursday
_SATURDAY = 5 * DAY


@dataclass(frozen=True, slots=True)
class Share:
    """What one person carries: seconds in all, nights, seconds of weekends, and the longest stretch in seconds."""

    user: str
    seconds: int
    nights: int
    weekend_seconds: int
    longest: int


@dataclass(frozen=True, slots=True)
class Quality:
    """Over a window: the share of time that nobody covers by accident (0 to 1), and each person's share, most first."""

    uncovered: float
    shares: list[Share]


def quality(found: Final, clock: WallClock, start: int, end: int) -> Quality:
    """Add a result up over [start, end); nights and weekends are those on the wall of `clock`."""
    gaps = sum(gap.end - gap.start for gap in found.gaps if not gap.deliberate)
    seconds: Counter[str] = Counter()
    weekends: Counter[str] = Counter()
    stretches: dict[str, tuple[int, int]] = {}
    longest: Counter[str] = Counter()
    for shift in found.shifts:
        for user in shift.users:
            seconds[user] += shift.end - shift.start
            weekends[user] += _of_weekends(shift.start, shift.end, clock)
            begun, until = stretches.get(user, (shift.start, shift.start))
            stretches[user] = (begun if until == shift.start else shift.start, shift.end)
            longest[user] = max(longest[user], shift.end - stretches[user][0])
    nights = nights_of(found, clock)
    shares = [
        Share(user, seconds[user], nights.get(user, 0), weekends[user], longest[user])
        for user in sorted(seconds, key=lambda each: (-seconds[each], each))
    ]
    return Quality(gaps / (end - start), shares)


def _of_weekends(start: int, end: int, clock: WallClock) -> int:
    """Seconds of Saturdays and Sundays within [start, end)."""
    week = (clock.wall(start) - _MONDAY) // WEEK
    total = 0
    while (begins := clock.instant(_MONDAY + week * WEEK + _SATURDAY)) < end:
        ends = clock.instant(_MONDAY + (week + 1) * WEEK)
        total += max(0, min(ends, end) - max(begins, start))
        week += 1
    return total
