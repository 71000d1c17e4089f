"""Parts of shifts that one person can hand to another: named by the turn they belong to, so that they follow it."""

from collections.abc import Iterable
from dataclasses import dataclass

from oncall.rules.schedules.final import final, in_force
from oncall.rules.schedules.plan import Kind, Plan, Shift, Swap
from oncall.rules.schedules.turns import turn_of, turn_starts_at
from oncall.rules.schedules.wall import wall_clock

#: how far from where it was a turn is looked for when it has moved
_FAR = 400 * 86_400


@dataclass(frozen=True, slots=True)
class Part:
    """A turn of a layer, or what is left of it between `start` and `end`.

    Without a layer it is a stretch of time that no turn stands behind: an override has put them there.
    """

    layer: str
    turn: int
    start: int | None = None
    end: int | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether it is the whole turn."""
        return bool(self.layer) and self.start is None and self.end is None

    def overlaps(self, other: "Part") -> bool:
        """Tell whether both are about some of the same."""
        if (self.layer, self.turn) != (other.layer, other.turn):
            return False
        starts, ends = _edges(self), _edges(other)
        return max(starts[0], ends[0]) < min(starts[1], ends[1])


def parts_of(plan: Plan, user: str, start: int, end: int) -> list[Part]:
    """Return what a person could hand over of [start, end), turn by turn; empty where they are not on call."""
    found: dict[tuple[str, int], Part] = {}
    for shift in final(plan, start, end).shifts:
        if user not in shift.users:
            continue
        if _is_by_hand(shift, user):
            found["", shift.start] = Part("", shift.start, shift.start, shift.end)
        else:
            key = shift.source.name, shift.source.turn
            found.setdefault(key, _clipped(plan, *key, start, end, shift))
    return list(found.values())


def where(plan: Plan, part: Part, near: int) -> list[Shift]:
    """Return the shifts in which a part is told now, sorted; `near` is about when it was.

    Empty when there is no such turn any more.
    """
    span = (part.start, part.end) if not part.layer else turn_span(plan, part.layer, part.turn, near)
    if span is None or span[0] is None or span[1] is None:
        return []
    start = span[0] if part.start is None else max(span[0], part.start)
    end = span[1] if part.end is None else min(span[1], part.end)
    if start >= end:
        return []
    told = final(plan, start, end).shifts
    return [shift for shift in told if not part.layer or swap_of(part, "", "").touches(shift.source)]


def turn_span(plan: Plan, layer: str, turn: int, near: int) -> tuple[int, int] | None:
    """Return from when to when a turn goes, whether the layer is open or not; None where there is no such turn.

    Of a layer that never hands over only the time around `near` is looked at.
    """
    spans = []
    for version, begins, ends in in_force(plan, near - _FAR, near + _FAR):
        clock = wall_clock(version.zone, begins, ends)
        for each in version.layers:
            if each.name != layer:
                continue
            opens = max(begins, clock.instant(each.starts_at))
            closes = ends if each.ends_at is None else min(ends, clock.instant(each.ends_at))
            if each.rotation is not None:
                number = turn - each.first_turn
                opens = max(opens, clock.instant(turn_starts_at(each, number)))
                closes = min(closes, clock.instant(turn_starts_at(each, number + 1)))
            elif turn != each.first_turn:
                continue
            if opens < closes:
                spans.append((opens, closes))
    return (min(opens for opens, _ in spans), max(closes for _, closes in spans)) if spans else None


def turn_at(plan: Plan, layer: str, instant: int) -> int | None:
    """Return the number of the turn that a layer has at an instant, open or closed."""
    for version, _, _ in in_force(plan, instant, instant + 1):
        for each in version.layers:
            if each.name == layer:
                return each.first_turn + turn_of(each, wall_clock(version.zone, instant, instant), instant)
    return None


def never_ends(plan: Plan, layer: str, instant: int) -> bool:
    """Tell whether a layer never hands over, so that its only turn has no end."""
    versions = in_force(plan, instant, instant + 1)
    return any(each.name == layer and each.rotation is None for version, _, _ in versions for each in version.layers)


def swap_of(part: Part, giver: str, taker: str, key: int = 0) -> Swap:
    """Return a part as the engine's swap."""
    return Swap(part.layer, part.turn, giver, taker, key, part.start, part.end)


def overlapping(parts: Iterable[Part], others: Iterable[Part]) -> bool:
    """Tell whether some of these parts are about the same as some of the others."""
    held = list(others)
    return any(part.overlaps(other) for part in parts for other in held)


def _is_by_hand(shift: Shift, user: str) -> bool:
    """Tell whether an override put them there: a swap, which comes before overrides, would not find them."""
    if shift.source.kind is not Kind.LAYER:
        return True
    return any(stand.by == user and not stand.is_swap for stand in shift.replaced)


def _clipped(plan: Plan, layer: str, turn: int, start: int, end: int, shift: Shift) -> Part:
    """The turn, cut at the window where it goes on beyond it; a layer that never hands over is always cut."""
    span = turn_span(plan, layer, turn, shift.start)
    if span is None:
        return Part(layer, turn, start, end)
    endless = never_ends(plan, layer, shift.start)
    begins = start if endless or start > span[0] else None
    ends = end if endless or end < span[1] else None
    return Part(layer, turn, begins, ends)


def _edges(part: Part) -> tuple[int, int]:
    return (
        -(1 << 62) if part.start is None else part.start,
        1 << 62 if part.end is None else part.end,
    )
