"""Working off pending rows: the same loop in a Celery worker, in the clock and in the embedded program."""

import logging
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.apps import apps
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from common import clock, doorbell
from common.errors import PartnerTrouble
from common.pending import LEASE, Pending, pending_tables

log = logging.getLogger(__name__)

_TICK = 1.0
_SOONEST = 0.1
_LATE = 3.0
_AHEAD = 50
_MOST_SECONDS = 20.0
# A row that waits behind slow ones of its batch has its lease renewed before it is worked.
_RENEW_AFTER = LEASE.total_seconds() / 3


def work_off(label: str) -> int:
    """Claim and work batches of one table until nothing is due (at most 20 seconds); returns how many rows.

    A row that raises is tried again later and ends as a dead letter; it never stops the others.
    """
    table = apps.get_model(label)
    if not issubclass(table, Pending):
        raise TypeError(f"{label} is not a table of pending things")
    done = 0
    end = time.monotonic() + _MOST_SECONDS
    while time.monotonic() < end:
        rows = table.claim()
        if not rows:
            break
        claimed = time.monotonic()
        if getattr(table, "parallel", 1) > 1 and table.due(clock.now()).exists():
            doorbell.ring(label)
        for group in table.in_groups(rows):
            if time.monotonic() - claimed > _RENEW_AFTER:
                group = [row for row in group if row.renew()]
            _work_group(table, group)
            done += len(group)
    return done


def _work_group(table: type[Pending], rows: list[Pending]) -> None:
    if len(rows) > 1:
        table.work_group(rows)
        return
    for row in rows:
        _work_safely(row)


def _work_safely(row: Pending) -> None:
    try:
        row.work()
    except PartnerTrouble as trouble:
        if trouble.permanent:
            row.bury(error=trouble.message)
        else:
            pause = None if trouble.retry_after is None else clock.now() + _seconds(trouble.retry_after)
            row.again(error=trouble.message, at=pause, count=pause is None)
    except Exception as error:
        log.exception("%s %s failed", row._meta.label, row.pk)
        row.again(error=repr(error))


def _seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


class Crew:
    """Threads of this process that work tables off when they are rung for."""

    def __init__(self, threads: int = 8) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="work")
        self._running: dict[str, int] = defaultdict(int)
        self._again: set[str] = set()
        self._lock = threading.Lock()
        self._closed = False

    def wake(self, label: str) -> None:
        """Look into this table soon; as many threads per table as the table allows."""
        with self._lock:
            if self._closed:
                return
            if self._running[label] >= getattr(apps.get_model(label), "parallel", 1):
                self._again.add(label)
                return
            self._running[label] += 1
        self._pool.submit(self._run, label)

    def close(self) -> None:
        """Finish what is under way and stop."""
        with self._lock:
            self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, label: str) -> None:
        again = False
        try:
            close_old_connections()
            work_off(label)
        except Exception:
            log.exception("working off %s stopped; the clock looks again", label)
        finally:
            with self._lock:
                self._running[label] -= 1
                if label in self._again:
                    self._again.discard(label)
                    again = True
            if connection.vendor != "sqlite":
                connection.close()
        if again:
            self.wake(label)


class Clock:
    """Looks every second which tables have due rows and hands them out.

    Without a broker, or when rows stay due although the workers were rung, its own crew works them.
    """

    def __init__(self, crew: Crew, *, has_broker: bool) -> None:
        self._crew = crew
        self._has_broker = has_broker
        self._stop = threading.Event()
        self.last_tick: float = 0.0

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        """Tick until stopped; trouble with the database is logged once and outlived."""
        silent = False
        while not self._stop.is_set():
            pause = _TICK
            try:
                pause = self.tick()
                silent = False
            except Exception as error:
                if not silent:
                    log.warning("the clock can't look for due rows: %s", error)
                silent = True
                close_old_connections()
            self._stop.wait(pause)

    def tick(self) -> float:
        """Look once at every table; one that can't be asked does not stop the others.

        Returns the seconds until it should look again: what is due before a second has passed is not kept waiting
        for it, so that a lane paced to a post a second does send one each second.
        """
        self.last_tick = time.monotonic()
        now = clock.now()
        pause = _TICK
        for table in pending_tables():
            try:
                pause = min(pause, self._look(table, now))
            except (OperationalError, InterfaceError):
                raise
            except Exception:
                log.exception("the clock can't look at %s", table._meta.label)
        return max(pause, _SOONEST)

    def _look(self, table: type[Pending], now: datetime) -> float:
        """Hand out the table if something is due; returns in how many seconds the next row is."""
        rows = table.due(now + _seconds(_TICK)).values_list("due_at", "lease_until")[:_AHEAD]
        free = [due_at for due_at, lease_until in rows if due_at and (lease_until is None or lease_until < now)]
        if free and free[0] <= now:
            self._hand_out(table._meta.label_lower, late=(now - free[0]).total_seconds() > _LATE)
        return min([(due_at - now).total_seconds() for due_at in free if due_at > now], default=_TICK)

    def _hand_out(self, label: str, *, late: bool) -> None:
        if self._has_broker:
            doorbell.ring(label)
        if not self._has_broker or late or doorbell.broker_in_trouble():
            self._crew.wake(label)
