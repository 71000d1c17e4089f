"""Durations and moments as people type them. Pure: the present and the time zone are arguments."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

from chatops.grammar.errors import Choice, Unreadable, shortened

Lean = Literal["past", "future"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST = timedelta(days=3660)
_PART = r"([0-9]{1,7}(?:[.,][0-9]{1,3})?)\s*(weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|[wdhms])"
_PARTS = re.compile(_PART)
_DURATION = re.compile(rf"(?:{_PART}\s*)+")
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})[t ]+(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s?(z|utc|[+-]\d{2}:?\d{2})?", re.ASCII
)
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2})(?::(\d{2}))?)?\s?(am|pm)?\s?(z|utc)?", re.ASCII)
_FOUR = re.compile(r"([01]\d|2[0-3])([0-5]\d)(z|utc)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DASHES = str.maketrans({"–": "-", "—": "-", "−": "-"})
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NEAR_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_NAMED_TIMES = {"noon": time(12), "midday": time(12), "midnight": time(0)}
#: a time typed for the past may lie a little ahead of our clock, and the reverse
_GRACE = timedelta(minutes=5)

HINT = 'Write now, 14:05, 14:05Z, "tomorrow 9", 2026-03-01T14:05Z or -20m.'
DURATION_HINT = "Write 90s, 10m, 2h, 1d or 1h30m."


@dataclass(frozen=True)
class When:
    """A moment (UTC) that was typed as `said`. `note` says how it was read; `is_guess`: better ask."""

    at: datetime
    said: str
    note: str
    is_guess: bool = False


# --- durations ------------------------------------------------------------------------------------


def read_duration(text: str) -> timedelta:
    """Read 90s, 10m, 2h, 1d, 1h30m, 10 min.

    :raises Unreadable: anything else, nothing, or more than ten years.
    """
    found = _duration(text)
    if found is not None:
        return found
    bare = text.strip()
    units = ("minutes", "hours") if _is_small(bare) else ()
    choices = [Choice(f"{bare} {word}", bare + word[0]) for word in units]
    raise Unreadable(f'I can\'t read "{shortened(text)}" as a duration.', hint=DURATION_HINT, choices=choices)


def _is_small(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) <= 4 and int(text) > 0


def _duration(text: str) -> timedelta | None:
    folded = text.strip().casefold()
    if len(folded) > 60 or not _DURATION.fullmatch(folded):
        return None
    seconds = sum(float(n.replace(",", ".")) * _UNITS[unit[0]] for n, unit in _PARTS.findall(folded))
    length = timedelta(seconds=min(round(seconds), 10**10))
    return length if timedelta() < length <= _LONGEST else None


def write_duration(length: timedelta) -> str:
    """Write a duration as it is typed: 1h30m."""
    left = round(length.total_seconds())
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


# --- moments --------------------------------------------------------------------------------------


def read_when(text: str, *, now: datetime, zone: tzinfo, lean: Lean = "future") -> When:
    """Read a moment. A time without a day is the next one, or the last one when leaning to the past.

    :raises Unreadable: it is no moment between 2000 and 2100.
    """
    said = " ".join(text.split())
    folded = said.casefold().translate(_DASHES)
    found = _moment(folded, now, zone, lean) if 0 < len(folded) <= 60 else None
    if found is None:
        raise Unreadable(f'I can\'t read "{shortened(text)}" as a time.', hint=HINT)
    at, is_guess = found
    return When(at, said, explain(said, at, now, zone), is_guess)


def write_when(at: datetime) -> str:
    """Write a moment so that it reads the same anywhere: 2026-03-01T14:05:00Z."""
    spec: Literal["seconds", "microseconds"] = "microseconds" if at.microsecond else "seconds"
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=spec) + "Z"


_Found = tuple[datetime, bool] | None


def _moment(text: str, now: datetime, zone: tzinfo, lean: Lean) -> _Found:
    if text == "now":
        return now, False
    try:
        if (shift := _relative(text, lean)) is not None:
            return _sane(now + shift[0]), shift[1]
        return _iso(text, zone) or _clock(text, now, zone, lean) or _day_and_clock(text, now, zone, lean)
    except (ValueError, OverflowError):
        return None


def _relative(text: str, lean: Lean) -> tuple[timedelta, bool] | None:
    sign, is_guess, rest = 0, False, text
    if text[0] in "+-":
        sign, rest = (1 if text[0] == "+" else -1), text[1:].lstrip("-")
    elif text.startswith("in "):
        sign, rest = 1, text[3:]
    elif text.endswith(" ago"):
        sign, rest = -1, text[:-4]
    else:
        sign, is_guess = (1 if lean == "future" else -1), True
    length = _duration(rest)
    return None if length is None else (sign * length, is_guess)


def _iso(text: str, zone: tzinfo) -> _Found:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    local = datetime.combine(date.fromisoformat(match[1]), time.fromisoformat(match[2]))
    if match[3] is None:
        return _placed(local, zone)
    if match[3] in ("z", "utc"):
        return _sane(local.replace(tzinfo=UTC)), False
    offset = datetime.fromisoformat(f"2000-01-01T00:00{match[3]}").tzinfo
    return _sane(local.replace(tzinfo=offset)), False


def _clock(text: str, now: datetime, zone: tzinfo, lean: Lean) -> _Found:
    """A time of day alone."""
    read = _time_of_day(text)
    if read is None:
        return None
    clock, in_utc, is_guess = read
    where = UTC if in_utc else zone
    today = now.astimezone(where).date()
    found: list[tuple[datetime, bool]] = []
    for days in (-1, 0, 1):
        placed = _placed(datetime.combine(today + timedelta(days=days), clock), where)
        if placed is not None:
            found.append((placed[0], placed[1] or is_guess))
    if lean == "past":
        return max(item for item in found if item[0] <= now + _GRACE)
    return min(item for item in found if item[0] >= now - timedelta(minutes=1))


def _time_of_day(text: str) -> tuple[time, bool, bool] | None:
    """Return the time, whether it is said in UTC, and whether it is a guess (a bare number)."""
    if text in _NAMED_TIMES:
        return _NAMED_TIMES[text], False, False
    if match := _FOUR.fullmatch(text):
        return time(int(match[1]), int(match[2])), match[3] is not None, True
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if match[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[4] == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    is_guess = match[2] is None and match[4] is None
    return time(hour, minute, second), match[5] is not None, is_guess


def _day_and_clock(text: str, now: datetime, zone: tzinfo, lean: Lean) -> _Found:
    """`tomorrow 9`, `fri 17:00`, `2026-03-01 at 9`, or a day alone (then 09:00 is a guess)."""
    word, _, rest = text.partition(" ")
    rest = rest.removeprefix("at ").strip()
    read = _time_of_day(rest) if rest else (time(9), False, True)
    if read is None:
        return None
    clock, in_utc, _ = read
    where = UTC if in_utc else zone
    day = _day(word, now.astimezone(where).date(), lean)
    if day is None:
        return None
    placed = _placed(datetime.combine(day, clock), where)
    if placed is not None and word not in _NEAR_DAYS and not _DATE.fullmatch(word):
        # A weekday that is today means today only while that time has not gone by (or has, for the past).
        if lean == "future" and placed[0] < now:
            placed = _placed(datetime.combine(day + timedelta(days=7), clock), where)
        elif lean == "past" and placed[0] > now + _GRACE:
            placed = _placed(datetime.combine(day - timedelta(days=7), clock), where)
    return None if placed is None else (placed[0], placed[1] or not rest)


def _day(word: str, today: date, lean: Lean) -> date | None:
    if word in _NEAR_DAYS:
        return today + timedelta(days=_NEAR_DAYS[word])
    if _DATE.fullmatch(word):
        return date.fromisoformat(word)
    weekday = next((i for i, name in enumerate(_DAYS) if len(word) >= 3 and name.startswith(word)), None)
    if weekday is None:
        return None
    ahead = (weekday - today.weekday()) % 7
    return today + timedelta(days=ahead - 7 if lean == "past" and ahead else ahead)


def _placed(local: datetime, zone: tzinfo) -> tuple[datetime, bool] | None:
    """Put a wall time into a zone. A time that a clock change skips moves forward, one that comes twice
    is the first; both are guesses."""
    if not 2000 <= local.year <= 2100:
        return None
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    at = first.astimezone(UTC)
    is_odd = first.utcoffset() != second.utcoffset()
    return at, is_odd


def _sane(at: datetime) -> datetime:
    at = at.astimezone(UTC)
    if not 2000 <= at.year <= 2100:
        raise OverflowError(at.year)
    return at


# --- saying how it was read -----------------------------------------------------------------------


def city(zone: tzinfo) -> str:
    """The short name of a zone: Berlin for Europe/Berlin."""
    name = str(getattr(zone, "key", "") or zone)
    return "UTC" if name in ("UTC", "Etc/UTC") else name.rsplit("/", 1)[-1].replace("_", " ")


def say_clock(at: datetime, zone: tzinfo) -> str:
    """Write a moment with its zone and UTC: `09:00 Berlin (07:00Z)`, or `09:00 UTC`."""
    local = at.astimezone(zone)
    if local.utcoffset() == timedelta() and city(zone) == "UTC":
        return f"{local:%H:%M} UTC"
    return f"{local:%H:%M} {city(zone)} ({at.astimezone(UTC):%H:%M}Z)"


def say_day(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Write the day: today, tomorrow, yesterday, or `on Fri 21 Nov`."""
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - today).days)
    if near:
        return near
    return f"on {day:%a} {day.day} {day:%b}" + (f" {day.year}" if day.year != today.year else "")


def explain(said: str, at: datetime, now: datetime, zone: tzinfo) -> str:
    """`I read "9" as 09:00 Berlin (07:00Z) tomorrow.`"""
    return f'I read "{said}" as {say_clock(at, zone)} {say_day(at, now, zone)}.'
