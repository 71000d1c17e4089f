"""One clock for the whole product: the database's time.

`now()` is cheap: the difference between the database's clock and this process's monotonic clock is
measured at most every ten seconds, so a wrong or jumping wall clock on a worker changes nothing.
Tests move time with `shift`; what is drawn for the docs is drawn while it stands still.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import connection

_MEASURE_EVERY = 10.0

_lock = threading.Lock()
_measured_at: float | None = None
_database_at: datetime | None = None
_offset = timedelta()
_still: datetime | None = None


def database_now() -> datetime:
    """Ask the database for its time (UTC, aware); one query."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            value: datetime = cursor.fetchone()[0]
            return value.astimezone(UTC)
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)


def now() -> datetime:
    """Return the database's time as an aware UTC datetime, plus the tests' offset."""
    global _measured_at, _database_at
    if _still is not None:
        return _still
    tick = time.monotonic()
    with _lock:
        measured, base = _measured_at, _database_at
    if measured is None or base is None or tick - measured > _MEASURE_EVERY:
        base, measured = database_now(), time.monotonic()
        with _lock:
            _measured_at, _database_at = measured, base
    return base + timedelta(seconds=time.monotonic() - measured) + _offset


@contextmanager
def standing_still(at: datetime) -> Iterator[None]:
    """Make it this moment for the whole process; only what draws pages for the docs does this."""
    global _still
    before, _still = _still, at
    try:
        yield
    finally:
        _still = before


def shift(by: timedelta) -> None:
    """Move time for this process; only tests call this."""
    global _offset
    _offset += by


def reset() -> None:
    """Forget the offset and the measurement; only tests call this."""
    global _offset, _measured_at
    _offset = timedelta()
    with _lock:
        _measured_at = None
