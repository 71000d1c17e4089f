"""What the grammar says when a line can't be read."""

from collections.abc import Sequence
from dataclasses import dataclass

#: from where to where in the typed line
Span = tuple[int, int]


@dataclass(frozen=True)
class Choice:
    """One way to go on: `value` takes the place of the part of the line that was not understood."""

    label: str
    value: str


class Unreadable(Exception):
    """A line, or a part of it, could not be read. Nothing was done.

    `span` is the part in question (empty where something is missing); `choices` go there. `wants` is the
    name of the argument that is missing or unclear, so that choices can be looked up for it.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        span: Span | None = None,
        choices: Sequence[Choice] = (),
        wants: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.span = span
        self.choices = tuple(choices)
        self.wants = wants

    def at(self, span: Span, wants: str = "") -> "Unreadable":
        """The same complaint about a part of a line (a span that is known stays)."""
        return Unreadable(
            self.message,
            hint=self.hint,
            span=self.span or span,
            choices=self.choices,
            wants=self.wants or wants,
        )


def splice(source: str, span: Span, value: str) -> str:
    """Put a value into a typed line in place of a part of it; everything else stays as typed."""
    start, end = span
    before, after = source[:start].rstrip(), source[end:].strip()
    return " ".join(part for part in (before, value, after) if part)


def shortened(text: str, most: int = 40) -> str:
    """A word of the user in a message: cut when it is long, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
