"""Every address of the product, with values in the place of its parameters."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def every_address(values: dict[str, str]) -> list[str]:
    """Return an address for each route; signing out is left out."""
    found = {fill(path, values) for path, _ in routes(get_resolver().url_patterns)}
    return sorted(address for address in found if "logout" not in address)


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield path, pattern


def fill(path: str, values: dict[str, str]) -> str:
    """Return an address for a route, with values in the place of its parameters."""
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda m: values.get(m.group(1), "1"), path)
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: values.get(m.group(1), "1"), path)
    return "/" + path.replace("^", "").replace("$", "").replace("\\", "").replace("?:", "")
