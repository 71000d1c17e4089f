"""Durations and moments."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chatops.grammar.errors import Unreadable
from chatops.grammar.times import read_duration, read_when, write_duration, write_when
from tests.chatops.lines import random_lines

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 10, 13, 0, tzinfo=UTC)  # a Wednesday, 15:00 in Berlin


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("1d", 86400),
        ("1h30m", 5400),
        ("10 min", 600),
        ("1h 30m", 5400),
        ("2 Hours", 7200),
        ("1.5h", 5400),
        ("1w", 604800),
    ],
)
def test_duration_is_read(text: str, seconds: int) -> None:
    length = read_duration(text)

    assert length == timedelta(seconds=seconds)
    assert read_duration(write_duration(length)) == length


@pytest.mark.parametrize("text", ["", "10", "h", "-5m", "0m", "9999999d", "ten minutes", "5x", "1h30", "m5"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_duration(text)

    assert "10m" in caught.value.hint


def test_bare_number_offers_minutes_and_hours() -> None:
    with pytest.raises(Unreadable) as caught:
        read_duration("30")

    assert [choice.value for choice in caught.value.choices] == ["30m", "30h"]


@pytest.mark.parametrize(
    ("text", "lean", "expected"),
    [
        ("now", "future", "2026-06-10T13:00:00Z"),
        ("14:05", "past", "2026-06-10T12:05:00Z"),
        ("14:05", "future", "2026-06-11T12:05:00Z"),
        ("15:03", "past", "2026-06-10T13:03:00Z"),
        ("14:05Z", "future", "2026-06-10T14:05:00Z"),
        ("14:05 utc", "past", "2026-06-09T14:05:00Z"),
        ("tomorrow 9", "future", "2026-06-11T07:00:00Z"),
        ("Tomorrow at 9:30", "future", "2026-06-11T07:30:00Z"),
        ("yesterday 23:15", "past", "2026-06-09T21:15:00Z"),
        ("fri 17:00", "future", "2026-06-12T15:00:00Z"),
        ("fri 17:00", "past", "2026-06-05T15:00:00Z"),
        ("wed 9", "future", "2026-06-17T07:00:00Z"),
        ("wednesday 18:00", "future", "2026-06-10T16:00:00Z"),
        ("9pm", "future", "2026-06-10T19:00:00Z"),
        ("12am", "future", "2026-06-10T22:00:00Z"),
        ("2026-03-01T14:05Z", "past", "2026-03-01T14:05:00Z"),
        ("2026-03-01 14:05", "past", "2026-03-01T13:05:00Z"),
        ("2026-03-01T14:05:30+05:30", "past", "2026-03-01T08:35:30Z"),
        ("-20m", "past", "2026-06-10T12:40:00Z"),
        ("—20m", "past", "2026-06-10T12:40:00Z"),
        ("−20m", "past", "2026-06-10T12:40:00Z"),
        ("20m ago", "future", "2026-06-10T12:40:00Z"),
        ("in 1h30m", "past", "2026-06-10T14:30:00Z"),
        ("+20m", "past", "2026-06-10T13:20:00Z"),
    ],
)
def test_moment_is_read(text: str, lean: str, expected: str) -> None:
    when = read_when(text, now=NOW, zone=BERLIN, lean=lean)  # type: ignore[arg-type]

    assert write_when(when.at) == expected
    assert not when.is_guess


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("9", 'I read "9" as 09:00 Berlin (07:00Z) tomorrow.'),
        ("1405", 'I read "1405" as 14:05 Berlin (12:05Z) tomorrow.'),
        ("tomorrow", 'I read "tomorrow" as 09:00 Berlin (07:00Z) tomorrow.'),
        ("20m", 'I read "20m" as 15:20 Berlin (13:20Z) today.'),
        # the clocks go forward over it, and back over it
        ("2026-03-29 02:30", 'I read "2026-03-29 02:30" as 03:30 Berlin (01:30Z) on Sun 29 Mar.'),
        ("2026-10-25 02:30", 'I read "2026-10-25 02:30" as 02:30 Berlin (00:30Z) on Sun 25 Oct.'),
    ],
)
def test_unclear_moment_is_a_guess_with_words(text: str, note: str) -> None:
    when = read_when(text, now=NOW, zone=BERLIN)

    assert when.note == note
    assert when.is_guess


def test_words_in_utc_say_it_once() -> None:
    when = read_when("9", now=NOW, zone=UTC)

    assert when.note == 'I read "9" as 09:00 UTC tomorrow.'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "25:00",
        "14:61",
        "soon",
        "13pm",
        "0am",
        "1999-01-01 10:00",
        "9999-12-31T23:59Z",
        "--",
        "2026-02-30 1:00",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_when(text, now=NOW, zone=BERLIN)

    assert "tomorrow 9" in caught.value.hint


def test_random_text_never_breaks_reading_times() -> None:
    zones = [BERLIN, UTC, ZoneInfo("Pacific/Apia"), ZoneInfo("Asia/Kolkata")]
    for index, text in enumerate(random_lines(seed=3)):
        for word in [text, *text.split()]:
            with suppress(Unreadable):
                when = read_when(word, now=NOW, zone=zones[index % 4])
                assert read_when(write_when(when.at), now=NOW, zone=BERLIN).at == when.at
            with suppress(Unreadable):
                read_duration(word)
