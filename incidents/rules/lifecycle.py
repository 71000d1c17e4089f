"""Which way an incident may go. Pure: states in, a verdict out."""

from common.errors import Conflict, Invalid
from incidents.models.incident import OPEN, Status

#: roles that must be held before closing, by severity; a reason waives them.
_REQUIRED_ROLES = {1: ("commander",), 2: ("commander",), 3: ("commander",)}
REASON_LENGTH = 10

_ENDED = (Status.CANCELLED, Status.MERGED)


def check_move(old: str, new: str) -> None:
    """Refuse a move that is not part of an incident's life.

    Forward jumps and jumps back among the open statuses are free. From resolved and closed the way back
    is reopening; cancelled and merged incidents only reopen.

    :raises Invalid: the status is none, or one that has a command of its own.
    :raises Conflict: the incident's state does not allow it.
    """
    if new not in Status.values:
        raise Invalid(
            f"“{new}” is no status. Use one of: {', '.join(s for s in Status.values if s not in _ENDED)}.",
            field="status",
        )
    if new in _ENDED:
        raise Invalid(f"Use {'merge' if new == Status.MERGED else 'cancel'} for that.", field="status")
    if old in _ENDED:
        raise Conflict(f"It is {old}. Reopen it first, with a reason.", field="status")
    if old in (Status.RESOLVED, Status.CLOSED) and new in OPEN:
        raise Conflict(f"It is {old}. Reopen it with a reason: reopen <reason>.", field="status")
    if old == Status.CLOSED and new == Status.RESOLVED:
        raise Conflict("It is closed already.", field="status")


def check_reason(reason: str) -> str:
    """Return the reason, trimmed.

    :raises Invalid: when it is shorter than ten characters.
    """
    reason = reason.strip()
    if len(reason) < REASON_LENGTH:
        raise Invalid(f"Say why in {REASON_LENGTH} characters or more.", field="reason")
    return reason


def missing_roles(severity: int, held: set[str]) -> list[str]:
    """Return the roles that this severity requires and nobody holds."""
    return [role for role in _REQUIRED_ROLES.get(severity, ()) if role not in held]


def update_interval_minutes(severity: int) -> int | None:
    """Return after how many minutes the next status update is due (None: never by itself)."""
    return {1: 30, 2: 60, 3: 240}.get(severity)
