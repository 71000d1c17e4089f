"""A layer as people write it in a form: one group a line, one window a line. Pure, both ways."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from common.errors import Invalid
from oncall.rules.schedules.reading import WEEKDAYS

_NOBODY = "nobody"
_DAY = "|".join(WEEKDAYS)
_CLOCK = r"(\d{1,2}:\d{2})"
_DAILY = re.compile(rf"{_CLOCK} ?- ?{_CLOCK}")
_ON_DAYS = re.compile(rf"({_DAY})(?: ?- ?({_DAY}))? {_CLOCK} ?- ?{_CLOCK}")
_OVER_DAYS = re.compile(rf"({_DAY}) {_CLOCK} ?- ?({_DAY}) {_CLOCK}")

Json = dict[str, Any]


def read_groups(text: str) -> list[list[str]]:
    """Read one group a line: `@ada`, `@ada + @bo`, or `nobody`. What stands there is looked up elsewhere."""
    groups = []
    for line in _lines(text):
        names = [name.strip() for name in re.split(r"[+,&]", line) if name.strip()]
        groups.append([] if [name.casefold() for name in names] == [_NOBODY] else names)
    return groups


def write_groups(groups: Iterable[Iterable[str]], handle: Callable[[str], str]) -> str:
    """Write groups as they are read."""
    return "\n".join(" + ".join(f"@{handle(user)}" for user in group) or _NOBODY for group in groups)


def read_windows(text: str, field: str) -> list[Json]:
    """Read one window a line: `18:00-09:00`, `mon-fri 09:00-17:00`, `sat 00:00 - mon 00:00`, `weekend`.

    :raises Invalid: a line is none of these.
    """
    found: list[Json] = []
    for line in _lines(text.replace("–", "-").replace("—", "-")):
        said = line.casefold().replace("weekend", "sat 00:00 - mon 00:00")
        if at := _OVER_DAYS.fullmatch(said):
            found.append(_weekly(at[1], at[2], at[3], at[4]))
        elif at := _ON_DAYS.fullmatch(said):
            found += [_on_day(day, at[3], at[4]) for day in _days(at[1], at[2] or at[1])]
        elif at := _DAILY.fullmatch(said):
            found.append({"kind": "daily", "from": _time(at[1]), "to": _time(at[2])})
        else:
            raise Invalid(
                f"I can't read “{line[:60]}”. Write 18:00-09:00, mon-fri 09:00-17:00 or sat 00:00 - mon 00:00.",
                field=field,
            )
    return found


def write_windows(restrictions: Iterable[Json]) -> str:
    """Write windows as they are read; the same hours on days in a row are one line."""
    lines: list[str] = []
    run: list[tuple[str, str]] = []

    def close() -> None:
        if run:
            first, last, hours = run[0][0], run[-1][0], run[0][1]
            lines.append(f"{first} {hours}" if first == last else f"{first}-{last} {hours}")
            run.clear()

    for each in restrictions:
        if each["kind"] == "daily":
            close()
            lines.append(f"{each['from']}-{each['to']}")
            continue
        day, hours = each["from"]["weekday"], f"{each['from']['time']}-{each['to']['time']}"
        if _on_day(day, each["from"]["time"], each["to"]["time"]) != each:
            close()
            lines.append(f"{day} {each['from']['time']} - {each['to']['weekday']} {each['to']['time']}")
            continue
        if run and (run[-1][1] != hours or _after(run[-1][0]) != day):
            close()
        run.append((day, hours))
    close()
    return "\n".join(lines)


def _on_day(day: str, start: str, end: str) -> Json:
    start, end = _time(start), _time(end)
    return _weekly(day, start, day if end > start else _after(day), end)


def _weekly(day: str, start: str, last: str, end: str) -> Json:
    return {
        "kind": "weekly",
        "from": {"weekday": day, "time": _time(start)},
        "to": {"weekday": last, "time": _time(end)},
    }


def _days(first: str, last: str) -> list[str]:
    at = WEEKDAYS.index(first)
    count = (WEEKDAYS.index(last) - at) % 7 + 1
    return [WEEKDAYS[(at + more) % 7] for more in range(count)]


def _after(day: str) -> str:
    return WEEKDAYS[(WEEKDAYS.index(day) + 1) % 7]


def _time(text: str) -> str:
    return text.zfill(5)


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
