"""Why it is who it is at an instant: each layer from high to low, then what was changed by hand."""

from dataclasses import dataclass
from enum import StrEnum

from oncall.rules.schedules.final import final, in_force
from oncall.rules.schedules.plan import Followed, Gap, Layer, Plan, Shift
from oncall.rules.schedules.turns import turn_of, turn_starts_at, turns
from oncall.rules.schedules.wall import DAY, WallClock, wall_clock

#: how far ahead a closed layer's next opening is looked for
_AHEAD = 35 * DAY


class State(StrEnum):
    """How a layer stands at an instant."""

    OPEN = "open"
    CLOSED = "closed"
    TO_COME = "to come"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class LayerReason:
    """One layer at the instant. `until` is the end of this turn or, for a closed layer, its next opening."""

    name: str
    state: State
    turn: int | None = None
    users: tuple[str, ...] = ()
    until: int | None = None
    counts: bool = False


@dataclass(frozen=True, slots=True)
class HandReason:
    """Somebody stands in by an override or a swap with this key; for everybody where `instead_of` is None."""

    user: str
    instead_of: str | None
    key: int
    is_swap: bool
    until: int | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The result, and what led to it in the order in which it was decided."""

    result: Shift | Gap
    layers: list[LayerReason]
    by_hand: list[HandReason]


def explain(plan: Plan, instant: int) -> Explanation:
    """Say why it is who it is at an instant."""
    found = final(plan, instant, instant + 1)
    result: Shift | Gap = found.pieces[0]
    layers = [_calendar(calendar, instant) for calendar in reversed(plan.calendars)]
    above = any(reason.state is State.OPEN for reason in layers)
    for version, _, _ in in_force(plan, instant, instant + 1):
        clock = wall_clock(version.zone, instant, instant + _AHEAD)
        covered = above
        for layer in reversed(version.layers):
            reason = _layer(layer, clock, instant, is_covered=covered)
            covered = covered or reason.state is State.OPEN
            layers.append(reason)
    return Explanation(result, layers, _by_hand(plan, instant, result))


def _calendar(calendar: Followed, instant: int) -> LayerReason:
    """An outside calendar is a layer without turns."""
    for start, end, users in calendar.pieces:
        if start <= instant < end:
            return LayerReason(calendar.name, State.OPEN, None, users, end, counts=True)
    following = next((start for start, _, _ in calendar.pieces if start > instant), None)
    return LayerReason(calendar.name, State.CLOSED, until=following)


def _layer(layer: Layer, clock: WallClock, instant: int, *, is_covered: bool) -> LayerReason:
    if instant < (opens := clock.instant(layer.starts_at)):
        return LayerReason(layer.name, State.TO_COME, until=opens)
    if layer.ends_at is not None and instant >= clock.instant(layer.ends_at):
        return LayerReason(layer.name, State.OVER)
    turn = turn_of(layer, clock, instant)
    number, users = layer.first_turn + turn, layer.group_of(turn)
    if not turns(layer, clock, instant, instant + 1):
        following = turns(layer, clock, instant, instant + _AHEAD)
        return LayerReason(layer.name, State.CLOSED, number, users, following[0][0] if following else None)
    until = clock.instant(turn_starts_at(layer, turn + 1)) if layer.rotation else None
    return LayerReason(layer.name, State.OPEN, number, users, until, counts=not is_covered)


def _by_hand(plan: Plan, instant: int, result: Shift | Gap) -> list[HandReason]:
    source = result.source if isinstance(result, Shift) else None
    stood = {(stand.key, stand.is_swap) for stand in result.replaced} if isinstance(result, Shift) else set()
    found = [
        HandReason(swap.taker, swap.giver, swap.key, is_swap=True, until=swap.end, counts=(swap.key, True) in stood)
        for swap in plan.swaps
        if swap.touches(source) and swap.counts_at(instant)
    ]
    for each in plan.overrides:
        if each.start <= instant < each.end:
            whole = source is not None and source.kind == "override" and source.key == each.key
            counts = whole or (each.key, False) in stood
            found.append(HandReason(each.user, each.replaces, each.key, False, each.end, counts))
    return found
