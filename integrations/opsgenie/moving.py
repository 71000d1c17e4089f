"""From Opsgenie's users, schedules, overrides, escalations and services to ours. Pure.

Source of the shapes: Opsgenie's REST API v2 reference (users, schedules, timelines, overrides, escalations, services).
The rotations of one Opsgenie schedule are on call beside each other; our layers cover one another. So a schedule with
several rotations becomes one of ours for each, and whoever asked the schedule asks all of them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from integrations.kit.reading import Json, number, part, parts, words
from oncall.moving.shapes import (
    Export,
    MovedLevel,
    MovedPolicy,
    MovedSchedule,
    MovedService,
    Person,
    Rendered,
    known_of,
    read_one,
)
from oncall.moving.times import DAY, HOUR, WEEK, clock_of, daily, minute, seconds_of, wall, weekly, written

_UNITS = {"hourly": "hour", "daily": "day", "weekly": "week"}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MINUTES = {"minutes": 1, "hours": 60, "days": 1440}
_LAST_WAIT = 5
#: the lists of an export
LISTS = ("users", "schedules", "overrides", "escalations", "services")


def read_export(lists: Mapping[str, Sequence[Json]]) -> Export:
    """Return what Opsgenie's lists say: `users`, `schedules` (with `rotations`, and `timeline` where it is known),
    `overrides` (with `schedule`), `escalations`, `services`, as its API gives them under `data`.
    """
    export = Export("Opsgenie")
    by_address: dict[str, str] = {}
    for user in lists.get("users", ()):
        person = Person(words(user, "id"), words(user, "fullName") or words(user, "username"), _address(user))
        by_address[person.email] = person.key
        export.people.append(person)
    overrides: dict[str, list[Json]] = defaultdict(list)
    for override in lists.get("overrides", ()):
        overrides[words(part(override, "schedule"), "id")].append(override)
    rotations: dict[str, list[str]] = {}
    for row in lists.get("schedules", ()):
        rotations[words(row, "id")] = []
        if row.get("enabled") is False:
            export.cannot(f"schedule {words(row, 'name')}", "is switched off there; it comes along and is on call here")
        several = len(parts(row, "rotations")) > 1
        for rotation in parts(row, "rotations"):
            read = partial(_schedule, row, rotation, overrides[words(row, "id")], by_address, export, several=several)
            found: list[MovedSchedule] = []
            read_one(export, f"schedule {words(row, 'name')}, {words(rotation, 'name')}", read, found)
            export.schedules += found
            rotations[words(row, "id")] += [one.key for one in found]
    for row in lists.get("escalations", ()):
        export.policies.append(_policy(row, rotations, by_address, export))
    for row in lists.get("services", ()):
        text = "says by its team's routing rules whom it pages; give it a policy here"
        export.cannot(f"service {words(row, 'name')}", text)
        export.services.append(MovedService(words(row, "id"), words(row, "name"), "", words(row, "description")))
    return export


def _address(user: Json) -> str:
    return words(user, "username").lower()


def _person(said: Json, by_address: Mapping[str, str]) -> str:
    """The key of a person whom it names by id or by address."""
    return words(said, "id") or by_address.get(_address(said), "")


def _schedule(
    row: Json,
    rotation: Json,
    overrides: Sequence[Json],
    by_address: Mapping[str, str],
    export: Export,
    *,
    several: bool,
) -> MovedSchedule:
    name, called = words(row, "name"), words(rotation, "name") or "rotation"
    where = f"schedule {name}, {called}"
    zone = words(row, "timezone") or "UTC"
    clock = clock_of(zone)
    groups = [_group(each, by_address, where, export) for each in parts(rotation, "participants")]
    unit = _UNITS.get(words(rotation, "type"))
    if unit is None or not groups:
        raise ValueError("it has nobody" if unit else f"its turns are “{words(rotation, 'type')}”")
    end = words(rotation, "endDate")
    layer: dict[str, Any] = {
        "name": called,
        "starts_at": written(wall(words(rotation, "startDate"), clock)),
        "ends_at": written(wall(end, clock)) if end else None,
        "participants": groups,
        "rotate": {"unit": unit, "every": max(1, number(rotation, "length", 1))},
    }
    if windows := _windows(part(rotation, "timeRestriction")):
        layer["restrictions"] = windows
    return MovedSchedule(
        key=f"{words(row, 'id')}/{words(rotation, 'id')}",
        name=f"{name} / {called}" if several else name,
        time_zone=zone,
        layers=[layer],
        overrides=[found for each in overrides if (found := _override(each, rotation, by_address))],
        description=words(row, "description"),
        rendered=_rendered(row, rotation, by_address),
        known=known_of(row),
    )


def _group(said: Json, by_address: Mapping[str, str], where: str, export: Export) -> list[str]:
    kind = words(said, "type")
    if kind == "user" and (key := _person(said, by_address)):
        return [key]
    if kind != "none":
        export.cannot(
            where, f"gives a turn to {kind or 'somebody'} “{words(said, 'name')}”: that turn is nobody's here"
        )
    return []


def _windows(said: Json) -> list[dict[str, Any]]:
    if words(said, "type") == "time-of-day":
        one = part(said, "restriction")
        begins, ends = _clock(one, "start"), _clock(one, "end")
        return [daily(begins, (ends - begins) % DAY or DAY)]
    windows = []
    for one in parts(said, "restrictions"):
        begins, ends = _moment(one, "start"), _moment(one, "end")
        windows.append(weekly(begins, (ends - begins) % WEEK or WEEK))
    return windows


def _clock(said: Json, edge: str) -> int:
    return number(said, f"{edge}Hour") * HOUR + number(said, f"{edge}Min") * 60


def _moment(said: Json, edge: str) -> int:
    day = words(said, f"{edge}Day").lower()
    if day not in _DAYS:
        raise ValueError(f"a time restriction names the day “{day}”")
    return _DAYS.index(day) * DAY + _clock(said, edge)


def _override(said: Json, rotation: Json, by_address: Mapping[str, str]) -> dict[str, Any] | None:
    of = [words(one, "id") for one in parts(said, "rotations")]
    user = _person(part(said, "user"), by_address)
    if not user or (of and words(rotation, "id") not in of):
        return None
    start, end = minute(words(said, "startDate")), minute(words(said, "endDate"), up=True)
    return {"user": user, "replaces": None, "from": start, "to": end}


def _rendered(row: Json, rotation: Json, by_address: Mapping[str, str]) -> list[Rendered] | None:
    for line in parts(part(part(row, "timeline"), "finalTimeline"), "rotations"):
        if words(line, "id") == words(rotation, "id"):
            periods = [one for one in parts(line, "periods") if words(part(one, "recipient"), "type") == "user"]
            return [
                Rendered(
                    seconds_of(words(one, "startDate")),
                    seconds_of(words(one, "endDate")),
                    _person(part(one, "recipient"), by_address),
                )
                for one in periods
            ]
    return None


def _policy(
    row: Json, rotations: Mapping[str, Sequence[str]], by_address: Mapping[str, str], export: Export
) -> MovedPolicy:
    where = f"escalation {words(row, 'name')}"
    asked: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for rule in parts(row, "rules"):
        after = _delay(part(rule, "delay"))
        recipient = part(rule, "recipient")
        if words(rule, "condition") == "if-not-closed":
            export.cannot(where, f"asks after {after} min though somebody has acknowledged; here an answer ends it")
        if words(rule, "notifyType") not in ("", "default"):
            what = f"asks the {words(rule, 'notifyType')} of a schedule after {after} min; here who is on call"
            export.cannot(where, what)
        kind = words(recipient, "type")
        if kind == "user" and (key := _person(recipient, by_address)):
            asked[after].append(("person", key))
        elif kind == "schedule" and rotations.get(words(recipient, "id")):
            asked[after] += [("schedule", key) for key in rotations[words(recipient, "id")]]
        else:
            export.cannot(
                where, f"asks a {kind or 'recipient'} “{words(recipient, 'name')}”, which does not come along"
            )
    times = sorted(asked)
    if times and times[0] > 0:
        export.cannot(where, f"waits {times[0]} min before it asks anybody; here the first level is asked at once")
    repeat = part(row, "repeat")
    waits = [later - sooner for sooner, later in pairwise(times)]
    waits.append(number(repeat, "waitInterval") or _LAST_WAIT)
    levels = [MovedLevel(max(1, wait), asked[at]) for at, wait in zip(times, waits, strict=False)]
    return MovedPolicy(words(row, "id"), words(row, "name"), levels, number(repeat, "count"), words(row, "description"))


def _delay(said: Json) -> int:
    return number(said, "timeAmount") * _MINUTES.get(words(said, "timeUnit") or "minutes", 1)
