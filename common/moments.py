"""Which moments can be true. Pure: a time in, a verdict or a better time out."""

from datetime import UTC, datetime, timedelta

#: Nothing that is told here happened before, and no date after can be shown in every zone.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)


def plausible(at: datetime, received_at: datetime) -> datetime:
    """Return a machine's time, or when it was received where that time can't be true.

    A clock that runs somewhat ahead keeps the order of what it stamps; who shows it says "now" at most.
    """
    return at if EARLIEST <= at <= received_at + _AHEAD else received_at
