"""The one answer to "who is on call": layers cover one another, then swaps, then overrides, in the order made."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import islice

from oncall.rules.schedules.plan import Final, Followed, Gap, Kind, Override, Plan, Shift, Source, Stand, Swap, Version
from oncall.rules.schedules.turns import turns
from oncall.rules.schedules.wall import wall_clock

#: from, to, index of the layer, turn number
_Piece = tuple[int, int, int, int]
_NOBODY = Source(Kind.LAYER)


@dataclass(frozen=True, slots=True)
class _Slot:
    """One place in a shift. It answers to every name it has had."""

    user: str
    names: tuple[str, ...]
    by: Stand | None = None


@dataclass(slots=True)
class _Tile:
    """A stretch of the window in which nothing changes; `source` is None where no layer is open."""

    start: int
    end: int
    source: Source | None
    slots: tuple[_Slot, ...]


def final(plan: Plan, start: int, end: int) -> Final:
    """Return who is on call over [start, end). Whatever the window's edges are, each instant's answer is the same."""
    tiles: list[_Tile] = []
    for version, begins, ends in in_force(plan, start, end):
        tiles += _of_layers(version, begins, ends)
    for calendar in plan.calendars:
        tiles = _followed(tiles, calendar, start, end)
    tiles = _tiled(tiles, start, end)
    for swap in plan.swaps:
        tiles = _swapped(tiles, swap)
    for override in plan.overrides:
        if override.start < end and override.end > start:
            tiles = _overridden(tiles, override)
    return _told(tiles)


def on_call_at(plan: Plan, instant: int) -> Shift | Gap:
    """Return the shift or gap at an instant, cut to that second."""
    found = final(plan, instant, instant + 1)
    return (found.shifts or found.gaps)[0]


def in_force(plan: Plan, start: int, end: int) -> list[tuple[Version, int, int]]:
    """Return each version with the part of [start, end) for which it counts."""
    found = []
    for number, version in enumerate(plan.versions):
        begins = start if version.effective_from is None else max(start, version.effective_from)
        later = plan.versions[number + 1].effective_from if number + 1 < len(plan.versions) else None
        ends = end if later is None else min(end, later)
        if begins < ends:
            found.append((version, begins, ends))
    return found


def _of_layers(version: Version, start: int, end: int) -> list[_Tile]:
    clock = wall_clock(version.zone, start, end)
    pieces: list[_Piece] = []
    for index, layer in enumerate(version.layers):
        above = [(begins, ends, index, turn) for begins, ends, turn in turns(layer, clock, start, end)]
        pieces = _covered(pieces, above)
    tiles = []
    for begins, ends, index, turn in pieces:
        layer = version.layers[index]
        source = Source(Kind.LAYER, layer.name, layer.first_turn + turn)
        tiles.append(_Tile(begins, ends, source, tuple(_Slot(user, (user,)) for user in layer.group_of(turn))))
    return tiles


def _covered(below: list[_Piece], above: list[_Piece]) -> list[_Piece]:
    """What is below shows only where nothing is above; both are sorted, and neither overlaps itself."""
    if not below or not above:
        return above or below
    found = list(above)
    first = 0
    for begins, ends, index, turn in below:
        while first < len(above) and above[first][1] <= begins:
            first += 1
        at = first
        while at < len(above) and above[at][0] < ends:
            if begins < above[at][0]:
                found.append((begins, above[at][0], index, turn))
            begins = max(begins, above[at][1])
            at += 1
        if begins < ends:
            found.append((begins, ends, index, turn))
    found.sort()
    return found


def _followed(tiles: list[_Tile], calendar: Followed, start: int, end: int) -> list[_Tile]:
    """What an outside calendar says covers what is below it; both are sorted."""
    source = Source(Kind.CALENDAR, calendar.name, key=calendar.key)
    first = bisect_right(calendar.pieces, start, key=lambda piece: piece[1])
    above = []
    for begins, ends, users in islice(calendar.pieces, first, None):
        if begins >= end:
            break
        above.append(_Tile(max(begins, start), min(ends, end), source, tuple(_Slot(user, (user,)) for user in users)))
    found, at = list(above), 0
    for tile in tiles:
        while at < len(above) and above[at].end <= tile.start:
            at += 1
        begins, over = tile.start, at
        while over < len(above) and above[over].start < tile.end:
            if begins < above[over].start:
                found.append(replace(tile, start=begins, end=above[over].start))
            begins = max(begins, above[over].end)
            over += 1
        if begins < tile.end:
            found.append(replace(tile, start=begins))
    return sorted(found, key=lambda tile: tile.start)


def _tiled(tiles: list[_Tile], start: int, end: int) -> list[_Tile]:
    """The same with the holes filled, so that the window is tiled."""
    found = []
    for tile in tiles:
        if start < tile.start:
            found.append(_Tile(start, tile.start, None, ()))
        found.append(tile)
        start = tile.end
    if start < end:
        found.append(_Tile(start, end, None, ()))
    return found


def _swapped(tiles: list[_Tile], swap: Swap) -> list[_Tile]:
    found: list[_Tile] = []
    for tile in tiles:
        if not swap.touches(tile.source):
            found.append(tile)
            continue
        begins = tile.start if swap.start is None else max(tile.start, swap.start)
        ends = tile.end if swap.end is None else min(tile.end, swap.end)
        if begins >= ends:
            found.append(tile)
            continue
        if tile.start < begins:
            found.append(replace(tile, end=begins))
        slots = _handed(tile.slots, swap.giver, swap.taker, swap.key, is_swap=True)
        found.append(_Tile(begins, ends, tile.source, slots))
        if ends < tile.end:
            found.append(replace(tile, start=ends))
    return found


def _overridden(tiles: list[_Tile], override: Override) -> list[_Tile]:
    found: list[_Tile] = []
    whole: _Tile | None = None
    for tile in tiles:
        begins, ends = max(tile.start, override.start), min(tile.end, override.end)
        if begins >= ends:
            found.append(tile)
            continue
        if tile.start < begins:
            found.append(replace(tile, end=begins))
        if override.replaces is not None:
            slots = _handed(tile.slots, override.replaces, override.user, override.key)
            found.append(_Tile(begins, ends, tile.source, slots))
        elif whole is not None:
            whole.end = ends
        else:
            slot = _Slot(override.user, (override.user,))
            whole = _Tile(begins, ends, Source(Kind.OVERRIDE, key=override.key), (slot,))
            found.append(whole)
        if ends < tile.end:
            found.append(replace(tile, start=ends))
    return found


def _handed(slots: tuple[_Slot, ...], giver: str, taker: str, key: int, *, is_swap: bool = False) -> tuple[_Slot, ...]:
    return tuple(
        _Slot(taker, (*slot.names, taker), Stand(slot.names[0], taker, key, is_swap)) if giver in slot.names else slot
        for slot in slots
    )


def _told(tiles: list[_Tile]) -> Final:
    """Neighbours with equal people and source are one; somebody who holds two places is listed once."""
    told = Final()
    for tile in tiles:
        users = tuple(dict.fromkeys(slot.user for slot in tile.slots))
        if not users:
            _add_gap(told.gaps, Gap(tile.start, tile.end, deliberate=tile.source is not None))
            continue
        replaced = tuple(slot.by for slot in tile.slots if slot.by and slot.by.user != slot.by.by)
        _add_shift(told.shifts, Shift(tile.start, tile.end, users, tile.source or _NOBODY, replaced))
    return told


def _add_shift(shifts: list[Shift], shift: Shift) -> None:
    if shifts and _goes_on(shifts[-1], shift):
        shifts[-1] = replace(shifts[-1], end=shift.end)
    else:
        shifts.append(shift)


def _goes_on(last: Shift, shift: Shift) -> bool:
    if last.end != shift.start or last.source != shift.source or last.replaced != shift.replaced:
        return False
    return set(last.users) == set(shift.users)


def _add_gap(gaps: list[Gap], gap: Gap) -> None:
    if gaps and gaps[-1].end == gap.start and gaps[-1].deliberate == gap.deliberate:
        gaps[-1] = replace(gaps[-1], end=gap.end)
    else:
        gaps.append(gap)
