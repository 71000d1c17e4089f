"""Writes on connections, received requests and deliveries."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db.models import Case, F, When
from django.db.models.functions import Coalesce, Greatest

from accounts import audit
from accounts.actors import Actor
from accounts.permissions import Right, require
from common import clock, doorbell
from common.errors import Conflict, Invalid, PartnerTrouble
from common.ids import digest, new_secret
from common.operations import operation
from connections import checks
from connections.catalogue import entry
from connections.checks import Finding
from connections.models import Connection, Delivery, Lane


@operation
def want(
    lane_ids: Iterable[int],
    *,
    thing_kind: str,
    thing_id: int,
    incident_number: int | None = None,
    priority: int = 5,
    position: int = 0,
    lanes_are_new: bool = False,
) -> None:
    """Ask that each lane shows the thing as it is now. Asking again means: it changed, show it anew.

    `lanes_are_new`: they were made closed in this transaction, so nobody works them yet and opening them
    makes them due.
    Joins the running transaction. A few statements, however many lanes.
    """
    ids = list(lane_ids)
    if not ids:
        return
    now = clock.now()
    table = Delivery._meta.db_table
    row = "(%s, %s, %s, 1, 0, %s, %s, '', %s, 0, '', %s)"
    values: list[Any] = []
    for lane_id in ids:
        values += [lane_id, thing_kind, thing_id, priority, position, incident_number, now]
    with database.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (lane_id, thing_kind, thing_id, wanted, shown, priority, position,"  # noqa: S608
            " outside_ref, incident_number, attempt_count, last_error, created_at) VALUES "
            + ", ".join([row] * len(ids))
            + " ON CONFLICT (lane_id, thing_kind, thing_id)"
            f" DO UPDATE SET wanted = {table}.wanted + 1, dead_at = NULL, held_at = NULL,"
            f" attempt_count = CASE WHEN {table}.dead_at IS NULL THEN {table}.attempt_count ELSE 0 END",
            values,
        )
    if lanes_are_new:
        return
    _make_due(ids, now)
    doorbell.ring_after_commit(Lane)


@operation
def want_again(lane_ids: Iterable[int], *, thing_kind: str) -> None:
    """What these lanes show of this kind has changed: show it anew. Joins the running transaction."""
    ids = sorted(set(lane_ids))
    shown = Delivery.objects.filter(lane_id__in=ids, thing_kind=thing_kind)
    tries = Case(When(dead_at__isnull=True, then=F("attempt_count")), default=0)
    if not shown.update(wanted=F("wanted") + 1, attempt_count=tries, dead_at=None):
        return
    _make_due(ids, clock.now())
    doorbell.ring_after_commit(Lane)


def _make_due(ids: list[int], now: datetime) -> None:
    """Make these lanes due, and let nobody put them to rest before this transaction has committed.

    Every lane is held by a key-share lock. Many may hold it at once and it delays no worker, except one
    that is about to find the lane empty: that one waits for our commit and then sees the delivery. Had it
    been quicker, the lane is at rest by the time we hold it, and is made due after all.
    """
    at_rest = Lane.objects.filter(pk__in=ids, due_at__isnull=True, is_open=True)
    changes = {"due_at": Greatest(Coalesce(F("next_at"), now), now)}
    at_rest.update(**changes)
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM {Lane._meta.db_table} WHERE id = ANY(%s) FOR KEY SHARE",  # noqa: S608
                [ids],
            )
        at_rest.update(**changes)


def already_shown(lane: Lane, *, thing_kind: str, refs: Mapping[int, str], incident_number: int | None = None) -> None:
    """Record that the place shows these things already, because they came from there: no echo.

    `refs`: what each of them (by its id) is called there. One statement, however many they are.
    """
    if not refs:
        return
    now = Delivery._meta.get_field("shown_at").get_db_prep_value(clock.now(), database)
    table = Delivery._meta.db_table
    row = "(%s, %s, %s, 1, 1, 5, 0, %s, %s, 0, '', %s, %s)"
    values: list[Any] = []
    for thing_id, ref in refs.items():
        values += [lane.pk, thing_kind, thing_id, ref, incident_number, now, now]
    with database.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (lane_id, thing_kind, thing_id, wanted, shown, priority, position,"  # noqa: S608
            " outside_ref, incident_number, attempt_count, last_error, created_at, shown_at) VALUES "
            + ", ".join([row] * len(refs))
            + " ON CONFLICT (lane_id, thing_kind, thing_id)"
            f" DO UPDATE SET shown = {table}.wanted, outside_ref = excluded.outside_ref, shown_at = excluded.shown_at",
            values,
        )


@operation
def open_lane(lane: Lane, address: str) -> None:
    """The lane's place exists now: what waits in it may go."""
    # Waits for those who want something in it at this moment and still see it closed.
    Lane.objects.select_for_update().get(pk=lane.pk)
    Lane.objects.filter(pk=lane.pk).update(address=address, is_open=True, due_at=clock.now())
    lane.address, lane.is_open = address, True
    doorbell.ring_after_commit(Lane)


@operation
def close_lane(lane: Lane) -> None:
    """The lane's place can't be used: what waits in it stays, until the lane is opened again."""
    Lane.objects.select_for_update().get(pk=lane.pk)
    Lane.objects.filter(pk=lane.pk).update(is_open=False)
    lane.is_open = False


@operation
def retry_delivery(delivery: Delivery) -> None:
    """An operator wants another try of a failed delivery.

    :raises Conflict: its connection was removed.
    """
    if Connection.objects.filter(lanes=delivery.lane_id, removed_at__isnull=False).exists():
        raise Conflict("Its connection was removed; there is nowhere to send it.")
    Delivery.objects.filter(pk=delivery.pk).update(dead_at=None, attempt_count=0)
    # The lease stays: who works the lane at this moment goes on, and finds the delivery in it.
    now = clock.now()
    Lane.objects.filter(pk=delivery.lane_id).update(
        due_at=Greatest(Coalesce(F("next_at"), now), now), state=Lane.WAITING
    )
    doorbell.ring_after_commit(Lane)


def in_trouble(connection: Connection, text: str) -> None:
    """Remember that a connection doesn't work (shown on its page and in the strip)."""
    Connection.objects.filter(pk=connection.pk, trouble="").update(trouble_since=clock.now())
    Connection.objects.filter(pk=connection.pk).exclude(trouble=text[:500]).update(trouble=text[:500])


def out_of_trouble(connection: Connection) -> None:
    """It works again."""
    Connection.objects.filter(pk=connection.pk).exclude(trouble="").update(trouble="", trouble_since=None)


@dataclass(frozen=True)
class Made:
    """A new connection; `hook_url` holds the key of a keyed address, shown this once."""

    connection: Connection
    hook_url: str = ""


@operation
def make_connection(*, kind: str, name: str, values: Mapping[str, object], by: Actor) -> Made:
    """Set up a connection: secrets are encrypted, a keyed door gets its key.

    :raises Invalid: no such kind, or a required value is missing; names it.
    """
    require(by, Right.ADMINISTER, "add connections")
    found = entry(kind)
    if found is None:
        raise Invalid(f"There is no integration “{kind}” here.", field="kind")
    for field in found.missing(values):
        raise Invalid(f"{field.label} is needed.", field=field.name)
    secret = {field.name for field in found.fields if field.is_secret}
    row = Connection(
        kind=kind,
        name=(name or found.name)[:80],
        settings={key: value for key, value in values.items() if key not in secret and value not in ("", None)},
    )
    row.put_secrets({key: value for key, value in values.items() if key in secret and value})
    url = ""
    if found.keyed_doors:
        key = new_secret()
        row.key_digest = digest(key)
        url = f"{settings.BASE_URL}/hooks/{found.keyed_doors[0]}/{key}"
    row.save()
    audit.record(by, "connection.made", "connection", row.pk, after={"kind": kind, "name": row.name})
    return Made(row, url)


@operation
def switch_connection(*, connection: Connection, on: bool, by: Actor) -> None:
    """Switch a connection on or off. Off: its hooks are refused and its lanes wait.

    :raises Conflict: it was removed.
    """
    require(by, Right.ADMINISTER, "switch connections")
    row = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    if row.removed_at is not None:
        raise Conflict("This connection was removed.")
    if row.is_on == on:
        return
    Connection.objects.filter(pk=row.pk).update(is_on=on)
    if on:
        now = clock.now()
        waiting = Lane.objects.filter(connection=row, due_at__gt=now)
        waiting.update(due_at=Greatest(Coalesce(F("next_at"), now), now))
        doorbell.ring_after_commit(Lane)
    audit.record(by, "connection.on" if on else "connection.off", "connection", row.pk)


Tester = Callable[[Connection], Sequence[Finding] | str]
_testers: dict[str, Tester] = {}


def register_tester(kind: str, tester: Tester) -> None:
    """Say how a kind of connection is tested: returns words for people or findings, raises PartnerTrouble."""
    _testers[kind] = tester


def test_connection(connection: Connection) -> tuple[bool, str]:
    """Ask the other side; returns whether it works, and words for people. Not inside a transaction.

    What was found is kept on the connection, point by point.
    """
    tester = _testers.get(connection.kind)
    if tester is None:
        return False, "This kind has no test of its own: send an event from the other side and watch it here."
    found = _ask(tester, connection)
    checks.keep(connection, found)
    works, text = checks.words(found)
    if works:
        out_of_trouble(connection)
    else:
        in_trouble(connection, text)
    return works, text


def _ask(tester: Tester, connection: Connection) -> Sequence[Finding]:
    try:
        found = tester(connection)
    except PartnerTrouble as trouble:
        return [Finding("Connection", checks.BAD, trouble.message)]
    return [Finding("Connection", checks.GOOD, found)] if isinstance(found, str) else found
