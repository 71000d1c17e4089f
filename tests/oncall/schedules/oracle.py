"""A second, slow answer to "who is on call": minute by minute, from what the wall clock has reached. For tests only."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from oncall.rules.schedules.plan import Layer, Override, Plan, Unit
from oncall.rules.schedules.wall import DAY, wall_of

MINUTE = 60
#: nobody on purpose, and nobody at all
DELIBERATE, NOBODY = "deliberate", "nobody"


def reached(zone: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Each minute's instant, with the latest wall time that the zone's clock has shown by then."""
    info = ZoneInfo(zone)
    latest = -(1 << 62)
    for instant in range(start - 2 * DAY, end, MINUTE):
        local = datetime.fromtimestamp(instant, UTC).astimezone(info).replace(tzinfo=None)
        latest = max(latest, wall_of(local))
        if instant >= start:
            yield instant, latest


def people(plan: Plan, start: int, end: int) -> list[set[str] | str]:
    """Who is on call, minute by minute, for a plan of one version."""
    [version] = plan.versions
    found: list[set[str] | str] = []
    for instant, wall in reached(version.zone, start, end):
        group: tuple[str, ...] | None = None
        open_at: tuple[str, int] | None = None
        for layer in version.layers:
            if _is_open(layer, wall):
                turn = _turn(layer, wall)
                group, open_at = layer.group_of(turn), (layer.name, layer.first_turn + turn)
        places: list[list[str]] = [[user] for user in group or ()]
        for swap in plan.swaps:
            if (swap.layer, swap.turn) == open_at and swap.counts_at(instant):
                for place in places:
                    if swap.giver in place:
                        place.append(swap.taker)
        found.append(_overridden(group, places, plan.overrides, instant))
    return found


def _overridden(
    group: tuple[str, ...] | None, places: list[list[str]], overrides: tuple[Override, ...], instant: int
) -> set[str] | str:
    nobody = NOBODY if group is None else DELIBERATE
    for override in overrides:
        if not override.start <= instant < override.end:
            continue
        if override.replaces is None:
            places = [[override.user]]
        else:
            for place in places:
                if override.replaces in place:
                    place.append(override.user)
    return {place[-1] for place in places} or nobody


def _is_open(layer: Layer, wall: int) -> bool:
    if wall < layer.starts_at or (layer.ends_at is not None and wall >= layer.ends_at):
        return False
    if not layer.restrictions:
        return True
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=wall)
    of_day = now.hour * 3600 + now.minute * 60
    for each in layer.restrictions:
        here = of_day if each.period == DAY else now.weekday() * DAY + of_day
        if each.start <= here < each.end or each.start <= here + each.period < each.end:
            return True
    return False


def _turn(layer: Layer, wall: int) -> int:
    if layer.rotation is None:
        return 0
    anchor = layer.starts_at if layer.anchor_at is None else layer.anchor_at
    if layer.rotation.unit is not Unit.MONTH:
        hours = {Unit.HOUR: 1, Unit.DAY: 24, Unit.WEEK: 168}[layer.rotation.unit]
        return (wall - anchor) // (hours * 3600 * layer.rotation.every)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    first, now = epoch + timedelta(seconds=anchor), epoch + timedelta(seconds=wall)
    months = (now.year - first.year) * 12 + now.month - first.month
    last_day = ((now.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day
    begins = now.replace(day=min(first.day, last_day), hour=first.hour, minute=first.minute)
    return (months - (now < begins)) // layer.rotation.every
