"""Changing a schedule moves nobody: who has the turn keeps it, and a turn keeps its number."""

from dataclasses import replace

from oncall.rules.schedules.plan import Layer, Version
from oncall.rules.schedules.turns import turn_of
from oncall.rules.schedules.wall import wall_clock


def continued(before: Version, after: Version, at: int) -> Version:
    """Return the version that counts from `at` on, with each layer of the same name going on where it is.

    Whoever has the turn keeps it until the layer's next hand-off. Who was taken out of it is followed by the next in
    the old order who is still there.
    """
    old = {layer.name: layer for layer in before.layers}
    layers = [
        _going_on(old[layer.name], before.zone, layer, after.zone, at) if layer.name in old else layer
        for layer in after.layers
    ]
    return replace(after, layers=tuple(layers), effective_from=at)


def _going_on(old: Layer, old_zone: str, new: Layer, new_zone: str, at: int) -> Layer:
    was, now = wall_clock(old_zone, at, at), wall_clock(new_zone, at, at)
    if was.instant(old.starts_at) > at:
        return replace(new, first_turn=old.first_turn)
    turn = turn_of(old, was, at)
    if now.instant(new.starts_at) > at:
        return replace(new, first_turn=old.first_turn + turn + 1)
    here = turn_of(new, now, at)
    group = (_place(old, turn, new) - here) % len(new.groups)
    anchor_at = new.starts_at if new.anchor_at is None and group else new.anchor_at
    return replace(new, anchor_at=anchor_at, anchor_group=group, first_turn=old.first_turn + turn - here)


def _place(old: Layer, turn: int, new: Layer) -> int:
    """Where in the new order the one stands who has the turn, or else who comes next."""
    places = len(old.groups)
    for ahead in range(places):
        group = old.group_of(turn + ahead)
        if group in new.groups:
            at = (old.anchor_group + turn + ahead) % places
            return at if at < len(new.groups) and new.groups[at] == group else new.groups.index(group)
        rest = [n for n, other in enumerate(new.groups) if set(other) & set(group)]
        if rest:
            return rest[0]
    return 0
