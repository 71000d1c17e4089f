"""When somebody works: what is not urgent is told then."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_BEGINS, _ENDS = time(9), time(18)
_SATURDAY = 5


def is_working_time(at: datetime, zone: str) -> bool:
    """Tell whether it is a weekday between 9 and 18 on the clock of this zone."""
    local = at.astimezone(ZoneInfo(zone))
    return local.weekday() < _SATURDAY and _BEGINS <= local.time() < _ENDS


def next_working_time(at: datetime, zone: str) -> datetime:
    """Return this instant where it is working time, else when that begins next."""
    if is_working_time(at, zone):
        return at
    local = at.astimezone(ZoneInfo(zone))
    day = local.date() if local.time() < _BEGINS else local.date() + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, _BEGINS, ZoneInfo(zone)).astimezone(at.tzinfo)
