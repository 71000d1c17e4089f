"""Every address of the product, taken from its own lists."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


def views_under(patterns: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (route, view) of these patterns, however deep."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views_under(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def every_route() -> dict[str, Any]:
    """Every route of `config.urls` with its view."""
    return dict(views_under(get_resolver().url_patterns))


def every_socket() -> list[str]:
    """Every route of the WebSocket application."""
    from web.room.sockets import socket_application

    inner = socket_application
    while not hasattr(inner, "routes"):
        inner = inner.inner
    return [str(route.pattern) for route in inner.routes]
