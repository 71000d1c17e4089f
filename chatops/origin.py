"""Where what is being recorded was heard: it stands there already, and nothing has to be sent to that lane."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_lane: ContextVar[int] = ContextVar("heard_in", default=0)


@contextmanager
def heard_in(lane_id: int) -> Iterator[None]:
    """Inside, a line that is recorded came from this lane."""
    token = _lane.set(lane_id)
    try:
        yield
    finally:
        _lane.reset(token)


def lane_of_origin() -> int:
    """The lane that a line comes from; 0 for one that was not heard in a chat."""
    return _lane.get()
