"""One more look at the very moment of handing a page over: drawing it and reaching the provider takes time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_look: ContextVar[Callable[[], bool] | None] = ContextVar("last_look", default=None)


class Overtaken(Exception):
    """It was answered, or is over, since this send began: nothing was handed over."""


@contextmanager
def looking(is_wanted: Callable[[], bool]) -> Iterator[None]:
    """Around a send: how to find out whether it is still wanted."""
    token = _look.set(is_wanted)
    try:
        yield
    finally:
        _look.reset(token)


def look_again() -> None:
    """Called by who reaches people, when the next thing is that the provider gets it. Outside of a page it says yes.

    :raises Overtaken: it is not wanted any more.
    """
    is_wanted = _look.get()
    if is_wanted is not None and not is_wanted():
        raise Overtaken
