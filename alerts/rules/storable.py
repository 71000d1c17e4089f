"""What machines send, in a form that every database takes. Pure."""

import math
from typing import Any

_DEEPEST = 20


def storable(value: Any, depth: int = 0) -> Any:
    """Return the JSON value with NUL and broken characters replaced, and no number that JSON doesn't know."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, int):
        return value
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {storable(str(name)): storable(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [storable(inner, depth + 1) for inner in value]
    return storable(str(value))
