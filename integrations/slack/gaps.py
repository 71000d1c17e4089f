"""When something may have been missed: we were away, Slack could not reach us, or it held events back.

Slack tries an event again at once, after a minute and after five more (docs.slack.dev/apis/events-api), so a
shorter absence loses nothing.
"""

from datetime import datetime, timedelta

from common import clock
from connections.models import Connection, Received
from integrations.slack.backfilling import plan
from integrations.slack.models import Watch

_EVERY = timedelta(minutes=1)
#: longer than Slack tries again
_GAP = timedelta(minutes=6)
_MARGIN = timedelta(minutes=2)


def look(watch: Watch) -> None:
    """Have the channels read again where we were away, or where a connection works again after trouble."""
    now = clock.now()
    was_away = now - watch.looked_at > _GAP
    seen = {}
    for connection in Connection.objects.filter(kind="slack", is_on=True, removed_at__isnull=True):
        key = str(connection.pk)
        since = watch.seen.get(key) or ""
        troubled_at = connection.paused_at or (connection.trouble_since if connection.trouble else None)
        if troubled_at is not None:
            seen[key] = since or troubled_at.isoformat()
        elif since and now - datetime.fromisoformat(since) > _GAP:
            plan(connection, datetime.fromisoformat(since) - _MARGIN)
        if was_away and troubled_at is None:
            plan(connection, watch.looked_at - _MARGIN)
    watch.again(error="", at=now + _EVERY, count=False, attempts=0, looked_at=now, seen=seen)


def notice_late(received: Received) -> None:
    """An event that Slack could not deliver at first, after a long silence: others before it may have been given up."""
    if not received.door.endswith("/events") or not _is_late_try(received):
        return
    before = Received.objects.filter(
        connection=received.connection, door=received.door, received_at__lt=received.received_at
    )
    last = before.order_by("-received_at").values_list("received_at", flat=True).first()
    if last is not None and received.received_at - last > _GAP:
        plan(received.connection, last - _MARGIN)


def _is_late_try(received: Received) -> bool:
    """The second and third try come minutes after the event; the first comes at once and says nothing."""
    tries = {name.lower(): value for name, value in (received.headers or {}).items()}
    return str(tries.get("x-slack-retry-num", "")) in ("2", "3")
