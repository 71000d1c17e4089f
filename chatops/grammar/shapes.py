"""What a command takes: a description that binding reads, writing writes and help shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chatops.grammar.times import Lean


class Kind(StrEnum):
    """Kinds of arguments."""

    WORD = "word"
    TEXT = "text"
    INCIDENT = "incident"
    USER = "person"
    PEOPLE = "person or group"
    SEVERITY = "severity"
    STATUS = "status"
    ROLE = "role"
    SERVICE = "service"
    SCHEDULE = "schedule"
    TARGET = "person, schedule, team or service"
    DURATION = "duration"
    WHEN = "time"
    DUE = "due time"
    NUMBER = "number"
    CHOICE = "choice"


class Takes(StrEnum):
    """How a command names its incident.

    `NONE`: it needs none. `MARKED`: #142 before or between its arguments, else the room's. `BARE`: also
    142 or `this`, because nothing else could stand there. `MAYBE`: as `BARE`, and it also works without any.
    """

    NONE = "none"
    MARKED = "marked"
    BARE = "bare"
    MAYBE = "maybe"


@dataclass(frozen=True)
class Arg:
    """One argument.

    `ask` is the question when it is missing. `choices` maps words to what they mean (for CHOICE; for other
    kinds: words accepted besides). `fillers` are small words that may stand before it. `marked`: a person
    only counts with an @, so that free text beside it stays text.
    """

    name: str
    kind: Kind
    required: bool = True
    ask: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    fillers: tuple[str, ...] = ()
    lean: Lean = "future"
    marked: bool = False

    @property
    def question(self) -> str:
        return self.ask or f"Which {self.kind}?"


@dataclass(frozen=True)
class Flag:
    """A --flag. Without a kind it is a switch. `many`: it may be given several times."""

    name: str
    kind: Kind | None = None
    many: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    lean: Lean = "future"
    example: str = ""

    def as_arg(self) -> Arg:
        """The flag's value as an argument."""
        return Arg(self.name, self.kind or Kind.WORD, choices=self.choices, lean=self.lean)


@dataclass(frozen=True)
class Shape:
    """All that a command takes, in order. At most one TEXT; after it only marked people."""

    args: tuple[Arg, ...] = ()
    flags: tuple[Flag, ...] = ()
    takes: Takes = Takes.NONE

    @property
    def text(self) -> Arg | None:
        """The free text argument."""
        return next((arg for arg in self.args if arg.kind is Kind.TEXT), None)

    @property
    def places(self) -> tuple[Arg, ...]:
        """The arguments before the free text."""
        text = self.text
        return self.args if text is None else self.args[: self.args.index(text)]

    @property
    def riders(self) -> tuple[Arg, ...]:
        """Marked people that may stand at either end of the free text."""
        text = self.text
        return () if text is None else self.args[self.args.index(text) + 1 :]

    def flag(self, name: str) -> Flag | None:
        """The flag of this name."""
        return next((flag for flag in self.flags if flag.name == name), None)


def words(*names: str, **aliases: str) -> dict[str, str]:
    """Choices: each word means itself, each alias what it is set to."""
    return {**{name: name for name in names}, **aliases}
