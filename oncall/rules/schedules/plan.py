"""What a schedule says, as values: versions with layers, overrides, swaps. And what comes of it: shifts and gaps.

Instants are whole seconds since 1970 in UTC, wall times whole seconds as read on the wall (see `wall`). People are
opaque strings.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Unit(StrEnum):
    """What turns are counted in, by the calendar on the wall."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Rotation:
    """Hand over every so many units."""

    unit: Unit
    every: int = 1


@dataclass(frozen=True, slots=True)
class Restriction:
    """A window that comes again: wall seconds from the beginning of the day, or of Monday. `start < end` always."""

    period: int
    start: int
    end: int

    @property
    def is_always(self) -> bool:
        """Tell whether the window is the whole day or week."""
        return self.end - self.start == self.period


@dataclass(frozen=True, slots=True)
class Layer:
    """One rotation. `groups` take turns, each on call together; an empty group is nobody, on purpose.

    Turn 0 is the anchor group's. What is told counts from `first_turn`, so that a turn keeps its number when the
    layer is changed.
    """

    name: str
    starts_at: int
    groups: tuple[tuple[str, ...], ...]
    ends_at: int | None = None
    rotation: Rotation | None = None
    restrictions: tuple[Restriction, ...] = ()
    anchor_at: int | None = None
    anchor_group: int = 0
    first_turn: int = 0

    def group_of(self, turn: int) -> tuple[str, ...]:
        """Return who has this turn."""
        return self.groups[(self.anchor_group + turn) % len(self.groups)]


@dataclass(frozen=True, slots=True)
class Version:
    """The layers, low to high, in force from an instant on; the first may be in force since ever."""

    zone: str
    layers: tuple[Layer, ...]
    effective_from: int | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """`user` is on call for [start, end): instead of everybody, or only of `replaces`. `key` tells it apart."""

    user: str
    start: int
    end: int
    replaces: str | None = None
    key: int = 0


@dataclass(frozen=True, slots=True)
class Swap:
    """`taker` has one computed shift of `giver`: that turn of that layer, wherever it moves.

    Where only a part was agreed, it counts from `start` on or until `end`.
    """

    layer: str
    turn: int
    giver: str
    taker: str
    key: int = 0
    start: int | None = None
    end: int | None = None

    def touches(self, source: "Source | None") -> bool:
        """Tell whether it is about the shift that this is the source of."""
        if source is None or source.kind is not Kind.LAYER:
            return False
        return (source.name, source.turn) == (self.layer, self.turn)

    def counts_at(self, instant: int) -> bool:
        """Tell whether the agreed part holds this instant."""
        return (self.start is None or self.start <= instant) and (self.end is None or instant < self.end)


@dataclass(frozen=True, slots=True)
class Followed:
    """An outside calendar that lies above the layers: (from, to, people), sorted. Where it is silent, they answer."""

    name: str
    key: int
    pieces: tuple[tuple[int, int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All of one schedule. Versions by the instant from which they count; overrides and swaps as they were made."""

    versions: tuple[Version, ...]
    overrides: tuple[Override, ...] = ()
    swaps: tuple[Swap, ...] = ()
    calendars: tuple[Followed, ...] = ()

    @property
    def people(self) -> set[str]:
        """Everybody who could be on call by it."""
        layers = [layer for version in self.versions for layer in version.layers]
        turns = {user for layer in layers for group in layer.groups for user in group}
        turns |= {user for calendar in self.calendars for _, _, users in calendar.pieces for user in users}
        return turns | {override.user for override in self.overrides} | {swap.taker for swap in self.swaps}


class Kind(StrEnum):
    """What a shift comes from."""

    LAYER = "layer"
    OVERRIDE = "override"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a shift comes from: a layer's turn, or the override or the outside calendar with this key."""

    kind: Kind
    name: str = ""
    turn: int = 0
    key: int = 0


@dataclass(frozen=True, slots=True)
class Stand:
    """Somebody stands in for one member of a shift, by an override or a swap with this key."""

    user: str
    by: str
    key: int
    is_swap: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """These people are on call for [start, end)."""

    start: int
    end: int
    users: tuple[str, ...]
    source: Source
    replaced: tuple[Stand, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody is on call for [start, end); deliberately where an empty group has the turn."""

    start: int
    end: int
    deliberate: bool = False


@dataclass(frozen=True, slots=True)
class Final:
    """What a schedule comes to over a window: shifts and gaps, each sorted, together tiling the window."""

    shifts: list[Shift] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    @property
    def pieces(self) -> list[Shift | Gap]:
        """Both by their beginning."""
        both: list[Shift | Gap] = [*self.shifts, *self.gaps]
        return sorted(both, key=lambda piece: piece.start)
