"""What later events make of a line, whatever order they were heard in. Pure: changes in, a state out.

A chat may tell of an edit before the line, or of a reaction after it was taken away. So each change keeps
the time at which it happened there, and what counts is the order of those times, ties by number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

PIN = "📌"


@dataclass(frozen=True)
class Wording:
    """How a line read from a moment on."""

    at: datetime
    order: int
    text: str


@dataclass(frozen=True)
class Mark:
    """A pin or a reaction, put on or taken away; `emoji` is empty for a pin."""

    at: datetime
    order: int
    who: str
    on: bool
    emoji: str = ""


def former(wordings: Iterable[Wording]) -> list[tuple[str, datetime]]:
    """The earlier wordings, oldest first, each with the moment until which it stood."""
    told = sorted(wordings, key=_when)
    return [(one.text, following.at) for one, following in pairwise(told)]


def wins(change: Wording | Mark, others: Iterable[Wording | Mark]) -> bool:
    """Tell whether nothing later than this change is known."""
    return all(_when(other) <= _when(change) for other in others)


def is_pinned(marks: Iterable[Mark]) -> bool:
    """Tell whether the line belongs to the story: pinned, or by the first 📌; unpinned, or without the last 📌."""
    pinned = False
    holders: set[tuple[str, str]] = set()
    for mark in sorted(marks, key=_when):
        if mark.emoji and not mark.on:
            held = bool(holders)
            holders.discard((mark.who, mark.emoji))
            pinned = pinned and not (held and not holders)
            continue
        if mark.emoji:
            holders.add((mark.who, mark.emoji))
        pinned = mark.on
    return pinned


def _when(change: Wording | Mark) -> tuple[datetime, int]:
    return change.at, change.order
