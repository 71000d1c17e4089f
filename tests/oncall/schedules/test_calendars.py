"""Outside calendars: recurrences with exceptions, who is meant, and limits. As another reader reads them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.rules.calendar_people import Directory, followed, kept, people_in
from oncall.rules.calendars import Entry, UnreadableCalendar, read_calendar

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
KNOWN = Directory(
    emails={"ada@example.com": "1", "bo@example.com": "2"},
    handles={"ada": "1", "bo": "2", "cleo": "3"},
    names={"ada": "1", "bo": "2", "cleo kim": "3"},
)


def calendar(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    for number, event in enumerate(events):
        uid = "" if "UID:" in event else f"UID:{number}@example.com\n"
        lines += ["BEGIN:VEVENT", *(uid + event).strip().splitlines(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def told(text: bytes, zone: str = "Europe/Berlin") -> list[tuple[str, str]]:
    found = read_calendar(text, START, END, zone)
    return [(f"{datetime.fromtimestamp(one.start, UTC):%m-%dT%H:%M}", one.summary) for one in found]


WEEKLY = """
UID:week
DTSTART;TZID=Europe/Berlin:20260302T090000
DTEND;TZID=Europe/Berlin:20260309T090000
RRULE:FREQ=WEEKLY;INTERVAL=2
SUMMARY:Ada
"""


def test_hand_offs_stay_at_their_time_on_the_wall() -> None:
    found = read_calendar(calendar(WEEKLY), START, END, "UTC")

    assert [f"{datetime.fromtimestamp(one.start, UTC):%m-%dT%H:%M}" for one in found] == [
        "03-02T08:00",
        "03-16T08:00",
        "03-30T07:00",
        "04-13T07:00",
        "04-27T07:00",
    ]
    assert found[0].end == int(datetime(2026, 3, 9, 8, tzinfo=UTC).timestamp())


def test_exceptions_are_kept() -> None:
    """One is left out, one is moved, one is another person's, and one is cancelled."""
    text = calendar(
        WEEKLY + "EXDATE;TZID=Europe/Berlin:20260316T090000\nRDATE;TZID=Europe/Berlin:20260323T090000\n",
        "UID:week\nRECURRENCE-ID;TZID=Europe/Berlin:20260330T090000\n"
        "DTSTART;TZID=Europe/Berlin:20260331T120000\nDTEND;TZID=Europe/Berlin:20260406T090000\nSUMMARY:Bo",
        "UID:week\nRECURRENCE-ID;TZID=Europe/Berlin:20260413T090000\nSTATUS:CANCELLED\n"
        "DTSTART;TZID=Europe/Berlin:20260413T090000\nDTEND;TZID=Europe/Berlin:20260420T090000\nSUMMARY:Ada",
    )

    assert told(text) == [
        ("03-02T08:00", "Ada"),
        ("03-23T08:00", "Ada"),
        ("03-31T10:00", "Bo"),
        ("04-27T07:00", "Ada"),
    ]


def test_whole_days_times_without_a_zone_and_lengths() -> None:
    text = calendar(
        "DTSTART;VALUE=DATE:20260310\nSUMMARY:a day",
        "DTSTART;VALUE=DATE:20260312\nDTEND;VALUE=DATE:20260314\nRRULE:FREQ=WEEKLY;COUNT=2\nSUMMARY:two days",
        "UID:d\nDTSTART;VALUE=DATE:20260401\nRRULE:FREQ=DAILY;UNTIL=20260403\nSUMMARY:daily",
        "UID:d\nRECURRENCE-ID;VALUE=DATE:20260402\nDTSTART;VALUE=DATE:20260402\nSUMMARY:instead",
        "DTSTART:20260315T080000\nDURATION:PT2H\nSUMMARY:floating",
        "DTSTART:20260317T080000Z\nSUMMARY:no length",
    )

    assert told(text) == [
        ("03-09T23:00", "a day"),
        ("03-11T23:00", "two days"),
        ("03-15T07:00", "floating"),
        ("03-18T23:00", "two days"),
        ("03-31T22:00", "daily"),
        ("04-01T22:00", "instead"),
        ("04-02T22:00", "daily"),
    ]


_RULES = st.builds(
    lambda freq, every, more, end: f"RRULE:FREQ={freq};INTERVAL={every}{more}{end}",
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    st.integers(1, 4),
    st.sampled_from(["", ";BYDAY=MO,WE", ";BYMONTHDAY=1,15"]),
    st.sampled_from(["", ";COUNT=7", ";UNTIL=20260401T000000Z"]),
)


@settings(max_examples=60, deadline=None, database=None)
@given(_RULES, st.integers(1, 28), st.integers(0, 23), st.integers(1, 30), st.booleans())
def test_another_reader_reads_the_same(rule: str, day: int, hour: int, hours: int, leaves_out: bool) -> None:
    if "WEEKLY" in rule and "BYMONTHDAY" in rule:
        return
    first = datetime(2026, 2, day, hour)
    ends = first + timedelta(hours=hours)
    event = (
        f"DTSTART;TZID=Europe/Berlin:{first:%Y%m%dT%H%M%S}\nDTEND;TZID=Europe/Berlin:{ends:%Y%m%dT%H%M%S}\n{rule}\n"
        "SUMMARY:Ada"
    )
    if leaves_out:
        event += f"\nEXDATE;TZID=Europe/Berlin:{first + timedelta(days=7):%Y%m%dT%H%M%S}"
    text = calendar(event)

    theirs = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(START, END)

    assert sorted(one.start for one in read_calendar(text, START, END, "UTC")) == sorted(
        int(one["DTSTART"].dt.timestamp()) for one in theirs
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"<html>sign in</html>", "no calendar"),
        (b"", "no calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "can't be read"),
        (calendar("DTSTART:soon\nSUMMARY:x"), "can't be read"),
        (b"BEGIN:VCALENDAR" + b"x" * 1_000_001, "larger than 1 MB"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 5_001, "more than 5,000 events"),
        (calendar("DTSTART:20260301T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY"), "each minute or each second"),
        (calendar("DTSTART:20260301T000000Z\nDURATION:PT1S\nRRULE:FREQ=DAILY;INTERVAL=0"), "without a pause"),
        (calendar("DTSTART:00010101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY"), "before 1970"),
        (
            calendar(
                "DTSTART:20260301T000000Z\nDURATION:PT1S\nRRULE:FREQ=DAILY;"
                f"BYHOUR={','.join(map(str, range(24)))};BYMINUTE={','.join(map(str, range(60)))};"
                f"BYSECOND={','.join(map(str, range(60)))}"
            ),
            "more than 200,000 times|takes longer",
        ),
        (
            calendar(
                "DTSTART:20260301T000000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY;BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55"
            ),
            "more than 10,000 shifts",
        ),
    ],
)
def test_what_is_no_calendar_or_too_much_is_refused_soon(text: bytes, words: str) -> None:
    began = monotonic()

    with pytest.raises(UnreadableCalendar, match=words):
        read_calendar(text, START, END, "UTC")

    assert monotonic() - began < 10


def test_a_rule_that_never_matches_comes_to_its_end() -> None:
    text = calendar("DTSTART:19700101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")

    assert [one.start for one in read_calendar(text, START, END, "UTC")] == []


@settings(max_examples=200, deadline=None, database=None)
@given(st.binary(max_size=300), st.sampled_from(["DTSTART", "RRULE", "EXDATE", "ATTENDEE", "DURATION", "SUMMARY"]))
def test_whatever_stands_there_it_is_read_or_refused(noise: bytes, name: str) -> None:
    lines = noise.replace(b"\r", b"").replace(b"\n", b"")
    text = calendar("DTSTART:20260310T080000Z\nDURATION:PT2H\nSUMMARY:Ada").replace(
        b"SUMMARY:Ada", b"SUMMARY:Ada\r\n" + name.encode() + b":" + lines
    )

    with suppress(UnreadableCalendar):
        read_calendar(text, START, END, "UTC")


@pytest.mark.parametrize(
    ("summary", "attendees", "people", "missing"),
    [
        ("Ada", (), ["1"], []),
        ("On call: ada@example.com", (), ["1"], []),
        ("@bo and @cleo", (), ["2", "3"], []),
        ("On Call - Cleo Kim - Shop", (), ["3"], []),
        ("Shop primary", ("bo@example.com",), ["2"], []),
        ("Shop", ("bo@example.com", "eve@example.org"), ["2"], ["eve@example.org"]),
        ("Eve", (), [], ["Eve"]),
        ("@eve", (), [], ["eve"]),
        ("", (), [], ["an event without words"]),
    ],
)
def test_who_is_meant(summary: str, attendees: tuple[str, ...], people: list[str], missing: list[str]) -> None:
    assert people_in(Entry(0, 1, summary, attendees), KNOWN) == (people, missing)


def test_events_at_the_same_time_are_together() -> None:
    found = followed(
        [Entry(0, 100, "Ada", ()), Entry(50, 150, "Bo", ()), Entry(100, 120, "Ada", ()), Entry(10, 20, "Eve", ())],
        KNOWN,
    )

    assert found.pieces == [(0, 50, ("1",)), (50, 120, ("1", "2")), (120, 150, ("2",))]
    assert found.unknown == ["Eve"]


def test_what_was_stays_as_it_was_read_then() -> None:
    before = [(0, 100, ("1",)), (100, 200, ("2",))]

    assert kept(before, [(0, 300, ("3",))], 150, 0) == [(0, 100, ("1",)), (100, 150, ("2",)), (150, 300, ("3",))]
    assert kept(before, [(100, 200, ("2",))], 150, 50) == before
    assert kept(before, [], 150, 120) == [(100, 150, ("2",))]
