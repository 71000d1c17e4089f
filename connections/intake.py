"""Looking at what came in, after it was answered: one row, one transaction, one outcome."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from common.errors import Refused
from common.operations import operation
from common.testing.killpoint import killpoint
from connections.models import Received

log = logging.getLogger(__name__)


class Unreadable(Exception):
    """The request was genuine but could not be understood; the text says why."""


@dataclass(frozen=True)
class Outcome:
    """What became of a received request."""

    kind: str = "done"
    text: str = ""
    incident: int | None = None
    is_private: bool = False


Handler = Callable[[Received], Outcome]
_handlers: dict[str, Handler] = {}


def register_handler(connection_kind: str, handler: Handler) -> None:
    """Say who understands what a kind of connection receives."""
    _handlers[connection_kind] = handler


def handle(received: Received) -> None:
    """Let the integration translate the row and run the operations, all in one transaction.

    A row that can't be read ends as failed and visible at once; other errors are tried again and become
    a dead letter after five tries. Nothing is half-written.
    """
    killpoint("K3")
    handler = _handlers.get(received.connection.kind)
    if handler is None:
        received.bury(error="integration not installed", outcome="failed", outcome_text="integration not installed")
        return
    owner = received.lease_owner
    try:
        _handle(received, handler, owner)
    except _TakenOver:
        log.warning("received row %s was taken over, nothing was changed here", received.pk)
    except Unreadable as error:
        received.bury(error=str(error), outcome="failed", outcome_text=str(error)[:500])
    except Refused as error:
        received.bury(error=error.message, outcome="failed", outcome_text=error.message[:500])
    except Exception as error:
        log.exception("received row %s failed", received.pk)
        received.lease_owner = owner
        received.again(error=repr(error), outcome="failed", outcome_text=repr(error)[:500])


@operation
def _handle(received: Received, handler: Handler, owner: str) -> None:
    """The handler's writes and the row's outcome, together or not at all; a deadlock repeats both."""
    received.lease_owner = owner
    with transaction.atomic():
        outcome = handler(received)
        mine = received.done(
            outcome=outcome.kind,
            outcome_text=outcome.text[:500],
            incident_number=outcome.incident,
            is_private=outcome.is_private,
        )
        if not mine:
            raise _TakenOver
        killpoint("K4")


class _TakenOver(Exception):
    """It took longer than the lease; somebody else works the row now."""
