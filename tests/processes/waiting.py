"""Bounded waiting: ask again and again instead of sleeping for a guess."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_EVERY = 0.05


def wait_until(predicate: Callable[[], T], seconds: float = 20.0, what: str = "it") -> T:
    """Ask until the answer is true; returns it.

    :raises AssertionError: it did not come about in time.
    """
    end = time.monotonic() + seconds
    while True:
        found = predicate()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds:.0f} s; the last answer was {found!r}")
        time.sleep(_EVERY)
