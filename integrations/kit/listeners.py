"""Long-lived connections: an integration registers a function that runs one until it is told to stop.

`manage.py listen` (and later `serve`) runs them. A listener only receives: it stores what comes in, as the
door does, and answers. It is called again when it returns or raises before it was told to stop.
"""

from collections.abc import Callable
from threading import Event

#: runs until the event is set; waits by `event.wait(seconds)`, never by sleeping.
Listener = Callable[[Event], None]

_listeners: dict[str, Listener] = {}


def register_listener(name: str, run: Listener) -> None:
    """Say how a long-lived connection is run; `name` is shown in logs (called in an app's `ready`)."""
    _listeners[name] = run


def listeners() -> dict[str, Listener]:
    """Every registered listener by name."""
    return dict(sorted(_listeners.items()))
