"""News: what packages tell each other, inside the transaction that made it true.

`tell` calls every listener at once, in the same transaction. A listener only writes rows; it never
calls out. Telling outside a transaction raises: there would be nothing to join.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

N = TypeVar("N")

_listeners: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


class ToldOutsideTransaction(RuntimeError):
    """News was told where no transaction is open."""


def listens(kind: type[N]) -> Callable[[Callable[[N], None]], Callable[[N], None]]:
    """Register a listener for one kind of news (used in a package's `reactions.py`)."""

    def register(function: Callable[[N], None]) -> Callable[[N], None]:
        if function not in _listeners[kind]:
            _listeners[kind].append(function)
        return function

    return register


def tell(item: object) -> None:
    """Tell one piece of news to everyone who listens.

    :raises ToldOutsideTransaction: when no transaction is open.
    """
    if not transaction.get_connection().in_atomic_block:
        raise ToldOutsideTransaction(type(item).__name__)
    for listener in _listeners[type(item)]:
        listener(item)


def listeners() -> dict[type, list[Callable[[Any], None]]]:
    """Return who listens to what (for the docs and their test)."""
    return {kind: list(found) for kind, found in _listeners.items() if found}
