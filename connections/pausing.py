"""Saying that the other side is down: nothing is tried any more, everything waits, and what comes in is heard."""

from django.db.models import F
from django.db.models.functions import Coalesce, Greatest

from accounts import audit
from accounts.actors import Actor
from accounts.permissions import Right, require
from common import clock, doorbell
from common.errors import Conflict
from common.news import tell
from common.operations import operation
from connections.models import Connection, Delivery, Lane
from connections.news import ConnectionPaused, ConnectionResumed


@operation
def pause_connection(*, connection: Connection, by: Actor) -> None:
    """Stop trying to send: somebody knows that the other side is down. Lines wait; the rooms are told.

    :raises Conflict: it was removed, or is switched off.
    """
    require(by, Right.ADMINISTER, "pause connections")
    row = _locked(connection)
    if not row.is_on:
        raise Conflict("This connection is switched off.")
    if row.paused_at is not None:
        return
    row.paused_at, row.paused_by = clock.now(), by.user
    row.save(update_fields=["paused_at", "paused_by"])
    audit.record(by, "connection.paused", "connection", row.pk)
    tell(ConnectionPaused(connection_id=row.pk, name=row.name, by=by))


@operation
def resume_connection(*, connection: Connection, by: Actor) -> None:
    """Go on: what waited goes now, once and in its order.

    :raises Conflict: it was removed.
    """
    require(by, Right.ADMINISTER, "pause connections")
    row = _locked(connection)
    if row.paused_at is None:
        return
    since, row.paused_at, row.paused_by = row.paused_at, None, None
    row.save(update_fields=["paused_at", "paused_by"])
    now = clock.now()
    Lane.objects.filter(connection=row, due_at__gt=now).update(due_at=Greatest(Coalesce(F("next_at"), now), now))
    doorbell.ring_after_commit(Lane)
    waiting = waiting_lines(row.pk)
    audit.record(
        by, "connection.resumed", "connection", row.pk, before={"since": since.isoformat()}, after={"waiting": waiting}
    )
    tell(ConnectionResumed(connection_id=row.pk, name=row.name, waiting=waiting, by=by))


def waiting_lines(connection: int) -> int:
    """How many things have not been shown on the other side yet, as they are now.

    :param connection: its id.
    """
    return Delivery.objects.filter(
        lane__connection_id=connection, lane__kind="chat", dead_at__isnull=True, wanted__gt=F("shown")
    ).count()


def _locked(connection: Connection) -> Connection:
    row = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    if row.removed_at is not None:
        raise Conflict("This connection was removed.")
    return row
