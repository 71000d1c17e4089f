"""Exports of other systems in our words: shift by shift the same, and what has no counterpart is named."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from integrations.grafana_oncall.moving import read_export as read_grafana
from integrations.opsgenie.moving import read_export as read_opsgenie
from integrations.pagerduty.moving import read_export as read_pagerduty
from oncall.moving.checking import differences
from oncall.moving.shapes import Export
from tests.integrations.moving.exports import WINDOW, grafana, opsgenie, pagerduty, seconds

Json = dict[str, Any]
SYSTEMS = {
    "pagerduty": (read_pagerduty, pagerduty),
    "opsgenie": (read_opsgenie, opsgenie),
    "grafana": (read_grafana, grafana),
}
each = pytest.mark.parametrize(("read", "made"), SYSTEMS.values(), ids=SYSTEMS)
Read = Callable[[dict[str, list[Json]]], Export]


@each
def test_ours_is_theirs_shift_by_shift_over_a_change_of_the_clocks(read: Read, made: Callable[[], Any]) -> None:
    export = read(made())

    assert export.schedules
    for schedule in export.schedules:
        assert differences(schedule, *WINDOW) == [], schedule.name


@each
def test_a_difference_is_found(read: Read, made: Callable[[], Any]) -> None:
    """Somebody's shift is an hour longer there than ours would be."""
    lists = made()
    text = {"2026-03-30T07:00:00Z": "2026-03-30T08:00:00Z"}

    def later(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: later(one) for name, one in value.items()}
        if isinstance(value, list):
            return [later(one) for one in value]
        return text.get(value, value) if isinstance(value, str) else value

    export = read({**lists, "schedules": later(lists["schedules"])})

    found = [one for schedule in export.schedules for one in differences(schedule, *WINDOW) or []]
    [one] = found
    assert (one.start, one.end) == (seconds("2026-03-30T07:00Z"), seconds("2026-03-30T08:00Z"))
    assert (len(one.theirs), len(one.ours)) == (1, 1)


@each
def test_people_policies_and_services_come_along(read: Read, made: Callable[[], Any]) -> None:
    export = read(made())

    assert [person.email for person in export.people] == ["ada@example.com", "bo@example.com", "cleo@example.com"]
    [policy] = export.policies
    assert policy.levels[0].wait_minutes == 10
    assert {kind for level in policy.levels for kind, _ in level.targets} == {"schedule", "person"}
    assert policy.repeats > 0
    assert [service.name for service in export.services] == ["Payments API"]


@each
def test_what_has_no_counterpart_is_named(read: Read, made: Callable[[], Any]) -> None:
    said = {f"{one.where}: {one.what}" for one in read(made()).unsupported}

    expected = {
        "PagerDuty": {
            "policy Payments, level 2: asks a robot_reference, which has no counterpart here",
            "service Payments API: resolves by itself after a time; here incidents are resolved by people or by their "
            "alerts",
        },
        "Opsgenie": {
            "escalation Payments: asks the all of a schedule after 10 min; here who is on call",
            "escalation Payments: asks a team “Platform”, which does not come along",
            "service Payments API: says by its team's routing rules whom it pages; give it a policy here",
        },
        "Grafana OnCall": {
            "schedule From a calendar: follows an outside calendar; make a schedule here that reads the same calendar",
            "escalation chain Payments: has a step “trigger_webhook”, which does not come along",
        },
    }
    assert said == expected[read(made()).source]


@each
def test_nothing_of_an_odd_export_is_dropped_in_silence(read: Read, made: Callable[[], Any]) -> None:
    """Each field taken away or of another type: what is left is read, and no error escapes."""
    lists = made()
    before = read(lists)
    whole = len(before.schedules) + len(before.policies) + len(before.services)
    for name, rows in lists.items():
        for place, row in enumerate(rows):
            for field in row:
                for value in (None, 7, "nonsense", [], [None], {"id": 3}):
                    odd = copy.deepcopy(lists)
                    odd[name][place][field] = value
                    export = read(odd)
                    there = len(export.schedules) + len(export.policies) + len(export.services)
                    assert there >= whole or len(export.unsupported) > len(before.unsupported), (name, field, value)


def layer_of(**fields: Any) -> tuple[Json | None, Export]:
    lists = pagerduty()
    lists["schedules"][0]["schedule_layers"] = [{**lists["schedules"][0]["schedule_layers"][1], **fields}]
    export = read_pagerduty(lists)
    layers = export.schedules[0].layers
    return (dict(layers[0]) if layers else None), export


@pytest.mark.parametrize(
    ("length", "rotate"),
    [
        (604_800, {"unit": "week", "every": 1}),
        (1_209_600, {"unit": "week", "every": 2}),
        (86_400, {"unit": "day", "every": 1}),
        (259_200, {"unit": "day", "every": 3}),
        (43_200, {"unit": "hour", "every": 12}),
    ],
)
def test_pagerduty_turns(length: int, rotate: Json) -> None:
    layer, _ = layer_of(rotation_turn_length_seconds=length)

    assert layer is not None
    assert layer["rotate"] == rotate


def test_pagerduty_turns_that_are_no_whole_hours_are_named() -> None:
    layer, export = layer_of(rotation_turn_length_seconds=5400)

    assert layer is None
    assert any("hands over every 5400 seconds" in one.what for one in export.unsupported)


def test_pagerduty_turns_counted_from_later_than_the_layer_begins() -> None:
    """Its turns may be negative; ours are counted from whole rounds before."""
    layer, _ = layer_of(start="2026-01-01T00:00:00+01:00", rotation_virtual_start="2026-02-09T09:00:00+01:00")

    assert layer is not None
    assert layer["anchor"] == {"at": "2025-12-29T09:00", "group": 0}


@pytest.mark.parametrize(
    ("said", "window"),
    [
        (
            {"type": "daily_restriction", "start_time_of_day": "09:00:00", "duration_seconds": 28_800},
            {"kind": "daily", "from": "09:00", "to": "17:00"},
        ),
        (
            {"type": "daily_restriction", "start_time_of_day": "18:00:00", "duration_seconds": 86_400},
            {"kind": "daily", "from": "18:00", "to": "18:00"},
        ),
        (
            {
                "type": "weekly_restriction",
                "start_day_of_week": 6,
                "start_time_of_day": "00:00:00",
                "duration_seconds": 172_800,
            },
            {"kind": "weekly", "from": {"weekday": "sat", "time": "00:00"}, "to": {"weekday": "mon", "time": "00:00"}},
        ),
    ],
)
def test_pagerduty_restrictions(said: Json, window: Json) -> None:
    layer, _ = layer_of(restrictions=[said])

    assert layer is not None
    assert layer["restrictions"] == [window]


def shift_of(**fields: Any) -> Export:
    lists = grafana()
    lists["on_call_shifts"][0] |= fields
    return read_grafana(lists)


def test_grafana_days_of_a_week_turn_over_on_the_first_day_of_theirs() -> None:
    export = shift_of(duration=36_000, by_day=["MO", "TU", "WE"], week_start="SU", start="2026-01-07T08:00:00")

    weeks = export.schedules[0].layers[0]
    assert weeks["anchor"] == {"at": "2026-01-04T08:00", "group": 0}
    assert [window["from"] for window in weeks["restrictions"]] == [
        {"weekday": day, "time": "08:00"} for day in ("mon", "tue", "wed")
    ]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"frequency": "monthly"}, "it comes monthly"),
        ({"interval": 2, "duration": 86_400}, "another time than its turn"),
        ({"interval": 2, "by_day": ["MO"], "duration": 3600}, "one of 2 weeks"),
        ({"frequency": "daily", "by_day": ["MO", "TU"], "duration": 3600}, "only on some days"),
        ({"rolling_users": []}, "nobody"),
        ({"start": "soon"}, "no time"),
    ],
)
def test_grafana_shifts_without_a_counterpart_are_named(fields: Json, why: str) -> None:
    export = shift_of(**fields)

    assert [layer["name"] for layer in export.schedules[0].layers] == ["Nights"]
    assert any(why in one.what for one in export.unsupported)


def test_grafana_schedules_of_its_web_page_count_in_utc() -> None:
    lists = grafana()
    lists["schedules"][0]["type"] = "web"
    export = read_grafana(lists)

    assert export.schedules[0].time_zone == "UTC"
    assert any("counts in UTC" in one.what for one in export.unsupported)
