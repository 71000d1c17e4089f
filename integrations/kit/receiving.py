"""The door's way for what a long-lived connection brings: stored and committed first, then answered."""

import logging

from common.testing.killpoint import killpoint
from integrations.kit.arriving import kept, ring, stable_id
from integrations.kit.manifest import Door, Headers
from integrations.kit.writer import Arrived, Writer

log = logging.getLogger(__name__)

#: a sender that got no answer in this time sends it again; then it is known
_STORE_SECONDS = 3.0


class Receiver:
    """Stores requests for threads; those that come together share one commit."""

    def __init__(self) -> None:
        self._writer = Writer(after_commit=ring)

    def start(self) -> None:
        self._writer.start()

    def stop(self) -> None:
        self._writer.stop()

    def take(self, *, connection_id: int, door: Door, headers: Headers, raw: bytes) -> bool:
        """Store a genuine request as the row that it would be if it had come through the door.

        True once it is committed (or was there already). False: it must not be acknowledged.
        """
        killpoint("K1")
        arrived = Arrived(
            connection_id=connection_id,
            door=door.path,
            outside_id=stable_id(door, headers, raw),
            headers=kept(headers),
            body=raw,
        )
        try:
            self._writer.store_and_wait(arrived, _STORE_SECONDS)
        except Exception as error:
            log.error("a request to %s could not be stored: %r", door.path, error)
            return False
        killpoint("K2")
        return True
