"""Wall time and instants of a zone, where the local clock never goes back.

Instants are whole seconds since 1970 in UTC. Wall times are whole seconds since 1970-01-01 00:00 as read on the wall,
so that nominal days have 86,400 of them. A wall time in a repeated hour means its first occurrence; in a missing hour
(or day) the first instant after it.
"""

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

DAY = 86_400
WEEK = 7 * DAY
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_DECADE = 10


class WallClock:
    """The wall clock of one zone over some decades: both directions by one look into a sorted list."""

    def __init__(self, starts: list[int], offsets: list[int]) -> None:
        """`offsets[i]` counts from `starts[i]` until `starts[i + 1]`; the last one without end."""
        self._starts = starts
        self._offsets = offsets
        #: the latest wall time that was reached by the end of each stretch
        self._reached = list(
            accumulate((end + offset for end, offset in zip(starts[1:], offsets, strict=False)), func=max)
        )

    def instant(self, wall: int) -> int:
        """Return the first instant at which the clock has reached this wall time."""
        at = bisect_right(self._reached, wall)
        return max(self._starts[at], wall - self._offsets[at])

    def wall(self, instant: int) -> int:
        """Return what the clock shows at an instant."""
        return instant + self._offsets[max(0, bisect_right(self._starts, instant) - 1)]

    def changes(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return (instant, seconds forward) of each time the clock is moved within [start, end)."""
        return [
            (self._starts[i], self._offsets[i] - self._offsets[i - 1])
            for i in range(1, len(self._starts))
            if start <= self._starts[i] < end
        ]


def wall_clock(zone: str, start: int, end: int) -> WallClock:
    """Return the clock of an IANA zone for what is asked between two instants.

    :raises KeyError: if there is no such zone; ask `is_zone` first.
    """
    return _decades(zone, _year(start - WEEK) // _DECADE, _year(end + WEEK) // _DECADE)


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Tell whether this is the name of an IANA zone, as in Europe/Berlin or UTC."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return name not in {"Factory", "localtime", "posixrules"}


@lru_cache(maxsize=2048)
def _decades(zone: str, first: int, last: int) -> WallClock:
    starts: list[int] = []
    offsets: list[int] = []
    for decade in range(first, last + 1):
        for start, offset in _moves(zone, decade):
            if not offsets or offset != offsets[-1]:
                starts.append(start)
                offsets.append(offset)
    return WallClock(starts, offsets)


@lru_cache(maxsize=4096)
def _moves(zone: str, decade: int) -> tuple[tuple[int, int], ...]:
    """The offset at the beginning of a decade, and each later one with the instant from which it counts."""
    info = ZoneInfo(zone)

    def offset_at(instant: int) -> int:
        found = datetime.fromtimestamp(instant, UTC).astimezone(info).utcoffset()
        return int((found or timedelta(0)).total_seconds())

    at, end = (instant_of(datetime(decade * _DECADE + more, 1, 1, tzinfo=UTC)) for more in (0, _DECADE))
    moves = [(at, offset_at(at))]
    while at < end:
        following = min(at + DAY, end)
        if (after := offset_at(following)) != moves[-1][1]:
            moves.append((_moment_of_change(offset_at, at, following), after))
        at = following
    return tuple(moves)


def _moment_of_change(offset_at: Callable[[int], int], before: int, after: int) -> int:
    was = offset_at(before)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if offset_at(middle) == was else (before, middle)
    return after


def wall_of(local: datetime) -> int:
    """Return the wall time of a naive datetime."""
    return (local - _EPOCH) // timedelta(seconds=1)


def local_of(wall: int) -> datetime:
    """Return the naive datetime of a wall time."""
    return _EPOCH + timedelta(seconds=wall)


def instant_of(at: datetime) -> int:
    """Return the instant of an aware datetime; parts of a second are left out."""
    return int(at.timestamp() // 1)


def datetime_of(instant: int) -> datetime:
    """Return an instant as a datetime in UTC."""
    return datetime.fromtimestamp(instant, UTC)


def _year(instant: int) -> int:
    return datetime.fromtimestamp(instant, UTC).year
