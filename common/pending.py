"""Everything that still has to happen is a row that inherits `Pending`.

A row is due when `state` is waiting, `due_at` has come and nobody holds a lease. Whoever claims it gets
a lease of 30 seconds; a lease that ran out is taken over. Clock, workers, Health and `doctor` find the
tables by `pending_tables()`.
"""

import os
import random
import socket
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Q

from common import clock, doorbell
from common.redaction import redacted

#: the kill tests shorten it, so that a take-over need not be waited for.
LEASE = timedelta(seconds=float(os.environ.get("WARROOM_LEASE_SECONDS", "30")))
MOST_TRIES = 5


_claiming: dict[type, threading.Lock] = {}


def me() -> str:
    """Return the name under which this thread holds leases: host:pid:thread."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_ident()}"


class Pending(models.Model):
    """A thing to do with a due time (UTC), a state, attempts, a lease and the last error."""

    WAITING, DONE, DEAD = "waiting", "done", "dead"

    due_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=8, default=WAITING, choices=[(WAITING, "waiting"), (DONE, "done"), (DEAD, "dead letter")]
    )
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=80, blank=True, default="")
    last_error = models.TextField(blank=True, default="")

    #: how many rows one claim takes; a lane takes one, received rows a batch.
    claim_size: ClassVar[int] = 20
    #: tries before a row becomes a dead letter; None: it must go on for ever (a lane, the sealer).
    most_tries: ClassVar[int | None] = MOST_TRIES
    #: a chore that never ends: `migrate` keeps one row of this `name` in the table.
    standing: ClassVar[str | None] = None

    class Meta:
        abstract = True

    @classmethod
    def due(cls, at: datetime) -> "models.QuerySet[Self]":
        """Rows that may be claimed at this time, oldest first."""
        rows: models.QuerySet[Self] = cls._default_manager.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lt=at), state=cls.WAITING, due_at__lte=at
        ).order_by("due_at", "pk")
        return rows

    @classmethod
    def claim(cls, limit: int | None = None) -> list[Self]:
        """Take up to `limit` due rows under a lease of 30 seconds and return them."""
        if connection.features.has_select_for_update_skip_locked:
            return cls._claim_unlocked(limit or cls.claim_size)
        if connection.in_atomic_block:
            return cls._claim_first(limit or cls.claim_size)
        # Threads of this program queue up for each other's rows here, and not for the database: those who then find
        # nothing have made nobody wait.
        with _claiming.setdefault(cls, threading.Lock()):
            return cls._claim_first(limit or cls.claim_size)

    @classmethod
    def _claim_unlocked(cls, limit: int) -> list[Self]:
        """Rows that nobody else is claiming at this moment."""
        at = clock.now()
        with transaction.atomic():
            found = list(cls.due(at).select_for_update(skip_locked=True, no_key=True)[:limit])
            if found:
                until, owner = at + LEASE, me()
                cls._default_manager.filter(pk__in=[row.pk for row in found]).update(
                    lease_until=until, lease_owner=owner
                )
                for row in found:
                    row.lease_until, row.lease_owner = until, owner
        return found

    @classmethod
    def _claim_first(cls, limit: int) -> list[Self]:
        """Without row locks: look, then write where it is still so; of those who saw the same rows one gets each."""
        at = clock.now()
        while found := list(cls.due(at)[:limit]):
            until, owner = at + LEASE, me()
            keys = [row.pk for row in found]
            won = cls.due(at).filter(pk__in=keys).update(lease_until=until, lease_owner=owner)
            for row in found:
                row.lease_until, row.lease_owner = until, owner
            if won == len(found):
                return found
            if won:
                mine = cls._default_manager.filter(pk__in=keys, lease_until=until, lease_owner=owner)
                kept = set(mine.values_list("pk", flat=True))
                return [row for row in found if row.pk in kept]
        return []

    def renew(self) -> bool:
        """Hold the lease for another 30 seconds; False when somebody took it over."""
        until = clock.now() + LEASE
        mine = self._mine().update(lease_until=until)
        self.lease_until = until
        return bool(mine)

    def done(self, *, only_if: Mapping[str, Any] | None = None, **fields: Any) -> bool:
        """It is done: free the lease and clear the error. False when somebody took the row over.

        `only_if`: what must be so still, else nothing is written.
        """
        return self._write(only_if, state=self.DONE, due_at=None, last_error="", **fields)

    @classmethod
    def all_done(cls, rows: Sequence[Self], **fields: Any) -> bool:
        """`done` for several rows of one claim, in one statement.

        False when somebody took one of them over: the caller rolls back.
        """
        fields.update(state=cls.DONE, due_at=None, last_error="", lease_until=None, lease_owner="")
        mine = cls._default_manager.filter(pk__in=[row.pk for row in rows], lease_owner=rows[0].lease_owner)
        return mine.update(**fields) == len(rows)

    def again(self, *, error: str, at: datetime | None = None, count: bool = True, **fields: Any) -> bool:
        """Try again at `at` (default: a growing pause); after too many tries it becomes a dead letter."""
        tries = fields.pop("attempts", self.attempts + 1 if count else self.attempts)
        if count and self.most_tries is not None and tries >= self.most_tries and at is None:
            return self.bury(error=error, attempts=tries, **fields)
        due_at = at or clock.now() + backoff(tries)
        return self._write(attempts=tries, due_at=due_at, last_error=redacted(error)[:2000], **fields)

    def bury(self, *, error: str, **fields: Any) -> bool:
        """Stop trying: it is a dead letter, shown to operators with a retry button."""
        return self._write(state=self.DEAD, last_error=redacted(error)[:2000], **fields)

    def revive(self) -> None:
        """An operator asked for another try."""
        self._write(state=self.WAITING, attempts=0, due_at=clock.now())
        doorbell.ring_after_commit(type(self))

    def work(self) -> None:
        """Do the thing; called with the lease held and no transaction open."""
        raise TypeError(f"{type(self).__name__} does not say how it is worked")

    @classmethod
    def in_groups(cls, rows: list[Self]) -> Iterable[list[Self]]:
        """How the rows of a claim are worked: each by itself, unless the table knows which go together."""
        return ([row] for row in rows)

    @classmethod
    def work_group(cls, rows: list[Self]) -> None:
        """Do several things at once, as `in_groups` put them together; a row that fails stops no other."""
        raise TypeError(f"{cls.__name__} does not say how several are worked")

    def _mine(self) -> "models.QuerySet[Any]":
        return type(self)._default_manager.filter(pk=self.pk, lease_owner=self.lease_owner)

    def _write(self, only_if: Mapping[str, Any] | None = None, **fields: Any) -> bool:
        """Write and free the lease. Whoever lost the lease writes nothing: the row is another's by now."""
        fields.update(lease_until=None, lease_owner="")
        mine = bool(self._mine().filter(**only_if or {}).update(**fields))
        if mine:
            for name, value in fields.items():
                setattr(self, name, value)
        return mine


def backoff(tries: int) -> timedelta:
    """Return a growing pause with some chance in it: about 2, 4, 8, 16 ... 300 seconds."""
    return timedelta(seconds=min(300.0, 2.0 ** min(tries, 9)) * random.uniform(0.8, 1.2))  # noqa: S311


def pending_tables() -> list[type[Pending]]:
    """Return every concrete table of pending things, by name."""
    found = [model for model in apps.get_models() if issubclass(model, Pending)]
    return sorted(found, key=lambda model: model._meta.label_lower)


def oldest_due_at(now: datetime) -> datetime | None:
    """Return when that was due which has waited longest of all tables; None when nothing waits."""
    found = [table.due(now).values_list("due_at", flat=True).first() for table in pending_tables()]
    return min((at for at in found if at is not None), default=None)
