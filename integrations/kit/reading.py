"""Small readers for other systems' objects: whatever is missing or of another type reads as empty."""

from typing import Any

Json = dict[str, Any]


def part(data: Json, name: str) -> Json:
    """An object inside another."""
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def parts(data: Json, name: str) -> list[Json]:
    """The objects of a list."""
    value = data.get(name)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def words(data: Json, name: str, most: int = 300) -> str:
    """A text, cut; a number as its digits."""
    value = data.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return " ".join(value.split())[:most] if isinstance(value, str) else ""


def number(data: Json, name: str, otherwise: int = 0) -> int:
    """A whole number."""
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
