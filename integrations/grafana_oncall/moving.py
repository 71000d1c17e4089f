"""From Grafana OnCall's users, schedules, shifts, escalation chains and integrations to ours. Pure.

Source of the shapes: Grafana OnCall's public HTTP API. A shift of a higher level covers lower ones; shifts of one level
are on call beside each other. Shifts without a zone of their own count in UTC there.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
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
from oncall.moving.times import DAY, HOUR, WEEK, daily, minute, named, rotate, seconds_of, weekly, written

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_TURN = {"hourly": HOUR, "daily": DAY, "weekly": WEEK}
_LAST_WAIT = 5
#: the lists of an export
LISTS = ("users", "schedules", "on_call_shifts", "escalation_chains", "escalation_policies", "integrations")


def read_export(lists: Mapping[str, Sequence[Json]]) -> Export:
    """Return what its lists say: `users`, `schedules` (with `final_shifts` where they are known), `on_call_shifts`,
    `escalation_chains`, `escalation_policies`, `integrations`, as its API gives them under `results`.
    """
    export = Export("Grafana OnCall")
    for user in lists.get("users", ()):
        name = words(user, "name") or words(user, "username")
        export.people.append(Person(words(user, "id"), name, words(user, "email").lower()))
    shifts = {words(shift, "id"): shift for shift in lists.get("on_call_shifts", ())}
    for row in lists.get("schedules", ()):
        read = partial(_schedule, row, shifts, export)
        read_one(export, f"schedule {words(row, 'name')}", read, export.schedules)
    steps: dict[str, list[Json]] = defaultdict(list)
    for step in lists.get("escalation_policies", ()):
        steps[words(step, "escalation_chain_id")].append(step)
    for row in lists.get("escalation_chains", ()):
        export.policies.append(_policy(row, steps[words(row, "id")], export))
    for row in lists.get("integrations", ()):
        chain = words(part(row, "default_route"), "escalation_chain_id")
        export.services.append(
            MovedService(words(row, "id"), words(row, "name"), chain, words(row, "description_short"))
        )
    return export


def _schedule(row: Json, shifts: Mapping[str, Json], export: Export) -> MovedSchedule | None:
    name = words(row, "name")
    where = f"schedule {name}"
    if words(row, "type") == "ical":
        export.cannot(where, "follows an outside calendar; make a schedule here that reads the same calendar")
        return None
    zone = words(row, "time_zone") if words(row, "type") == "calendar" else "UTC"
    zone = zone or "UTC"
    if zone == "UTC" and words(row, "time_zone") not in ("", "UTC"):
        text = f"counts in UTC, so that hand-offs move by an hour with {words(row, 'time_zone')}'s clock, as there"
        export.cannot(where, text)
    said = row.get("shifts")
    found = [shifts[key] for key in said if isinstance(key, str) and key in shifts] if isinstance(said, list) else []
    layers: list[tuple[int, dict[str, Any]]] = []
    overrides = []
    for shift in found:
        called = f"{where}, shift {words(shift, 'name') or words(shift, 'id')}"
        if words(shift, "time_zone") not in ("", zone):
            export.cannot(called, f"counts in {words(shift, 'time_zone')}; here the whole schedule counts in {zone}")
        if words(shift, "type") == "override":
            overrides += _override(shift, called, export)
            continue
        into: list[dict[str, Any]] = []
        read_one(export, called, partial(_layer, shift), into)
        layers += [(number(shift, "level", number(shift, "priority_level")), layer) for layer in into]
    levels = [level for level, _ in layers]
    if len(set(levels)) < len(levels):
        text = "has several shifts of one level: where they overlap both are on call there, and here the later one"
        export.cannot(where, text)
    layers.sort(key=lambda one: one[0])
    return MovedSchedule(
        key=words(row, "id"),
        name=name,
        time_zone=zone,
        layers=named([layer for _, layer in layers]),
        overrides=overrides,
        rendered=_rendered(row),
        known=known_of(row),
    )


def _rendered(row: Json) -> list[Rendered] | None:
    if not isinstance(row.get("final_shifts"), list):
        return None
    return [
        Rendered(seconds_of(words(one, "shift_start")), seconds_of(words(one, "shift_end")), words(one, "user_pk"))
        for one in parts(row, "final_shifts")
    ]


def _layer(shift: Json) -> dict[str, Any] | None:
    """One shift as a layer.

    :raises ValueError: it has no counterpart; says why.
    """
    start, length = _local(words(shift, "start")), number(shift, "duration")
    every, how_often = max(1, number(shift, "interval", 1)), words(shift, "frequency").lower()
    groups = _groups(shift)
    if not groups or length <= 0:
        raise ValueError("it has nobody, or no length")
    counts_from = max(start, _local(words(shift, "rotation_start") or words(shift, "start")))
    layer: dict[str, Any] = {
        "name": words(shift, "name") or words(shift, "id"),
        "starts_at": written(counts_from),
        "participants": groups,
    }
    if until := words(shift, "until"):
        layer["ends_at"] = written(_local(until))
    if words(shift, "type") == "single_event" or not how_often:
        return {**layer, "starts_at": written(start), "ends_at": written(start + timedelta(seconds=length))}
    if how_often not in _TURN:
        raise ValueError(f"it comes {how_often}, which has no counterpart here")
    turn = _TURN[how_often] * every
    days = _days(shift)
    anchor = _week_start(start, shift) if how_often == "weekly" and days else start
    if windows := _windows(start, length, how_often, every, days, turn):
        layer["restrictions"] = windows
    if len(groups) > 1:
        if how_often == "daily" and days:
            raise ValueError("its turns pass only on some days, which has no counterpart here")
        layer |= {"rotate": rotate(turn), "anchor": {"at": written(anchor), "group": 0}}
    return layer


def _windows(
    start: datetime, length: int, how_often: str, every: int, days: list[int], turn: int
) -> list[dict[str, Any]]:
    """When a shift is open; none where it is open without end."""
    of_day = start.hour * HOUR + start.minute * 60
    if days:
        if every > 1 and how_often == "weekly":
            raise ValueError(f"it is open in one of {every} weeks, which has no counterpart here")
        if length > DAY:
            raise ValueError("it begins on several days and is longer than one")
        return [weekly(day * DAY + of_day, length) for day in days]
    if length == turn:
        return []
    if every > 1 or length > turn:
        raise ValueError("it is open for another time than its turn, which has no counterpart here")
    if how_often == "daily":
        return [daily(of_day, length)]
    if how_often == "weekly":
        return [weekly(start.weekday() * DAY + of_day, length)]
    raise ValueError("it is open for a part of each hour, which has no counterpart here")


def _groups(shift: Json) -> list[list[str]]:
    said = shift.get("rolling_users")
    if words(shift, "type") == "rolling_users" and isinstance(said, list):
        groups = [[str(user) for user in group] for group in said if isinstance(group, list)]
        first = number(shift, "start_rotation_from_user_index") % max(1, len(groups))
        return groups[first:] + groups[:first]
    users = shift.get("users")
    return [[str(user) for user in users]] if isinstance(users, list) and users else []


def _days(shift: Json) -> list[int]:
    said = shift.get("by_day")
    return [_DAYS.index(day) for day in said if day in _DAYS] if isinstance(said, list) else []


def _week_start(start: datetime, shift: Json) -> datetime:
    """When the week of the first turn began: on its first day, at the hour at which its shifts begin."""
    first = words(shift, "week_start") or "SU"
    day = _DAYS.index(first) if first in _DAYS else 6
    return start - timedelta(days=(start.weekday() - day) % 7)


def _local(text: str) -> datetime:
    """A wall time, as its API writes it without an offset."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError:
        raise ValueError(f"“{text[:40]}” is no time") from None


def _override(shift: Json, where: str, export: Export) -> list[dict[str, Any]]:
    users = [user for group in _groups(shift) for user in group]
    start = _local(words(shift, "start"))
    if len(users) > 1:
        export.cannot(where, f"puts {len(users)} people on call instead; here it is the first of them")
    end = start + timedelta(seconds=number(shift, "duration"))
    made = {"from": minute(f"{start.isoformat()}+00:00"), "to": minute(f"{end.isoformat()}+00:00", up=True)}
    return [{"user": users[0], "replaces": None, **made}] if users and end > start else []


# --- Escalation chains ------------------------------------------------------------------------------------


def _policy(row: Json, steps: Sequence[Json], export: Export) -> MovedPolicy:
    where = f"escalation chain {words(row, 'name')}"
    levels: list[MovedLevel] = []
    asked: list[tuple[str, str]] = []
    repeats = 0
    for step in sorted(steps, key=lambda one: number(one, "position")):
        kind = words(step, "type")
        if kind == "wait":
            if asked:
                levels.append(MovedLevel(max(1, number(step, "duration", 300) // 60), asked))
                asked = []
            elif levels:
                last = levels[-1]
                levels[-1] = MovedLevel(last.wait_minutes + number(step, "duration", 300) // 60, last.targets)
            else:
                text = f"waits {number(step, 'duration', 300) // 60} min before it asks anybody; here it asks at once"
                export.cannot(where, text)
        elif kind in ("notify_persons", "notify_person_next_each_time"):
            if kind == "notify_person_next_each_time":
                export.cannot(where, "asks its people in turn; here they are asked together")
            people = step.get("persons_to_notify") or step.get("persons_to_notify_next_each_time")
            asked += [("person", str(user)) for user in people] if isinstance(people, list) else []
        elif kind == "notify_on_call_from_schedule":
            asked.append(("schedule", words(step, "notify_on_call_from_schedule")))
        elif kind == "repeat_escalation":
            repeats = 5
        else:
            export.cannot(where, f"has a step “{kind}”, which does not come along")
    if asked:
        levels.append(MovedLevel(_LAST_WAIT, asked))
    return MovedPolicy(words(row, "id"), words(row, "name"), levels, repeats)
