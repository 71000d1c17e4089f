"""Times of other systems' exports in the words of the preview format. Pure."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOUR, DAY, WEEK = 3600, 86_400, 604_800
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = ((WEEK, "week"), (DAY, "day"), (HOUR, "hour"))


def clock_of(zone: str) -> ZoneInfo:
    """:raises ValueError: nobody here knows this zone."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"its zone “{zone[:60]}” is not known here") from None


def instant(text: str) -> datetime:
    """:raises ValueError: it is no instant."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text[:40]}” is no time") from None
    if at.tzinfo is None:
        raise ValueError(f"“{text[:40]}” has no offset")
    return at


def seconds_of(text: str) -> int:
    """Seconds since 1970. :raises ValueError: it is no instant."""
    return int(instant(text).timestamp())


def minute(text: str, *, up: bool = False) -> str:
    """An instant to the minute; an end is rounded up, so that nobody loses a second."""
    at = instant(text)
    if up and (at.second or at.microsecond):
        at += timedelta(minutes=1)
    return at.replace(second=0, microsecond=0).isoformat(timespec="minutes")


def wall(text: str, clock: ZoneInfo) -> datetime:
    """What the wall clock of a zone shows at an instant, without seconds."""
    return instant(text).astimezone(clock).replace(tzinfo=None, second=0, microsecond=0)


def written(at: datetime) -> str:
    """A wall time as the preview format has it."""
    return at.strftime("%Y-%m-%dT%H:%M")


def rotate(seconds: int) -> dict[str, Any] | None:
    """Turns of so many seconds in our units; None: that is no whole number of hours."""
    if seconds <= 0:
        return None
    return next(({"unit": unit, "every": seconds // size} for size, unit in _UNITS if seconds % size == 0), None)


def daily(begins: int, length: int) -> dict[str, Any]:
    """A daily window from so many seconds after midnight on."""
    return {"kind": "daily", "from": _time(begins), "to": _time(begins + min(length, DAY))}


def weekly(begins: int, length: int) -> dict[str, Any]:
    """A weekly window from so many seconds after Monday 00:00 on."""
    return {"kind": "weekly", "from": _moment(begins), "to": _moment(begins + min(length, WEEK))}


def before(turns_from: datetime, begins: datetime, round_: int) -> datetime:
    """The same rotation, with rounds of so many seconds, counted from before it begins: no turn is negative here."""
    late = int((turns_from - begins).total_seconds())
    return turns_from - timedelta(seconds=max(0, -(-late // round_)) * round_)


def named(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with a name of its own for each."""
    seen: set[str] = set()
    for layer in layers:
        name, number = layer["name"][:180] or "layer", 2
        layer["name"] = name
        while layer["name"] in seen:
            layer["name"] = f"{name} ({number})"
            number += 1
        seen.add(layer["name"])
    return layers


def _time(seconds: int) -> str:
    seconds %= DAY
    return f"{seconds // HOUR:02}:{seconds % HOUR // 60:02}"


def _moment(seconds: int) -> dict[str, str]:
    seconds %= WEEK
    return {"weekday": WEEKDAYS[seconds // DAY], "time": _time(seconds)}
