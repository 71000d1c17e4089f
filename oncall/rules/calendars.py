"""An outside calendar as stretches of time: recurrences with their exceptions, within limits. Text in, values out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Calendar

MOST_BYTES = 1_000_000
_MOST_EVENTS = 5_000
_MOST_ENTRIES = 10_000
_MOST_STEPS = 200_000
_MOST_SECONDS = 5.0
_TOO_FAST = {"SECONDLY", "MINUTELY"}
_FIRST_YEAR = 1970
#: what a library for calendars may raise over text that is none
_BROKEN = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError)


class UnreadableCalendar(Exception):
    """It is no calendar, or more than we read. The message says which."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, or one of its repetitions: instants, what it is called, and the addresses of who takes part."""

    start: int
    end: int
    summary: str
    attendees: tuple[str, ...]


def read_calendar(text: bytes, start: datetime, end: datetime, zone: str) -> list[Entry]:
    """Return what touches [start, end), sorted. Times without a zone and whole days are on the clock of `zone`.

    :raises UnreadableCalendar: it is none, or too much.
    """
    if len(text) > MOST_BYTES:
        raise UnreadableCalendar(f"It is larger than {MOST_BYTES // 1_000_000} MB.")
    if b"BEGIN:VCALENDAR" not in text[:10_000].upper():
        raise UnreadableCalendar("This is no calendar.")
    if text.upper().count(b"BEGIN:VEVENT") > _MOST_EVENTS:
        raise UnreadableCalendar(f"It has more than {_MOST_EVENTS:,} events.")
    try:
        events = Calendar.from_ical(text).walk("VEVENT")
        return _Reader(start, end, ZoneInfo(zone)).read(events)
    except _BROKEN as error:
        raise UnreadableCalendar(f"It can't be read: {type(error).__name__}.") from error


class _Reader:
    def __init__(self, start: datetime, end: datetime, zone: ZoneInfo) -> None:
        self._start, self._end, self._zone = start, end, zone
        self._until = monotonic() + _MOST_SECONDS
        self._steps = 0

    def read(self, events: Iterable[Any]) -> list[Entry]:
        found: list[Entry] = []
        whole, moved = self._by_name(events)
        for name, event in whole:
            self._check()
            instead = moved.get(name, {})
            for local, zone in self._starts(event):
                if _instant(local, zone) not in instead:
                    self._add(found, event, local, zone)
        for each in moved.values():
            for event in each.values():
                self._check()
                self._add(found, event, *self._local(event["DTSTART"].dt))
        return sorted(found, key=lambda entry: (entry.start, entry.end, entry.summary))

    def _by_name(self, events: Iterable[Any]) -> tuple[list[tuple[str, Any]], dict[str, dict[int, Any]]]:
        """Events as they are written first, and those that stand in the place of one of their repetitions."""
        whole: list[tuple[str, Any]] = []
        moved: dict[str, dict[int, Any]] = {}
        for number, event in enumerate(events):
            if "DTSTART" not in event:
                continue
            name = str(event.get("UID", f"without a name {number}"))
            if "RECURRENCE-ID" not in event:
                whole.append((name, event))
                continue
            local, zone = self._local(event["RECURRENCE-ID"].dt)
            own = event["DTSTART"].dt
            if zone is self._zone and isinstance(own, datetime) and own.tzinfo is not None:
                zone = own.tzinfo
            moved.setdefault(name, {})[_instant(local, zone)] = event
        return whole, moved

    def _check(self) -> None:
        if monotonic() > self._until:
            raise UnreadableCalendar(f"It takes longer than {_MOST_SECONDS:.0f} seconds to read.")

    def _add(self, found: list[Entry], event: Any, local: datetime, zone: tzinfo) -> None:
        """The repetition that begins then. It ends by the wall clock too: a hand-off at 9 stays at 9."""
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            return
        start, end = _instant(local, zone), _instant(local + _length(event, self._zone), zone)
        if start >= end or end <= self._start.timestamp() or start >= self._end.timestamp():
            return
        if len(found) >= _MOST_ENTRIES:
            raise UnreadableCalendar(f"It comes to more than {_MOST_ENTRIES:,} shifts.")
        found.append(Entry(start, end, str(event.get("SUMMARY", ""))[:300], _attendees(event)))

    def _starts(self, event: Any) -> Iterator[tuple[datetime, tzinfo]]:
        first, zone = self._local(event["DTSTART"].dt)
        if first.year < _FIRST_YEAR:
            raise UnreadableCalendar(f"An event begins before {_FIRST_YEAR}.")
        without = {_instant(*self._local(at)) for at in _dates(event, "EXDATE")}
        seen: set[int] = set()
        extra = [self._local(at) for at in _dates(event, "RDATE")]
        for local, its_zone in [*((local, zone) for local in self._repeated(event, first, zone)), *extra]:
            instant = _instant(local, its_zone)
            if instant not in without and instant not in seen:
                seen.add(instant)
                yield local, its_zone

    def _repeated(self, event: Any, first: datetime, zone: tzinfo) -> list[datetime]:
        rules = event.get("RRULE")
        if rules is None:
            return [first]
        found = [first]
        for rule in rules if isinstance(rules, list) else [rules]:
            found += self._of_rule(rule.copy(), first, zone)
        return found

    def _of_rule(self, rule: Any, first: datetime, zone: tzinfo) -> list[datetime]:
        if {str(each).upper() for each in rule.get("FREQ", [])} & _TOO_FAST:
            raise UnreadableCalendar("An event repeats each minute or each second.")
        if int((rule.get("INTERVAL") or [1])[0]) < 1:
            raise UnreadableCalendar("An event repeats without a pause.")
        count = (rule.pop("COUNT", None) or [None])[0]
        until = (rule.pop("UNTIL", None) or [None])[0]
        last = self._end.astimezone(zone).replace(tzinfo=None)
        if until is not None:
            whole_day = not isinstance(until, datetime)
            at = self._local(until)[0] if whole_day or until.tzinfo is None else until.astimezone(zone)
            last = min(last, at.replace(tzinfo=None) + (timedelta(days=1, seconds=-1) if whole_day else timedelta()))
        found: list[datetime] = []
        for number, local in enumerate(rrulestr(rule.to_ical().decode(), dtstart=first).replace(until=last)):
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise UnreadableCalendar(f"Its events repeat more than {_MOST_STEPS:,} times.")
            if self._steps % 1000 == 0:
                self._check()
            if count is not None and number >= int(count):
                break
            found.append(local)
        return found

    def _local(self, at: date | datetime) -> tuple[datetime, tzinfo]:
        """The time on the wall, and on which."""
        if not isinstance(at, datetime):
            return datetime.combine(at, time()), self._zone
        return at.replace(tzinfo=None), at.tzinfo or self._zone


def _dates(event: Any, name: str) -> list[date | datetime]:
    lists = event.get(name, [])
    found = []
    for each in lists if isinstance(lists, list) else [lists]:
        for one in getattr(each, "dts", []):
            at = one.dt
            found.append(at[0] if isinstance(at, tuple) else at)
    return found


def _length(event: Any, zone: tzinfo) -> timedelta:
    """How long it lasts on the wall clock; a whole day without an end is one day."""
    start = event["DTSTART"].dt
    if "DTEND" in event:
        end = event["DTEND"].dt
        if isinstance(start, datetime) and isinstance(end, datetime):
            if end.tzinfo is not None and start.tzinfo is not None:
                end = end.astimezone(start.tzinfo)
            return end.replace(tzinfo=None) - start.replace(tzinfo=None)
        return _naive(end) - _naive(start)
    if "DURATION" in event:
        length: timedelta = event["DURATION"].dt
        return length
    return timedelta() if isinstance(start, datetime) else timedelta(days=1)


def _naive(at: date | datetime) -> datetime:
    return at.replace(tzinfo=None) if isinstance(at, datetime) else datetime.combine(at, time())


def _instant(local: datetime, zone: tzinfo) -> int:
    return int(local.replace(tzinfo=zone).timestamp())


def _attendees(event: Any) -> tuple[str, ...]:
    said = event.get("ATTENDEE", [])
    found = [str(each) for each in (said if isinstance(said, list) else [said])]
    return tuple(each[7:].strip() for each in found if each.lower().startswith("mailto:"))[:20]
