"""Reading a line as the router does, without running it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from chatops.grammar.binding import Bound, bind
from chatops.grammar.readers import Here
from chatops.grammar.shapes import Shape
from chatops.grammar.tokens import Token, cut, read_line
from chatops.registry import Command, registry

NOW = datetime(2026, 6, 10, 13, 0, tzinfo=UTC)
HERE = Here(NOW, ZoneInfo("Europe/Berlin"))


def read(line: str, commands: Sequence[Command] = ()) -> tuple[Command, Bound]:
    """The command of a line, and its arguments."""
    known = registry()
    cut_line = read_line(line)
    root = known.root_of(cut_line.root or "") or ""
    found = known.find(root, [token.text for token in cut_line.tokens[:2]])
    if found is None:
        bare = known.get(root, "")
        assert bare is not None, line
        found = bare, 0
    command, used = found
    return command, bind(line, cut_line.tokens[used:], command.shape, HERE)


def read_args(args: str, shape: Shape) -> Bound:
    """The arguments alone."""
    tokens: tuple[Token, ...] = cut(args)
    return bind(args, tokens, shape, HERE)
