"""What is wrong is named; what is right but odd is taken."""

import copy
from typing import Any

import pytest

from common.errors import Invalid
from oncall.rules.schedules.reading import read_preview

GOOD: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "layers": [
        {
            "name": "primary",
            "starts_at": "2026-01-05T09:00",
            "ends_at": None,
            "participants": [["ana"], ["bo"]],
            "rotate": {"unit": "week", "every": 1},
            "restrictions": [
                {"kind": "daily", "from": "18:00", "to": "09:00"},
                {
                    "kind": "weekly",
                    "from": {"weekday": "sat", "time": "00:00"},
                    "to": {"weekday": "mon", "time": "00:00"},
                },
            ],
            "anchor": {"at": "2026-01-05T09:00", "group": 0},
        }
    ],
    "overrides": [{"user": "cy", "replaces": None, "from": "2026-03-28T20:00Z", "to": "2026-03-29T08:00Z"}],
    "window": {"from": "2026-03-20T00:00Z", "to": "2026-04-03T00:00Z"},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good one with one part replaced; the path is the name of the field."""
    body = copy.deepcopy(GOOD)
    *way, last = path.replace("[", ".").replace("]", "").split(".")
    here: Any = body
    for step in way:
        here = here[int(step) if step.isdigit() else step]
    here[int(last) if last.isdigit() else last] = value
    return body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", "../etc/passwd"),
        ("time_zone", "Europe"),
        ("time_zone", ""),
        ("time_zone", None),
        ("layers", {}),
        ("layers", None),
        ("layers[0]", "primary"),
        ("layers[0].name", 5),
        ("layers[0].starts_at", "2026-01-05T09:00:00"),
        ("layers[0].starts_at", "2026-01-05T09:00Z"),
        ("layers[0].starts_at", "2026-01-05T09:00+01:00"),
        ("layers[0].starts_at", "2026-01-05T24:00"),
        ("layers[0].starts_at", "2026-02-30T09:00"),
        ("layers[0].starts_at", "0001-01-05T09:00"),
        ("layers[0].starts_at", None),
        ("layers[0].ends_at", "2026-01-05T09:00"),
        ("layers[0].ends_at", "2025-01-05T09:00"),
        ("layers[0].participants", []),
        ("layers[0].participants", "ana"),
        ("layers[0].participants[0]", "ana"),
        ("layers[0].participants[0]", ["ana", "ana"]),
        ("layers[0].participants[0][0]", 7),
        ("layers[0].participants[0][0]", ""),
        ("layers[0].rotate", None),
        ("layers[0].rotate.unit", "fortnight"),
        ("layers[0].rotate.every", 0),
        ("layers[0].rotate.every", -1),
        ("layers[0].rotate.every", True),
        ("layers[0].rotate.every", 1.5),
        ("layers[0].rotate.every", 10**9),
        ("layers[0].restrictions[0].kind", "yearly"),
        ("layers[0].restrictions[0].from", "24:00"),
        ("layers[0].restrictions[0].to", "9:00"),
        ("layers[0].restrictions[1].from", "09:00"),
        ("layers[0].restrictions[1].from.weekday", "Saturday"),
        ("layers[0].restrictions[1].to.time", "24:00"),
        ("layers[0].anchor.group", 2),
        ("layers[0].anchor.at", "2026-01-05"),
        ("layers[0].colour", "red"),
        ("overrides[0].user", None),
        ("overrides[0].replaces", ""),
        ("overrides[0].to", "2026-03-28T20:00Z"),
        ("overrides[0].from", "2026-03-28T20:00"),
        ("overrides[0].from", "2026-03-28T20:00:30Z"),
        ("overrides[0].from", 5),
        ("window.to", "2026-03-20T00:00Z"),
        ("window.to", "2031-04-03T00:00Z"),
        ("window.from", "soon"),
        ("window", None),
        ("windows", []),
    ],
)
def test_the_field_at_fault_is_named(field: str, value: Any) -> None:
    with pytest.raises(Invalid) as told:
        read_preview(changed(field, value))

    assert told.value.field == field


@pytest.mark.parametrize("body", [None, [], "x", 5])
def test_what_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(Invalid) as told:
        read_preview(body)

    assert told.value.field == "body"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("layers", []),
        ("overrides", []),
        ("layers[0].name", ""),
        ("layers[0].starts_at", "2026-03-29T02:30"),
        ("layers[0].participants[0]", []),
        ("layers[0].restrictions", []),
        ("layers[0].anchor", None),
        ("overrides[0].from", "2026-03-28T21:00+01:00"),
        ("window.to", "2031-03-20T00:00Z"),
    ],
)
def test_what_is_odd_and_right_is_taken(field: str, value: Any) -> None:
    read_preview(changed(field, value))


def test_a_single_group_needs_no_rotation() -> None:
    body = changed("layers[0].participants", [["ana"]])
    del body["layers"][0]["rotate"]

    [version] = read_preview(body)[0].versions
    assert version.layers[0].rotation is None


def test_parts_that_may_be_left_out() -> None:
    body = copy.deepcopy(GOOD)
    del body["overrides"]
    for name in ("ends_at", "restrictions", "anchor"):
        del body["layers"][0][name]

    plan, start, end = read_preview(body)
    assert (plan.overrides, plan.versions[0].layers[0].ends_at) == ((), None)
    assert end - start == 14 * 86_400
