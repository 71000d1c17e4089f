"""Quiet hours: when what can wait waits, on a person's own clock. Plain functions; `now` is an argument."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: for everybody who has not said otherwise
FROM, TO = time(22), time(7)


def quiet_until(starts: time, ends: time, zone: str, now: datetime) -> datetime | None:
    """Return when these quiet hours end if they go on now, else None. The same time twice: there are none.

    Both edges are wall time: on the night on which the clock moves they last an hour more or less.
    """
    local = now.astimezone(ZoneInfo(zone))
    at = local.time()
    inside = starts <= at < ends if starts < ends else at >= starts or at < ends
    if starts == ends or not inside:
        return None
    day = local.date() + timedelta(days=1 if at >= ends else 0)
    return datetime.combine(day, ends, tzinfo=ZoneInfo(zone)).astimezone(UTC)
