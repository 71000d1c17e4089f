"""Holding what a restored backup would send, until a person has looked.

A backup may be a day old: what was due in it has long been sent, answered or overtaken. So everything that
was waiting in it is put off to the year 9000, and no lane goes before then (`next_at`). `release` brings it
all back to now. What comes in or is declared after the restore is not held: a room of its own has a lane of its own,
and in lanes where each thing goes by itself (a person's phone) only what waited is held.
"""

from datetime import UTC, datetime

from django.db import models
from django.db.models import F

from accounts import audit
from accounts.actors import SYSTEM, Actor
from accounts.permissions import Right, require
from common import clock, doorbell
from common.operations import operation
from common.pending import Pending, pending_tables
from connections.models import Delivery, Lane, Restore

HELD_UNTIL = datetime(9000, 1, 1, tzinfo=UTC)
#: kinds of lanes in which a later thing need not wait for an earlier one (`connections.lanes.register_sender`)
EACH_ALONE: set[str] = set()
REASON = "held since a restore; manage.py restore --release lets it go"


def _holds(table: type[Pending]) -> bool:
    """Everything of the core waits, but for chores that look after this database itself.

    An integration's own rows only look things up.
    """
    return table.standing is None and not table.__module__.startswith("integrations.")


@operation
def hold(made_at: datetime | None = None) -> dict[str, int]:
    """Put off whatever is due or scheduled, and every lane; returns how many rows by table.

    `made_at`: of which time the backup is.
    """
    held = {}
    for table in filter(_holds, pending_tables()):
        count = table._default_manager.filter(state=Pending.WAITING, due_at__isnull=False).update(
            due_at=HELD_UNTIL, last_error=REASON, lease_until=None, lease_owner=""
        )
        if count:
            held[str(table._meta.verbose_name_plural)] = count
    _hold_lanes()
    Restore.objects.create(made_at=made_at)
    return held


def _hold_lanes() -> None:
    """Every lane waits as a whole, but those in which each thing goes by itself: there, what waits now does."""
    alone = Lane.objects.filter(kind__in=EACH_ALONE)
    Lane.objects.exclude(kind__in=EACH_ALONE).update(next_at=HELD_UNTIL)
    waiting = Delivery.objects.filter(lane__in=alone, dead_at__isnull=True, wanted__gt=F("shown"))
    Delivery.objects.filter(pk__in=list(waiting.values_list("pk", flat=True))).update(
        held_at=clock.now(), last_error=REASON
    )
    alone.update(due_at=None, next_at=None, last_error="")


def anything_held() -> bool:
    """Tell whether a restore still holds something."""
    return Lane.objects.filter(next_at=HELD_UNTIL).exists() or bool(what_is_held())


def what_is_held() -> dict[str, int]:
    """How many rows are held, by table; empty when none is."""
    found = {str(table._meta.verbose_name_plural): _held_rows(table).count() for table in pending_tables()}
    found["deliveries"] = Delivery.objects.filter(held_at__isnull=False).count()
    return {name: count for name, count in found.items() if count}


@operation
def release(by: Actor = SYSTEM) -> dict[str, int]:
    """A person has looked: what was held is due now. Returns how many rows by table."""
    require(by, Right.ADMINISTER, "release what a restore holds")
    released = {}
    for table in pending_tables():
        count = _held_rows(table).update(due_at=clock.now(), last_error="")
        if count:
            released[str(table._meta.verbose_name_plural)] = count
            doorbell.ring_after_commit(table)
    deliveries = Delivery.objects.filter(held_at__isnull=False)
    waiting = list(deliveries.values_list("lane", flat=True).distinct())
    if count := deliveries.update(held_at=None, last_error=""):
        released["deliveries"] = count
        Lane.objects.filter(pk__in=waiting).update(due_at=clock.now())
        doorbell.ring_after_commit(Lane)
    lanes = Lane.objects.filter(next_at=HELD_UNTIL).update(next_at=None)
    restores = Restore.objects.filter(released_at__isnull=True).update(released_at=clock.now())
    if released or lanes or restores:
        audit.record(by, "backup.released", "backup", "", after={"rows": sum(released.values()), "lanes": lanes})
    return released


def _held_rows(table: type[Pending]) -> "models.QuerySet[Pending]":
    return table._default_manager.filter(due_at=HELD_UNTIL)
