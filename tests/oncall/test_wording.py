"""Layers as people write them in a form."""

import pytest

from common.errors import Invalid
from oncall.web.wording import read_groups, read_windows, write_groups, write_windows


def test_groups_are_one_a_line() -> None:
    assert read_groups("@ada\n\n  @bo + @cleo \nNobody\n@ada, @bo") == [
        ["@ada"],
        ["@bo", "@cleo"],
        [],
        ["@ada", "@bo"],
    ]
    assert write_groups([["1"], ["2", "3"], []], {"1": "ada", "2": "bo", "3": "cleo"}.__getitem__) == (
        "@ada\n@bo + @cleo\nnobody"
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("18:00-09:00", "18:00-09:00"),
        ("8:00 – 17:00", "08:00-17:00"),
        ("mon-fri 9:00-17:00", "mon-fri 09:00-17:00"),
        ("Fri 22:00-06:00", "fri 22:00-06:00"),
        ("sat 00:00 - mon 00:00", "sat 00:00 - mon 00:00"),
        ("weekend", "sat 00:00 - mon 00:00"),
        ("fri-mon 10:00-12:00", "fri-mon 10:00-12:00"),
        ("mon 09:00-17:00\nwed 09:00-17:00", "mon 09:00-17:00\nwed 09:00-17:00"),
        ("", ""),
    ],
)
def test_windows_are_read_and_written_the_same(text: str, written: str) -> None:
    windows = read_windows(text, "windows")

    assert write_windows(windows) == written
    assert read_windows(written, "windows") == windows


def test_a_night_of_the_week_ends_the_next_day() -> None:
    assert read_windows("sun 22:00-06:00", "windows") == [
        {"kind": "weekly", "from": {"weekday": "sun", "time": "22:00"}, "to": {"weekday": "mon", "time": "06:00"}}
    ]


@pytest.mark.parametrize("text", ["often", "9-17", "mon", "mon 09:00", "xyz 09:00-10:00", "09:00-10:00-11:00"])
def test_what_is_no_window_is_said(text: str) -> None:
    with pytest.raises(Invalid, match="I can't read") as told:
        read_windows(f"18:00-09:00\n{text}", "layers[0].windows")

    assert told.value.field == "layers[0].windows"
