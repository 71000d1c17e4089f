"""Whatever the schedule: the engine says what a slow second answer says, and no edge of a window changes it."""

import os
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncall.rules.schedules.final import final, on_call_at
from oncall.rules.schedules.plan import Gap, Layer, Override, Plan, Restriction, Rotation, Shift, Swap, Unit, Version
from oncall.rules.schedules.wall import DAY, WEEK, wall_of
from tests.oncall.schedules.oracle import DELIBERATE, MINUTE, NOBODY, people

SWEEP = os.environ.get("WARROOM_SWEEP") == "1"
thoroughly = settings(
    max_examples=20_000 if SWEEP else 300,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

#: zones, each with days on which something happens to its clock
ZONES = {
    "Europe/Berlin": ["2026-03-29", "2026-10-25"],
    "America/New_York": ["2026-03-08", "2026-11-01"],
    "America/Chicago": ["2026-03-08", "2026-11-01"],
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04"],
    "Pacific/Apia": ["2011-12-30", "2026-06-01"],
    "Africa/Casablanca": ["2026-02-15", "2026-03-22"],
    "America/Santiago": ["2026-04-05", "2026-09-06"],
    "America/St_Johns": ["2026-03-08", "2006-10-29"],
    "Asia/Kathmandu": ["2026-03-29", "1986-01-01"],
    "Asia/Gaza": ["2026-03-28", "2026-10-24"],
    "Atlantic/Azores": ["2026-03-29", "2026-10-25"],
    "Pacific/Kwajalein": ["1993-08-21", "2026-01-01"],
    "Europe/Dublin": ["2026-03-29", "2026-10-25"],
    "UTC": ["2026-02-28", "2024-02-29"],
}
USERS = ["ana", "bo", "cy", "di"]
wall_minutes = st.integers(0, 24 * 60 - 1).map(lambda minute: minute * MINUTE)
#: often the hours in which clocks are moved
edges = st.one_of(st.sampled_from([0, 90 * MINUTE, 120 * MINUTE, 150 * MINUTE, 180 * MINUTE]), wall_minutes)


@st.composite
def restrictions(draw: Any) -> Restriction:
    period = draw(st.sampled_from([DAY, WEEK]))
    start, end = draw(edges), draw(edges)
    if period == WEEK:
        start, end = start + draw(st.integers(0, 6)) * DAY, end + draw(st.integers(0, 6)) * DAY
    return Restriction(period, start, end if end > start else end + period)


@st.composite
def layers(draw: Any, day: int, name: str) -> Layer:
    group = st.lists(st.sampled_from(USERS), unique=True, max_size=2).map(tuple)
    starts_at = day - draw(st.integers(-1, 70)) * DAY + draw(edges)
    every = draw(st.integers(1, 3))
    unit = draw(st.sampled_from(list(Unit)))
    groups = tuple(draw(st.lists(group, min_size=1, max_size=4)))
    anchored = draw(st.booleans())
    return Layer(
        name=name,
        starts_at=starts_at,
        ends_at=draw(st.none() | st.integers(1, 100 * 24 * 60).map(lambda more: starts_at + more * MINUTE)),
        groups=groups,
        rotation=Rotation(unit, every) if len(groups) > 1 or draw(st.booleans()) else None,
        restrictions=tuple(draw(st.lists(restrictions(), max_size=2))),
        anchor_at=starts_at - draw(st.integers(-40, 40)) * DAY if anchored else None,
        anchor_group=draw(st.integers(0, len(groups) - 1)) if anchored else 0,
    )


@st.composite
def plans(draw: Any) -> tuple[Plan, int, int]:
    """A plan, and a window of up to three days around a day on which the clock is moved."""
    zone = draw(st.sampled_from(list(ZONES)))
    day = wall_of(datetime.fromisoformat(draw(st.sampled_from(ZONES[zone]))))
    start = day - draw(st.integers(0, 36 * 60)) * MINUTE
    end = start + draw(st.integers(1, 72 * 60)) * MINUTE
    found = [draw(layers(day, f"layer {number}")) for number in range(draw(st.integers(0, 3)))]
    overrides = []
    for key in range(draw(st.integers(0, 3))):
        begins = start + draw(st.integers(-300, 3000)) * MINUTE
        ends = begins + draw(st.integers(1, 2000)) * MINUTE
        replaces = draw(st.none() | st.sampled_from(USERS))
        overrides.append(Override(draw(st.sampled_from(USERS)), begins, ends, replaces, key))
    plan = Plan((Version(zone, tuple(found)),), tuple(overrides))
    return replace(plan, swaps=tuple(draw(swaps(plan, start, end)))), start, end


@st.composite
def swaps(draw: Any, plan: Plan, start: int, end: int) -> list[Swap]:
    """Some turns of the window go to others, whole or in part; some swaps are about nothing."""
    turns = [(shift.source.name, shift.source.turn) for shift in final(plan, start, end).shifts]
    found = []
    for key in range(draw(st.integers(0, 3)) if turns else 0):
        layer, turn = draw(st.sampled_from(turns))
        giver, taker = draw(st.sampled_from(USERS)), draw(st.sampled_from(USERS))
        begins = draw(st.none() | st.integers(0, 3000).map(lambda more: start + more * MINUTE))
        lasts = draw(st.none() | st.integers(1, 2000))
        ends = None if lasts is None else (begins or start) + lasts * MINUTE
        found.append(Swap(layer, turn, giver, taker, key, begins, ends))
    return found


@thoroughly
@given(plans())
def test_the_engine_agrees_with_the_wall_clock_minute_by_minute(given_: tuple[Plan, int, int]) -> None:
    plan, start, end = given_
    expected = people(plan, start, end)
    told = final(plan, start, end)

    assert _by_minute(told.shifts, told.gaps, start, end) == expected


@thoroughly
@given(plans(), st.data())
def test_shifts_and_gaps_tile_the_window_and_its_edges_change_nothing(
    given_: tuple[Plan, int, int], data: st.DataObject
) -> None:
    plan, start, end = given_
    told = final(plan, start, end)
    pieces = sorted([*told.shifts, *told.gaps], key=lambda piece: piece.start)

    assert (pieces[0].start, pieces[-1].end) == (start, end)
    assert all(one.start < one.end == other.start for one, other in pairwise(pieces))
    at = data.draw(st.integers(start // MINUTE, end // MINUTE - 1)) * MINUTE
    around = [on_call_at(plan, at)]
    for _ in range(2):
        one = final(
            plan,
            at - data.draw(st.integers(0, 5000)) * MINUTE,
            at + MINUTE + data.draw(st.integers(0, 5000)) * MINUTE,
        )
        around.append(next(piece for piece in [*one.shifts, *one.gaps] if piece.start <= at < piece.end))
    here = next(piece for piece in pieces if piece.start <= at < piece.end)
    assert {_meaning(piece) for piece in around} == {_meaning(here)}


def _meaning(piece: Shift | Gap) -> Any:
    return piece.deliberate if isinstance(piece, Gap) else (piece.users, piece.source, piece.replaced)


def _by_minute(shifts: list[Shift], gaps: list[Gap], start: int, end: int) -> list[set[str] | str]:
    said: list[Any] = [None] * ((end - start) // MINUTE)
    for piece in [*shifts, *gaps]:
        value: Any = set(piece.users) if isinstance(piece, Shift) else DELIBERATE if piece.deliberate else NOBODY
        for minute in range((piece.start - start) // MINUTE, (piece.end - start) // MINUTE):
            assert said[minute] is None
            said[minute] = value
    return said
