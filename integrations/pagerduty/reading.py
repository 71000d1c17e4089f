"""Small readers for PagerDuty's objects: whatever is missing or of another type reads as empty."""

import re
from typing import Any

from incidents.rules import texts

Json = dict[str, Any]

_PRIORITY = re.compile(r"(?:P|SEV|SEV-|S)\s*-?\s*([1-5])\b", re.IGNORECASE)
_LONGEST_TEXT = 11_000


def part(data: Json, name: str) -> Json:
    """An object inside another."""
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def parts(data: Json, name: str) -> list[Json]:
    """The objects of a list."""
    value = data.get(name)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def words(data: Json, name: str, most: int = 120) -> str:
    """A text, without what can't be shown or stored."""
    value = data.get(name)
    return texts.mild(value).strip()[:most] if isinstance(value, str) else ""


def summary(data: Json, name: str) -> str:
    """The name of a referenced object."""
    return words(part(data, name), "summary")


def summaries(data: Json, name: str) -> str:
    """The names of a list of referenced objects."""
    return ", ".join(found for entry in parts(data, name) if (found := words(entry, "summary")))


def long_text(data: Json, name: str) -> str:
    """A note's text; PagerDuty cuts long ones and says so."""
    return words(data, name, _LONGEST_TEXT) + (" …" if data.get("trimmed") is True else "")


def url(data: Json, name: str) -> str:
    """A web address, https only."""
    value = data.get(name)
    if not isinstance(value, str) or not value.startswith("https://") or len(value) > 500:
        return ""
    return value if value.isascii() and value.isprintable() and " " not in value else ""


def title(data: Json) -> str:
    """What the incident is called."""
    return words(data, "title", 300) or words(data, "summary", 300) or "PagerDuty incident"


def severity(data: Json) -> int | None:
    """P1 ... P5 and SEV-1 ... SEV-5 by name; without a priority nothing is said."""
    match = _PRIORITY.search(summary(data, "priority"))
    return int(match.group(1)) if match else None
