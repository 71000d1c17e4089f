"""What connections tells the rest of the house."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConnectionRemoved:
    """A connection was taken away. Nothing is shown in its places any more."""

    connection_id: int
