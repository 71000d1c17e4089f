"""Looking at what came in, after it was answered: one row, one transaction, one outcome."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction

from common.errors import Refused
from common.operations import operation
from common.testing.killpoint import killpoint
from connections.models import Received

log = logging.getLogger(__name__)

#: a room is held by what is worked together, so it is not too much at once
MOST_TOGETHER = 25


class Unreadable(Exception):
    """The request was genuine but could not be understood; the text says why."""


@dataclass(frozen=True)
class Outcome:
    """What became of a received request."""

    kind: str = "done"
    text: str = ""
    incident: int | None = None
    is_private: bool = False


R = TypeVar("R", bound=Received)
Handler = Callable[[Received], Outcome]
#: the number of the incident that a request belongs to as far as anybody can tell, and whether that is private
Belongs = Callable[[Received], tuple[int | None, bool]]
_handlers: dict[str, Handler] = {}
_belongs: dict[str, Belongs] = {}


@dataclass(frozen=True)
class Together:
    """How rows that are about one place, such as the lines of a channel, are worked in one transaction.

    `place_of`: where a row belongs, "" for one that goes alone; it may only look at the row.
    `handle`: an outcome for each row in order, or for as many of the first as go together.
    """

    place_of: Callable[[Received], str]
    handle: Callable[[Sequence[Received]], Sequence[Outcome]]


_together: dict[str, Together] = {}


def register_handler(
    connection_kind: str, handler: Handler, belongs: Belongs | None = None, together: Together | None = None
) -> None:
    """Say who understands what a kind of connection receives, and which of it goes together.

    `belongs` is asked about what could not be handled, so that the row is nobody else's to see; it never raises.
    """
    _handlers[connection_kind] = handler
    if belongs is not None:
        _belongs[connection_kind] = belongs
    if together is not None:
        _together[connection_kind] = together


def in_groups(rows: Iterable[R]) -> Iterator[list[R]]:
    """Put together what is about one place, in its order. A row that goes alone has all before it done first."""
    waiting: dict[tuple[int, str], list[R]] = {}
    for row in rows:
        place = _place_of(row)
        if not place:
            yield from waiting.values()
            waiting = {}
            yield [row]
            continue
        group = waiting.setdefault((row.connection_id, place), [])
        group.append(row)
        if len(group) >= MOST_TOGETHER:
            yield waiting.pop((row.connection_id, place))
    yield from waiting.values()


def _place_of(row: Received) -> str:
    together = _together.get(row.connection.kind)
    if together is None or row.attempts:
        # What failed before must not take others with it again.
        return ""
    try:
        return together.place_of(row)
    except Exception:
        # Alone it gets its outcome.
        return ""


def handle_group(rows: Sequence[Received]) -> None:
    """Work rows of one place, as many in one transaction as go together.

    When that fails nothing of it is left, and each is worked alone: the one that is to blame is retried or given up
    by itself.
    """
    left = list(rows)
    while left:
        taken = _try_together(left) if len(left) > 1 else 0
        if taken is None:
            for row in left:
                handle(row)
            return
        left = left[taken:]
        if left:
            handle(left.pop(0))


def _try_together(rows: Sequence[Received]) -> int | None:
    """Returns how many of the first are done; None when it failed and nothing is."""
    killpoint("K3")
    try:
        return _handle_together(rows, _together[rows[0].connection.kind])
    except (_TakenOver, Unreadable, Refused) as error:
        log.info("%s received rows go one by one: %s", len(rows), error)
    except Exception:
        log.exception("%s received rows failed together and go one by one", len(rows))
    return None


@operation
def _handle_together(rows: Sequence[Received], together: Together) -> int:
    with transaction.atomic():
        outcomes = together.handle(rows)
        by_outcome: dict[Outcome, list[Received]] = {}
        for row, outcome in zip(rows, outcomes, strict=False):
            by_outcome.setdefault(outcome, []).append(row)
        for outcome, same in by_outcome.items():
            if not Received.all_done(same, **_fields(outcome)):
                raise _TakenOver
        killpoint("K4")
    return len(outcomes)


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
        received.bury(error=str(error), outcome="failed", outcome_text=str(error)[:500], **_marks(received))
    except Refused as error:
        received.bury(error=error.message, outcome="failed", outcome_text=error.message[:500], **_marks(received))
    except Exception as error:
        log.exception("received row %s failed", received.pk)
        received.lease_owner = owner
        received.again(error=repr(error), outcome="failed", outcome_text=repr(error)[:500], **_marks(received))


def _marks(received: Received) -> dict[str, Any]:
    """Whose a row is that could not be handled."""
    belongs = _belongs.get(received.connection.kind)
    if belongs is None:
        return {}
    number, is_private = belongs(received)
    return {"incident_number": number, "is_private": is_private}


@operation
def _handle(received: Received, handler: Handler, owner: str) -> None:
    """The handler's writes and the row's outcome, together or not at all; a deadlock repeats both."""
    received.lease_owner = owner
    with transaction.atomic():
        outcome = handler(received)
        if not received.done(**_fields(outcome)):
            raise _TakenOver
        killpoint("K4")


def _fields(outcome: Outcome) -> dict[str, Any]:
    return {
        "outcome": outcome.kind,
        "outcome_text": outcome.text[:500],
        "incident_number": outcome.incident,
        "is_private": outcome.is_private,
    }


class _TakenOver(Exception):
    """It took longer than the lease; somebody else works the row now."""
