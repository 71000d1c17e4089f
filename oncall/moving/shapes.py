"""What another system's export says, in our words. Keys are that system's own ids; people stand by theirs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar


@dataclass(frozen=True)
class Person:
    """Somebody with an account there."""

    key: str
    name: str
    email: str = ""


@dataclass(frozen=True)
class Rendered:
    """Somebody is on call there for [start, end), in seconds since 1970: what that system itself has computed."""

    start: int
    end: int
    person: str


@dataclass(frozen=True)
class MovedSchedule:
    """A schedule: its layers in the preview format, low to high, with people by key. `rendered` is theirs, if known."""

    key: str
    name: str
    time_zone: str
    layers: Sequence[Mapping[str, Any]] = ()
    overrides: Sequence[Mapping[str, Any]] = ()
    description: str = ""
    rendered: Sequence[Rendered] | None = None
    #: for which time theirs is known, in seconds since 1970; None: for as long as it says something
    known: tuple[int, int] | None = None


@dataclass(frozen=True)
class MovedLevel:
    """These are asked together: ("person" or "schedule", key)."""

    wait_minutes: int
    targets: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class MovedPolicy:
    """Levels one after another, `repeats` times over again."""

    key: str
    name: str
    levels: Sequence[MovedLevel]
    repeats: int = 0
    description: str = ""


@dataclass(frozen=True)
class MovedService:
    """A service and the policy by which it pages."""

    key: str
    name: str
    policy: str = ""
    description: str = ""


@dataclass(frozen=True)
class Unsupported:
    """Something that has no counterpart here: where it stands, and what becomes of it."""

    where: str
    what: str


@dataclass
class Export:
    """All of it."""

    source: str
    people: list[Person] = field(default_factory=list)
    schedules: list[MovedSchedule] = field(default_factory=list)
    policies: list[MovedPolicy] = field(default_factory=list)
    services: list[MovedService] = field(default_factory=list)
    unsupported: list[Unsupported] = field(default_factory=list)

    def cannot(self, where: str, what: str) -> None:
        """Name something that does not come along."""
        self.unsupported.append(Unsupported(where, what))


#: where who fetches an export writes down for which time it has asked
KNOWN = "asked_for"
_Thing = TypeVar("_Thing")


def known_of(row: Mapping[str, Any]) -> tuple[int, int] | None:
    """For which time the shifts in this row were asked for, if it says so."""
    said = row.get(KNOWN)
    if isinstance(said, list) and len(said) == 2 and all(isinstance(edge, int) for edge in said):
        return said[0], said[1]
    return None


def read_one(export: Export, where: str, read: Callable[[], _Thing | None], into: list[_Thing]) -> None:
    """Read one thing; what is odd about it is named, and the rest is read on."""
    try:
        found = read()
    except (ValueError, OverflowError) as error:
        export.cannot(where, f"can't be read, so it does not come along: {error}")
        return
    if found is not None:
        into.append(found)
