"""A change moves nobody who is on call, keeps turn numbers, and leaves the past alone."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from oncall.rules.schedules.final import final, on_call_at
from oncall.rules.schedules.plan import Gap, Layer, Plan, Rotation, Shift, Unit, Version
from oncall.rules.schedules.saving import continued
from oncall.rules.schedules.wall import DAY, WEEK, instant_of, wall_of
from tests.oncall.schedules.test_properties import MINUTE, plans

MONDAY = wall_of(datetime.fromisoformat("2026-06-01T09:00"))
A, B, C, D = ("ana",), ("bo",), ("cy",), ("di",)


def at(text: str) -> int:
    return instant_of(datetime.fromisoformat(f"2026-{text}+00:00"))


def weekly(*groups: tuple[str, ...], **more: Any) -> Layer:
    return Layer("primary", MONDAY, groups, rotation=Rotation(Unit.WEEK), **more)


def edited(old: Layer, new: Layer, when: int, zone: str = "UTC") -> Plan:
    before = Version("UTC", (old,))
    return Plan((before, continued(before, Version(zone, (new,)), when)))


def told(plan: Plan, start: str, end: str) -> list[str]:
    return [
        f"{'+'.join(s.users)} {(s.end - s.start) // DAY}d turn {s.source.turn}"
        for s in final(plan, at(start), at(end)).shifts
    ]


WEDNESDAY = at("06-10T12:00")  # Bo's week, the second


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        pytest.param((A, B, C), ["ana", "bo", "cy", "ana"], id="nothing changed"),
        pytest.param((A, B, C, D), ["ana", "bo", "cy", "di"], id="one more at the end"),
        pytest.param((D, A, B, C), ["ana", "bo", "cy", "di"], id="one more at the beginning"),
        pytest.param((C, B, A), ["ana", "bo", "ana", "cy"], id="another order"),
        pytest.param((B, C), ["ana", "bo", "cy", "bo"], id="one less, not the one on call"),
        pytest.param((A, C), ["ana", "bo cy", "ana", "cy"], id="the one on call is taken out, the next follows"),
        pytest.param((("bo", "di"), A), ["ana", "bo bo+di", "ana", "bo+di"], id="somebody joins the one on call"),
    ],
)
def test_who_is_on_call_stays(groups: tuple[tuple[str, ...], ...], expected: list[str]) -> None:
    plan = edited(weekly(A, B, C), weekly(*groups), WEDNESDAY)
    weeks = []
    for number in range(4):
        start = at("06-01T09:00") + number * WEEK
        weeks.append(" ".join(dict.fromkeys("+".join(s.users) for s in final(plan, start, start + WEEK).shifts)))

    assert weeks == expected


def test_a_shift_that_a_change_does_not_touch_stays_one() -> None:
    plan = edited(weekly(A, B, C), weekly(A, B, C, D), WEDNESDAY)

    assert told(plan, "06-01T09:00", "06-22T09:00") == ["ana 7d turn 0", "bo 7d turn 1", "cy 7d turn 2"]


def test_a_turn_keeps_its_number_when_hand_offs_move() -> None:
    later = replace(weekly(A, B, C), starts_at=MONDAY + DAY)
    plan = edited(weekly(A, B, C), later, WEDNESDAY)

    assert told(plan, "06-01T09:00", "06-23T09:00") == ["ana 7d turn 0", "bo 8d turn 1", "cy 7d turn 2"]


def test_another_rhythm_begins_with_who_has_the_turn() -> None:
    daily = Layer("primary", MONDAY, (A, B, C), rotation=Rotation(Unit.DAY))
    plan = edited(weekly(A, B, C), daily, WEDNESDAY)

    assert told(plan, "06-10T09:00", "06-13T09:00") == ["bo 1d turn 1", "cy 1d turn 2", "ana 1d turn 3"]


def test_another_zone_moves_only_the_hour() -> None:
    plan = edited(weekly(A, B, C), weekly(A, B, C), WEDNESDAY, zone="Europe/Berlin")
    [_, cy] = final(plan, at("06-14T00:00"), at("06-16T00:00")).shifts

    assert (cy.users, cy.start) == (("cy",), at("06-15T07:00"))


def test_a_layer_that_starts_later_goes_on_counting() -> None:
    plan = edited(weekly(A, B, C), replace(weekly(A, B, C), starts_at=MONDAY + 4 * WEEK), WEDNESDAY)

    assert told(plan, "06-29T09:00", "07-06T09:00") == ["ana 7d turn 2"]


@settings(max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(), st.data())
def test_one_more_person_never_moves_the_present_one(given_: tuple[Plan, int, int], data: st.DataObject) -> None:
    plan, start, end = given_
    [before] = plan.versions
    assume(any(layer.rotation for layer in before.layers))
    when = data.draw(st.integers(start // MINUTE, end // MINUTE)) * MINUTE
    places = st.integers(0, 5)
    after = replace(before, layers=tuple(_with_one_more(layer, data.draw(places)) for layer in before.layers))
    changed = replace(plan, versions=(before, continued(before, after, when)))

    assert _meaning(on_call_at(changed, when)) == _meaning(on_call_at(plan, when))
    if start < when:
        assert final(changed, start, when) == final(plan, start, when)


def _with_one_more(layer: Layer, place: int) -> Layer:
    if layer.rotation is None:
        return layer
    return replace(layer, groups=(*layer.groups[:place], ("new",), *layer.groups[place:]))


def _meaning(piece: Shift | Gap) -> Any:
    return piece.deliberate if isinstance(piece, Gap) else (piece.users, piece.source, piece.replaced)
