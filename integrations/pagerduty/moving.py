"""From PagerDuty's schedules, overrides, escalation policies, users and services to ours. Pure.

Source of the shapes: PagerDuty's REST API v2 reference. A layer's turn is floor((t - rotation_virtual_start) / length),
counted on the schedule's wall clock; a higher layer wins; the list has the highest first.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from integrations.pagerduty.reading import Json, part, parts, words
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
from oncall.moving.times import (
    DAY,
    HOUR,
    before,
    clock_of,
    daily,
    minute,
    named,
    rotate,
    seconds_of,
    wall,
    weekly,
    written,
)

_LEVEL_KINDS = {"user_reference": "person", "user": "person", "schedule_reference": "schedule", "schedule": "schedule"}
#: the lists of an export
LISTS = ("users", "schedules", "overrides", "escalation_policies", "services")


def read_export(lists: Mapping[str, Sequence[Json]]) -> Export:
    """Return what PagerDuty's lists say: `users`, `schedules`, `overrides` (with `schedule`), `escalation_policies`,
    `services`, as its API gives them.
    """
    export = Export("PagerDuty")
    for user in lists.get("users", ()):
        export.people.append(Person(words(user, "id"), words(user, "name"), words(user, "email").lower()))
    overrides: dict[str, list[Json]] = {}
    for override in lists.get("overrides", ()):
        overrides.setdefault(words(part(override, "schedule"), "id"), []).append(override)
    for schedule in lists.get("schedules", ()):
        theirs = overrides.get(words(schedule, "id"), [])
        read = partial(_schedule, schedule, theirs, export)
        read_one(export, f"schedule {_name(schedule)}", read, export.schedules)
    for policy in lists.get("escalation_policies", ()):
        export.policies.append(_policy(policy, export))
    for service in lists.get("services", ()):
        export.services.append(_service(service, export))
    return export


def _name(row: Json) -> str:
    return words(row, "name") or words(row, "summary") or words(row, "id")


def _schedule(row: Json, overrides: Sequence[Json], export: Export) -> MovedSchedule:
    name = _name(row)
    where = f"schedule {name}"
    zone = words(row, "time_zone") or "UTC"
    layers = []
    for number, layer in enumerate(reversed(parts(row, "schedule_layers"))):
        read = _layer(layer, zone, f"layer {number + 1}", where, export)
        if read is not None:
            layers.append(read)
    found = []
    for override in overrides or parts(part(row, "overrides_subschedule"), "rendered_schedule_entries"):
        start, end = words(override, "start"), words(override, "end")
        user = words(part(override, "user"), "id")
        if start and end and user:
            found.append({"user": user, "replaces": None, "from": minute(start), "to": minute(end, up=True)})
    return MovedSchedule(
        key=words(row, "id"),
        name=name,
        time_zone=zone,
        layers=named(layers),
        overrides=found,
        description=words(row, "description"),
        rendered=_rendered(row),
        known=known_of(row),
    )


def _rendered(row: Json) -> list[Rendered] | None:
    final = row.get("final_schedule")
    if not isinstance(final, dict):
        return None
    return [
        Rendered(seconds_of(words(entry, "start")), seconds_of(words(entry, "end")), words(part(entry, "user"), "id"))
        for entry in parts(final, "rendered_schedule_entries")
    ]


def _layer(row: Json, zone: str, called: str, where: str, export: Export) -> dict[str, Any] | None:
    name = words(row, "name") or called
    people = [words(part(each, "user"), "id") for each in parts(row, "users")]
    length = row.get("rotation_turn_length_seconds")
    start, virtual = words(row, "start"), words(row, "rotation_virtual_start") or words(row, "start")
    if not people or not start or not isinstance(length, int):
        export.cannot(f"{where}, {name}", "has nobody or no start, so it does not come along")
        return None
    turns = rotate(length)
    if turns is None and len(people) > 1:
        export.cannot(f"{where}, {name}", f"hands over every {length} seconds; here turns have whole hours")
        return None
    clock = clock_of(zone)
    begins, turns_from = wall(start, clock), wall(virtual, clock)
    end = words(row, "end")
    layer: dict[str, Any] = {
        "name": name,
        "starts_at": written(begins),
        "ends_at": written(wall(end, clock)) if end else None,
        "participants": [[user] for user in people],
    }
    if len(people) > 1 and turns is not None:
        layer |= {
            "rotate": turns,
            "anchor": {"at": written(before(turns_from, begins, length * len(people))), "group": 0},
        }
    windows = []
    for restriction in parts(row, "restrictions"):
        window = _restriction(restriction)
        if window is None:
            export.cannot(
                f"{where}, {name}", "has a restriction of a kind that is not known; the layer is open all day"
            )
        else:
            windows.append(window)
    if windows:
        layer["restrictions"] = windows
    return layer


def _restriction(row: Json) -> dict[str, Any] | None:
    kind, length = words(row, "type"), row.get("duration_seconds")
    at = words(row, "start_time_of_day")
    if kind not in ("daily_restriction", "weekly_restriction") or not isinstance(length, int) or len(at) < 5:
        return None
    begins = int(at[:2]) * HOUR + int(at[3:5]) * 60
    if kind == "daily_restriction":
        return daily(begins, length)
    day = row.get("start_day_of_week")
    if not isinstance(day, int) or not 1 <= day <= 7:
        return None
    return weekly(begins + (day - 1) * DAY, length)


def _policy(row: Json, export: Export) -> MovedPolicy:
    name = _name(row)
    levels = []
    for number, rule in enumerate(parts(row, "escalation_rules"), start=1):
        targets = []
        for target in parts(rule, "targets"):
            kind = _LEVEL_KINDS.get(words(target, "type"))
            if kind is None:
                what = f"asks a {words(target, 'type') or 'target'}, which has no counterpart here"
                export.cannot(f"policy {name}, level {number}", what)
            else:
                targets.append((kind, words(target, "id")))
        assignment = words(part(rule, "escalation_rule_assignment_strategy"), "type")
        if assignment == "round_robin":
            export.cannot(f"policy {name}, level {number}", "asks its people in turn; here they are asked together")
        wait = rule.get("escalation_delay_in_minutes")
        levels.append(MovedLevel(wait if isinstance(wait, int) and wait > 0 else 30, targets))
    loops = row.get("num_loops")
    repeats = loops if isinstance(loops, int) and loops > 0 else 0
    return MovedPolicy(words(row, "id"), name, levels, repeats, words(row, "description"))


def _service(row: Json, export: Export) -> MovedService:
    name = _name(row)
    rule = row.get("incident_urgency_rule")
    if isinstance(rule, dict) and words(rule, "type") == "use_support_hours":
        export.cannot(f"service {name}", "has support hours; here a person's rules for low urgency say when it waits")
    for field, what in (("auto_resolve_timeout", "resolves by itself after a time"), ("acknowledgement_timeout", "")):
        if what and row.get(field):
            export.cannot(f"service {name}", f"{what}; here incidents are resolved by people or by their alerts")
    policy = words(part(row, "escalation_policy"), "id")
    return MovedService(words(row, "id"), name, policy, words(row, "description"))
