"""Cases worked out by hand, one per line of the engine's fine print: the same JSON as the preview takes and gives."""

from typing import Any

import pytest

from oncall.rules.schedules.final import final
from oncall.rules.schedules.reading import read_preview
from oncall.rules.schedules.telling import preview_json


def layer(starts_at: str, *groups: list[str], **more: Any) -> dict[str, Any]:
    return {"name": "primary", "starts_at": starts_at, "participants": list(groups), **more}


def every(number: int, unit: str) -> dict[str, Any]:
    return {"unit": unit, "every": number}


def said(zone: str, layers: list[Any], start: str, end: str, overrides: Any = ()) -> dict[str, Any]:
    plan, begins, ends = read_preview(
        {"time_zone": zone, "layers": layers, "overrides": list(overrides), "window": {"from": start, "to": end}}
    )
    return preview_json(final(plan, begins, ends))


def spans(answer: dict[str, Any]) -> list[str]:
    """`05-01 09:00 ana+bo` for each shift, from its beginning on."""
    return [f"{s['from'][5:16].replace('T', ' ')} {'+'.join(s['users'])}" for s in answer["final"]]


DAILY = [layer("2026-03-01T09:00", ["ana"], ["bo"], rotate=every(1, "day"))]
A, B, C = ["ana"], ["bo"], ["cy"]


@pytest.mark.parametrize(
    ("zone", "layers", "window", "expected"),
    [
        pytest.param(
            "Europe/Berlin",
            [layer("2026-03-23T09:00", A, B, rotate=every(1, "week"))],
            ("2026-03-23T00:00Z", "2026-04-07T00:00Z"),
            ["03-23 08:00 ana", "03-30 07:00 bo", "04-06 07:00 ana"],
            id="a week over the spring change has 167 real hours",
        ),
        pytest.param(
            "Europe/Berlin",
            [layer("2026-10-19T09:00", A, B, rotate=every(1, "week"))],
            ("2026-10-19T00:00Z", "2026-11-03T00:00Z"),
            ["10-19 07:00 ana", "10-26 08:00 bo", "11-02 08:00 ana"],
            id="a week over the autumn change has 169 real hours",
        ),
        pytest.param(
            "America/New_York",
            [layer("2026-03-07T02:30", A, B, rotate=every(1, "day"))],
            ("2026-03-07T07:30Z", "2026-03-10T00:00Z"),
            ["03-07 07:30 ana", "03-08 07:00 bo", "03-09 06:30 ana"],
            id="a hand-off in the missing hour is at the first instant after it",
        ),
        pytest.param(
            "America/New_York",
            [layer("2026-10-31T01:30", A, B, rotate=every(1, "day"))],
            ("2026-10-31T05:30Z", "2026-11-03T00:00Z"),
            ["10-31 05:30 ana", "11-01 05:30 bo", "11-02 06:30 ana"],
            id="a hand-off in the repeated hour is at its first occurrence",
        ),
        pytest.param(
            "America/New_York",
            [layer("2026-10-31T23:00", A, B, C, rotate=every(1, "hour"))],
            ("2026-11-01T03:00Z", "2026-11-01T09:00Z"),
            ["11-01 03:00 ana", "11-01 04:00 bo", "11-01 05:00 cy", "11-01 07:00 ana", "11-01 08:00 bo"],
            id="the repeated hour is not replayed: one turn has two real hours",
        ),
        pytest.param(
            "America/New_York",
            [layer("2026-03-08T00:00", A, B, C, rotate=every(1, "hour"))],
            ("2026-03-08T05:00Z", "2026-03-08T09:00Z"),
            ["03-08 05:00 ana", "03-08 06:00 bo", "03-08 07:00 ana", "03-08 08:00 bo"],
            id="a turn that lies wholly in the missing hour does not exist, and its person is skipped",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            [layer("2026-10-03T02:15", A, B, rotate=every(1, "day"))],
            ("2026-10-02T15:45Z", "2026-10-05T00:00Z"),
            ["10-02 15:45 ana", "10-03 15:30 bo", "10-04 15:15 ana"],
            id="a clock that is moved by half an hour",
        ),
        pytest.param(
            "Pacific/Apia",
            [layer("2011-12-28T09:00", A, B, C, ["di"], rotate=every(1, "day"))],
            ("2011-12-28T19:00Z", "2011-12-31T19:00Z"),
            ["12-28 19:00 ana", "12-29 19:00 bo", "12-30 10:00 cy", "12-30 19:00 di"],
            id="a day that does not exist: its hand-off is when the next day begins",
        ),
        pytest.param(
            "UTC",
            [layer("2026-01-31T00:00", A, B, C, rotate=every(1, "month"))],
            ("2026-01-31T00:00Z", "2026-05-01T00:00Z"),
            ["01-31 00:00 ana", "02-28 00:00 bo", "03-31 00:00 cy", "04-30 00:00 ana"],
            id="months count from the anchor's day, clamped to the month's end",
        ),
        pytest.param(
            "UTC",
            [layer("2023-08-31T08:00", A, B, rotate=every(6, "month"))],
            ("2023-09-01T00:00Z", "2024-09-01T00:00Z"),
            ["09-01 00:00 ana", "02-29 08:00 bo", "08-31 08:00 ana"],
            id="every six months, by a leap day",
        ),
        pytest.param(
            "Europe/Berlin",
            [layer("2026-06-01T00:00", A, restrictions=[{"kind": "daily", "from": "22:00", "to": "06:00"}])],
            ("2026-06-02T00:00Z", "2026-06-04T00:00Z"),
            ["06-02 00:00 ana", "06-02 20:00 ana", "06-03 20:00 ana"],
            id="a window that wraps midnight",
        ),
        pytest.param(
            "UTC",
            [
                layer(
                    "2026-06-01T00:00",
                    A,
                    restrictions=[
                        {
                            "kind": "weekly",
                            "from": {"weekday": "sun", "time": "22:00"},
                            "to": {"weekday": "mon", "time": "02:00"},
                        }
                    ],
                )
            ],
            ("2026-06-07T00:00Z", "2026-06-09T00:00Z"),
            ["06-07 22:00 ana"],
            id="a window that wraps the week",
        ),
        pytest.param(
            "UTC",
            [
                layer(
                    "2026-06-01T00:00",
                    A,
                    B,
                    rotate=every(1, "day"),
                    restrictions=[{"kind": "daily", "from": "09:00", "to": "09:00"}],
                )
            ],
            ("2026-06-01T00:00Z", "2026-06-03T00:00Z"),
            ["06-01 00:00 ana", "06-02 00:00 bo"],
            id="from = to is the whole day",
        ),
        pytest.param(
            "UTC",
            [
                layer(
                    "2026-06-01T00:00",
                    A,
                    B,
                    rotate=every(1, "day"),
                    restrictions=[{"kind": "daily", "from": "18:00", "to": "06:00"}],
                )
            ],
            ("2026-06-01T12:00Z", "2026-06-02T12:00Z"),
            ["06-01 18:00 ana", "06-02 00:00 bo"],
            id="a hand-off inside a window",
        ),
        pytest.param(
            "UTC",
            [
                layer(
                    "2026-06-01T08:00",
                    A,
                    B,
                    rotate=every(1, "day"),
                    restrictions=[
                        {
                            "kind": "weekly",
                            "from": {"weekday": "wed", "time": "00:00"},
                            "to": {"weekday": "thu", "time": "00:00"},
                        }
                    ],
                )
            ],
            ("2026-06-01T00:00Z", "2026-06-09T00:00Z"),
            ["06-03 00:00 bo", "06-03 08:00 ana"],
            id="turns pass while the layer is closed",
        ),
        pytest.param(
            "UTC",
            [
                layer("2026-06-01T00:00", A),
                layer("2026-06-01T00:00", B, restrictions=[{"kind": "daily", "from": "09:00", "to": "17:00"}]),
            ],
            ("2026-06-01T00:00Z", "2026-06-02T00:00Z"),
            ["06-01 00:00 ana", "06-01 09:00 bo", "06-01 17:00 ana"],
            id="a higher layer covers a lower one for its hours",
        ),
        pytest.param(
            "UTC",
            [layer("2026-06-02T09:00", A, B, rotate=every(1, "day"), ends_at="2026-06-03T21:00")],
            ("2026-06-01T00:00Z", "2026-06-05T00:00Z"),
            ["06-02 09:00 ana", "06-03 09:00 bo"],
            id="closed before it starts and from its end on",
        ),
        pytest.param(
            "UTC",
            [layer("2026-06-03T00:00", A, B, C, rotate=every(1, "day"), anchor={"at": "2026-06-01T12:00", "group": 2})],
            ("2026-06-03T00:00Z", "2026-06-05T00:00Z"),
            ["06-03 00:00 ana", "06-03 12:00 bo", "06-04 12:00 cy"],
            id="turns count from an anchor elsewhere",
        ),
        pytest.param(
            "UTC",
            [layer("2026-06-01T00:00", ["ana", "bo"], ["cy", "bo"], rotate=every(1, "day"))],
            ("2026-06-01T00:00Z", "2026-06-03T00:00Z"),
            ["06-01 00:00 ana+bo", "06-02 00:00 cy+bo"],
            id="a group is on call together",
        ),
    ],
)
def test_who_is_on_call(zone: str, layers: list[Any], window: tuple[str, str], expected: list[str]) -> None:
    assert spans(said(zone, layers, *window)) == expected


DAY = ("2026-06-01T00:00Z", "2026-06-02T00:00Z")
PAIR = [layer("2026-06-01T00:00", ["ana", "bo"])]


def cover(user: str, start: int, end: int, replaces: str | None = None) -> dict[str, Any]:
    return {"user": user, "replaces": replaces, "from": f"2026-06-01T{start:02}:00Z", "to": f"2026-06-01T{end:02}:00Z"}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([cover("cy", 6, 12)], ["00:00 ana+bo", "06:00 cy", "12:00 ana+bo"]),
        (
            [cover("cy", 6, 12), cover("di", 8, 10)],
            ["00:00 ana+bo", "06:00 cy", "08:00 di", "10:00 cy", "12:00 ana+bo"],
        ),
        ([cover("cy", 6, 12), cover("di", 12, 18)], ["00:00 ana+bo", "06:00 cy", "12:00 di", "18:00 ana+bo"]),
        ([cover("cy", 6, 12, "ana")], ["00:00 ana+bo", "06:00 cy+bo", "12:00 ana+bo"]),
        ([cover("cy", 0, 12, "ana"), cover("di", 0, 12, "cy")], ["00:00 di+bo", "12:00 ana+bo"]),
        ([cover("cy", 0, 12, "ana"), cover("di", 0, 12, "ana")], ["00:00 di+bo", "12:00 ana+bo"]),
        ([cover("cy", 0, 12, "ana"), cover("di", 0, 12, "bo")], ["00:00 cy+di", "12:00 ana+bo"]),
        ([cover("bo", 0, 12, "ana")], ["00:00 bo", "12:00 ana+bo"]),
        ([cover("cy", 0, 12, "di")], ["00:00 ana+bo"]),
        ([cover("cy", 0, 12), cover("di", 0, 12, "ana")], ["00:00 cy", "12:00 ana+bo"]),
        ([cover("cy", 0, 12), cover("di", 0, 12, "cy")], ["00:00 di", "12:00 ana+bo"]),
        ([cover("di", 0, 12, "ana"), cover("cy", 0, 12)], ["00:00 cy", "12:00 ana+bo"]),
    ],
    ids=[
        "instead of everybody",
        "the newest wins",
        "back to back",
        "instead of one",
        "a chain",
        "the newer of two for the same person",
        "both of a group",
        "by somebody who is there already",
        "of somebody who is not on call",
        "of somebody whom a whole one covers",
        "of the one who covers",
        "a whole one over one for a member",
    ],
)
def test_overrides(overrides: list[Any], expected: list[str]) -> None:
    assert [span[6:] for span in spans(said("UTC", PAIR, *DAY, overrides))] == expected


def test_a_whole_override_covers_gaps_nobody_and_the_time_before() -> None:
    layers = [layer("2026-06-01T12:00", [])]
    answer = said("UTC", layers, *DAY, [cover("cy", 10, 14)])

    assert spans(answer) == ["06-01 10:00 cy"]
    assert answer["final"][0]["source"] == {"kind": "override", "index": 0}
    assert answer["gaps"] == [
        {"from": "2026-06-01T00:00:00Z", "to": "2026-06-01T10:00:00Z", "deliberate": False},
        {"from": "2026-06-01T14:00:00Z", "to": "2026-06-02T00:00:00Z", "deliberate": True},
    ]


def test_who_was_replaced_stands_beside_the_layer() -> None:
    answer = said("UTC", PAIR, *DAY, [cover("cy", 0, 12, "ana"), cover("di", 0, 12, "cy")])

    assert answer["final"][0] == {
        "from": "2026-06-01T00:00:00Z",
        "to": "2026-06-01T12:00:00Z",
        "users": ["di", "bo"],
        "source": {"kind": "layer", "name": "primary", "turn": 0},
        "replaced": [{"user": "ana", "by": "di", "override": 1}],
    }


def test_nobody_on_purpose_covers_what_is_below_and_stays_apart_from_an_accident() -> None:
    layers = [
        layer("2026-06-01T00:00", A, ends_at="2026-06-01T12:00"),
        layer("2026-06-01T00:00", [], restrictions=[{"kind": "daily", "from": "09:00", "to": "15:00"}]),
    ]
    answer = said("UTC", layers, *DAY)

    assert spans(answer) == ["06-01 00:00 ana"]
    assert [(gap["from"][11:16], gap["deliberate"]) for gap in answer["gaps"]] == [("09:00", True), ("15:00", False)]


def test_no_layers_are_one_gap() -> None:
    assert said("UTC", [], *DAY) == {
        "final": [],
        "gaps": [{"from": "2026-06-01T00:00:00Z", "to": "2026-06-02T00:00:00Z", "deliberate": False}],
    }


def test_the_documented_example() -> None:
    """The configuration that the documents show, with the night's hand-off on the day the clock is moved."""
    night = {"kind": "daily", "from": "18:00", "to": "09:00"}
    weekend = {
        "kind": "weekly",
        "from": {"weekday": "sat", "time": "00:00"},
        "to": {"weekday": "mon", "time": "00:00"},
    }
    primary = layer("2026-01-05T09:00", A, B, [], rotate=every(1, "week"), ends_at=None, restrictions=[night, weekend])
    override = {"user": "cy", "replaces": None, "from": "2026-03-28T20:00Z", "to": "2026-03-29T08:00Z"}
    answer = said("Europe/Berlin", [primary], "2026-03-20T00:00Z", "2026-04-03T00:00Z", [override])

    assert answer["final"][0] == {
        "from": "2026-03-20T00:00:00Z",
        "to": "2026-03-20T08:00:00Z",
        "users": ["bo"],
        "source": {"kind": "layer", "name": "primary", "turn": 10},
    }
    assert spans(answer) == [
        "03-20 00:00 bo",
        "03-20 17:00 bo",
        "03-28 20:00 cy",
        "03-30 16:00 ana",
        "03-31 16:00 ana",
        "04-01 16:00 ana",
        "04-02 16:00 ana",
    ]
    assert answer["gaps"][0] == {"from": "2026-03-20T08:00:00Z", "to": "2026-03-20T17:00:00Z", "deliberate": False}
    assert {"from": "2026-03-23T17:00:00Z", "to": "2026-03-24T08:00:00Z", "deliberate": True} in answer["gaps"]
