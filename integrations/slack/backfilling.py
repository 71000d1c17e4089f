"""Reading a channel's history again after a gap: page by page, each message handed on as if it came as an event.

What is handed on is a received row with an id made of what the message says, so that the same page read
twice gives the same rows; handling them finds what is here already and adds what is missing. The rows of a
page and the place where the reading stands are written together.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from chatops.models import Room
from common import clock, doorbell
from common.errors import PartnerTrouble
from common.ids import digest
from common.operations import operation
from common.pending import backoff
from common.testing.killpoint import killpoint
from connections.models import Connection, Received
from connections.secrets import seal
from integrations.slack import learning
from integrations.slack.client import client_for
from integrations.slack.history import DOOR
from integrations.slack.models import Backfill
from integrations.slack.moments import moment
from integrations.slack.pages import Page, as_ts, threads_without_start
from integrations.slack.values import Own

_PAGE = 200
#: how far before the gap a thread may have begun, or a line that was edited, deleted or reacted to in it
_BEFORE = timedelta(days=1)
_MOST_TRIES = 20
_MOST_THREADS = 500
#: a line of this moment may still be on its way into the history
_SETTLED = timedelta(seconds=5)
_MOMENT = timedelta(microseconds=1)
#: how the words about a channel begin that could not be read
NOT_READ = "could not be read"
#: nothing can be read there any more
_GONE = {"channel_not_found", "not_in_channel", "missing_scope"}
#: a thread that was deleted with all its answers; the channel is there
_NO_THREAD = "thread_not_found"


@operation
def plan(connection: Connection, since: datetime) -> int:
    """Have the connection's current channels read again from a moment on; returns how many."""
    rooms = Room.objects.filter(connection=connection, is_current=True, archived_at__isnull=True).exclude(outside_id="")
    for room in rooms.order_by("pk"):
        begin(room, since)
    return len(rooms)


def begin(room: Room, since: datetime) -> None:
    """Have one channel read again from a moment on. Joins the running transaction."""
    row, made = Backfill.objects.get_or_create(room=room, defaults={"since": since, "due_at": clock.now()})
    doorbell.ring_after_commit(Backfill)
    if made:
        return
    row = Backfill.objects.select_for_update(no_key=True).get(pk=row.pk)
    goes_on = row.state == Backfill.WAITING and row.due_at is not None
    Backfill.objects.filter(pk=row.pk).update(
        since=min(since, row.since) if goes_on else since,
        wanted=row.wanted + 1,
        reading={},
        found=row.found if goes_on else 0,
        state=Backfill.WAITING,
        attempts=0,
        due_at=clock.now(),
    )


def read_on(row: Backfill) -> None:
    """Read one page more. Leaves the row due again, done, or done with the reason why it can't be read."""
    room = Room.objects.select_related("connection").get(pk=row.room_id)
    own = learning.own_of(room.connection)
    if own is None:
        row.again(error="Slack has not said yet who we are", at=clock.now() + timedelta(seconds=30), count=False)
        return
    try:
        _read_page(row, room, own)
    except PartnerTrouble as trouble:
        _trouble(row, trouble)


def _read_page(row: Backfill, room: Room, own: Own) -> None:
    asked_at = clock.now()
    threads: list[str] = list(row.reading.get("threads", []))
    thread = threads[0] if row.reading.get("in_threads") else ""
    before, edge = str(row.reading.get("cursor", "")), str(row.reading.get("edge", ""))
    oldest = row.since - _BEFORE
    messages, cursor = _ask(room, thread, oldest, before)
    page = Page(room, own, asked_at, messages or [], thread, is_gone=messages is None)
    # History runs from new to old, threads from old to new: a page begins behind where the one before it ended,
    # and the ends reach as far as was asked for.
    step = _MOMENT if thread else -_MOMENT
    begins = moment(edge) + step if edge and before else None
    settled = asked_at - _SETTLED
    if thread:
        page.reach(earliest=begins if before else oldest, latest=None if cursor else settled)
    else:
        page.reach(earliest=None if cursor else oldest, latest=begins if before else settled)
        threads += [ts for ts in page.threads(row.since) if ts not in threads][:_MOST_THREADS]
    if not cursor and thread:
        threads = threads[1:]
    elif not cursor:
        threads += [ts for ts in threads_without_start(room, own, oldest) if ts not in threads][:_MOST_THREADS]
    reading = {"threads": threads, "cursor": cursor, "in_threads": bool(thread) or not cursor}
    reading |= {"edge": page.edge or edge} if cursor else {}
    _store(row, room, page.bodies(), reading, is_over=reading["in_threads"] is True and not threads)


def _ask(room: Room, thread: str, oldest: datetime, cursor: str) -> tuple[list[dict[str, Any]] | None, str]:
    """A page of the channel or of a thread, and the cursor of the next; None for a thread that is gone.

    :raises PartnerTrouble: Slack refuses for another reason, or does not answer.
    """
    params: dict[str, Any] = {"channel": room.outside_id, "limit": _PAGE, "oldest": as_ts(oldest)}
    params |= ({"ts": thread} if thread else {}) | ({"cursor": cursor} if cursor else {})
    try:
        answer = client_for(room.connection).call(
            "conversations.replies" if thread else "conversations.history", **params
        )
    except PartnerTrouble as trouble:
        if not thread or trouble.code != _NO_THREAD:
            raise
        return None, ""
    messages = [message for message in answer.get("messages") or [] if isinstance(message, dict) and message.get("ts")]
    return messages, str((answer.get("response_metadata") or {}).get("next_cursor") or "")


def _store(
    row: Backfill, room: Room, bodies: Sequence[dict[str, Any]], reading: dict[str, Any], *, is_over: bool
) -> None:
    with transaction.atomic():
        found = row.found + _hand_on(row, room, bodies)
        killpoint("K25")
        asked = Backfill.objects.select_for_update(no_key=True).get(pk=row.pk).wanted
        now = clock.now()
        if asked != row.wanted:
            # Asked for anew while this page was read: it begins again.
            mine = row.again(error="", at=now, count=False, attempts=0)
        elif is_over:
            mine = row.done(found=found, reading={}, attempts=0, done_at=now, detail=f"{found} messages handed on")
        else:
            mine = row.again(error="", at=now, count=False, attempts=0, found=found, reading=reading)
        if not mine:
            transaction.set_rollback(True)
    doorbell.ring(Backfill._meta.label_lower)


def _hand_on(row: Backfill, room: Room, bodies: Sequence[dict[str, Any]]) -> int:
    """Store them as received rows; what this reading stored before stays as it is. Returns how many."""
    now = clock.now()
    rows = {}
    for body in bodies:
        raw = json.dumps(body, sort_keys=True).encode()
        said = json.dumps({key: value for key, value in body.items() if key != "seen_at"}, sort_keys=True)
        outside_id = f"{DOOR}|{room.outside_id}:{row.wanted}:{digest(said)[:40]}"
        rows[outside_id] = Received(
            connection=room.connection,
            door=DOOR,
            outside_id=outside_id,
            sealed_body=seal(raw),
            size=len(raw),
            due_at=now,
        )
    known = Received.objects.filter(connection=room.connection, outside_id__in=list(rows))
    for outside_id in known.values_list("outside_id", flat=True):
        del rows[outside_id]
    Received.objects.bulk_create(rows.values(), ignore_conflicts=True)
    if rows:
        doorbell.ring_after_commit(Received)
    return len(rows)


def _trouble(row: Backfill, trouble: PartnerTrouble) -> None:
    if trouble.code in _GONE or (trouble.permanent and row.attempts):
        row.done(reading={}, detail=f"{NOT_READ}: {trouble.message}"[:300], done_at=clock.now())
        return
    pause = timedelta(seconds=trouble.retry_after) if trouble.retry_after is not None else backoff(row.attempts + 1)
    tries = row.attempts + (trouble.retry_after is None)
    if tries > _MOST_TRIES:
        row.bury(error=trouble.message)
        return
    row.again(error=trouble.message, at=clock.now() + pause, count=False, attempts=tries)
