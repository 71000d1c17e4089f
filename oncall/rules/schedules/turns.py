"""Whose turn it is in one layer: hand-offs by the wall clock, closed outside of its restrictions."""

import calendar
from collections.abc import Iterable, Iterator

from oncall.rules.schedules.plan import Layer, Restriction, Rotation, Unit
from oncall.rules.schedules.wall import DAY, WEEK, WallClock, local_of, wall_of

#: from, to, turn number
Turn = tuple[int, int, int]
#: from, to
Span = tuple[int, int]

_MONDAY = 4 * DAY  # 1970-01-01 was a Thursday
_LENGTHS = {Unit.HOUR: 3600, Unit.DAY: DAY, Unit.WEEK: WEEK}


def least_seconds(rotation: Rotation) -> int:
    """Return how long a turn is on the wall; for months the least that it can be."""
    return rotation.every * _LENGTHS.get(rotation.unit, 28 * DAY)


def turns(layer: Layer, clock: WallClock, start: int, end: int) -> list[Turn]:
    """Return the layer's turns within [start, end), sorted, cut at the window, where the layer is open."""
    opens = clock.instant(layer.starts_at)
    start = max(start, opens)
    if layer.ends_at is not None:
        end = min(end, clock.instant(layer.ends_at))
    if start >= end:
        return []
    found = list(_cut(_handed_over(layer, clock, start), start, end))
    if not layer.restrictions or any(each.is_always for each in layer.restrictions):
        return found
    return list(_within(found, open_windows(layer.restrictions, clock, start, end)))


def turn_starts_at(layer: Layer, turn: int) -> int:
    """Return the wall time at which a turn begins (a layer may open later than its first turn begins)."""
    anchor = layer.starts_at if layer.anchor_at is None else layer.anchor_at
    return anchor if layer.rotation is None else _stepped(anchor, layer.rotation, turn)


def turn_of(layer: Layer, clock: WallClock, instant: int) -> int:
    """Return the number of the turn that an instant falls into, open or closed."""
    if layer.rotation is None:
        return 0
    anchor = layer.starts_at if layer.anchor_at is None else layer.anchor_at
    turn = _guess(anchor, layer.rotation, clock.wall(instant))
    while clock.instant(_stepped(anchor, layer.rotation, turn + 1)) <= instant:
        turn += 1
    return turn


def open_windows(restrictions: Iterable[Restriction], clock: WallClock, start: int, end: int) -> list[Span]:
    """Return when at least one restriction's window is open within [start, end): sorted, not touching."""
    spans: list[Span] = []
    for each in restrictions:
        begin = each.start + (_MONDAY if each.period == WEEK else 0)
        number = (clock.wall(start) - begin) // each.period - 1
        while (opens := clock.instant(begin + number * each.period)) < end:
            closes = clock.instant(begin + number * each.period + each.end - each.start)
            if closes > start and closes > opens:
                spans.append((max(opens, start), min(closes, end)))
            number += 1
    spans.sort()
    merged: list[Span] = []
    for opens, closes in spans:
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))
    return merged


def _handed_over(layer: Layer, clock: WallClock, start: int) -> Iterator[Turn]:
    """Turn after turn, from the one at `start` on; one that lies wholly in a missing hour does not exist."""
    turn = turn_of(layer, clock, start)
    if layer.rotation is None:
        yield start, 1 << 62, turn
        return
    begins = clock.instant(turn_starts_at(layer, turn))
    while True:
        ends = clock.instant(turn_starts_at(layer, turn + 1))
        if begins < ends:
            yield begins, ends, turn
        begins, turn = ends, turn + 1


def _cut(all_turns: Iterator[Turn], start: int, end: int) -> Iterator[Turn]:
    for begins, ends, turn in all_turns:
        if begins >= end:
            return
        yield max(begins, start), min(ends, end), turn


def _within(found: list[Turn], windows: list[Span]) -> Iterator[Turn]:
    """Each turn's parts within the windows; both lists are sorted."""
    first = 0
    for begins, ends, turn in found:
        while first < len(windows) and windows[first][1] <= begins:
            first += 1
        at = first
        while at < len(windows) and windows[at][0] < ends:
            opens, closes = windows[at]
            yield max(begins, opens), min(ends, closes), turn
            at += 1


def _stepped(anchor: int, rotation: Rotation, turn: int) -> int:
    """The wall time of a hand-off. Months step from the anchor's day, clamped to the month's end."""
    if rotation.unit is not Unit.MONTH:
        return anchor + turn * rotation.every * _LENGTHS[rotation.unit]
    from_date = local_of(anchor)
    years, month = divmod(from_date.month - 1 + turn * rotation.every, 12)
    year = from_date.year + years
    day = min(from_date.day, calendar.monthrange(year, month + 1)[1])
    return wall_of(from_date.replace(year=year, month=month + 1, day=day))


def _guess(anchor: int, rotation: Rotation, wall: int) -> int:
    """A turn that has begun by this wall time: the last one, or the one before it."""
    if rotation.unit is not Unit.MONTH:
        return (wall - anchor) // (rotation.every * _LENGTHS[rotation.unit])
    there, here = local_of(anchor), local_of(wall)
    turn = ((here.year - there.year) * 12 + here.month - there.month) // rotation.every
    return turn if _stepped(anchor, rotation, turn) <= wall else turn - 1
