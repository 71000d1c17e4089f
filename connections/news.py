"""What connections tells the rest of the house."""

from dataclasses import dataclass

from accounts.actors import Actor


@dataclass(frozen=True)
class ConnectionRemoved:
    """A connection was taken away. Nothing is shown in its places any more."""

    connection_id: int


@dataclass(frozen=True)
class ConnectionPaused:
    """Somebody said that the other side is down: nothing is tried until they say otherwise."""

    connection_id: int
    name: str
    by: Actor


@dataclass(frozen=True)
class ConnectionResumed:
    """The other side is back, somebody said: what waits goes now."""

    connection_id: int
    name: str
    waiting: int
    by: Actor
