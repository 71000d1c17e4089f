"""The words of a page that every pager needs. Pure."""

from dataclasses import dataclass

from django.conf import settings

from oncall.ports import Facts

_LONGEST = 120
_MENTIONED_FROM = 60


@dataclass(frozen=True)
class Said:
    """What a page says: what and how bad in one line, then the facts; and where the room is."""

    headline: str
    lines: tuple[str, ...]
    room: str


def said_of(facts: Facts) -> Said:
    """Put a page into words. Of what is private only the headline."""
    lines = () if facts.is_private else tuple(one_line(line, 300) for line in facts.lines if line.strip())
    headline = f"[{facts.severity}] {facts.title}" if facts.severity else facts.title
    return Said(headline=one_line(headline), lines=lines, room=absolute(facts.url))


def late(seconds: int) -> str:
    """`delayed 4 min by an outage of ours`; empty when that is not worth a word."""
    if seconds < _MENTIONED_FROM:
        return ""
    minutes = round(seconds / 60)
    lasted = f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"
    return f"delayed {lasted} by an outage of ours"


def one_line(text: str, most: int = _LONGEST) -> str:
    """Text that is one line wherever it stands: no breaks or control characters, cut at a length."""
    clean = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return clean if len(clean) <= most else f"{clean[: most - 1].rstrip()}…"


def absolute(url: str) -> str:
    """An address that works outside of the product."""
    return f"{settings.BASE_URL}{url}" if url.startswith("/") else url
