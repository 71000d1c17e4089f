"""The rule by itself: levels, rounds, gaps, the catch-all, and what an outage has made us miss."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oncall.rules.escalation import SLOW, Level, Plan, Somebody, Target, caught_up, move, simulate

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
ONE, TWO, THREE, LAST = (Target("person", number, f"P{number}") for number in (1, 2, 3, 9))


def plan(*targets: Target, repeats: int = 0, catch_all: Target | None = None, wait: int = 5) -> Plan:
    def levels(found: Sequence[Target]) -> tuple[Level, ...]:
        return tuple(Level(timedelta(minutes=wait), (target,)) for target in found)

    return Plan(levels(targets), repeats, levels([catch_all] if catch_all else []))


def there(*numbers: int, unreachable: Sequence[int] = ()):  # type: ignore[no-untyped-def]
    def who(target: Target, at: datetime) -> list[Somebody]:
        if target.id not in numbers:
            return []
        return [Somebody(target.id, "asked by name", target.id not in unreachable)]

    return who


@pytest.mark.parametrize(
    ("step", "numbers", "asked", "after", "passed"),
    [
        (0, (1, 2, 3), 1, 1, []),
        (1, (1, 2, 3), 2, 2, []),
        (0, (2, 3), 2, 2, [1]),
        (0, (3,), 3, 3, [1, 2]),
        (3, (1, 2, 3), 1, 4, []),
        (4, (1,), 9, 7, [2, 3]),
        (6, (1, 2, 3), 9, 7, []),
        (0, (), 9, 3, [1, 2, 3]),
        (1, (), 9, 3, [2, 3]),
    ],
)
def test_the_next_level_with_somebody_is_asked(
    step: int, numbers: tuple[int, ...], asked: int | None, after: int, passed: list[int]
) -> None:
    found = move(plan(ONE, TWO, THREE, repeats=1, catch_all=LAST), step, NOW, there(*numbers, 9))

    assert (found.asked.people[0].user if found.asked else None, found.step) == (asked, after)
    assert [one.level for one in found.passed] == passed


def test_nobody_anywhere_and_no_catch_all_is_tried_again_and_not_over() -> None:
    found = move(plan(ONE, TWO), 0, NOW, there())

    assert (found.asked, found.step, found.is_over) == (None, 0, False)
    assert move(plan(ONE, TWO), 2, NOW, there(1, 2)).is_over


def test_after_the_catch_all_it_goes_on_for_ever_with_who_is_there_then() -> None:
    found = move(plan(ONE, TWO, catch_all=LAST), 3, NOW, there(2, 9))

    assert found.is_over
    assert found.asked is not None
    assert [one.user for one in found.asked.people] == [9, 2]
    assert (found.asked.wait, found.step) == (SLOW, 4)
    assert move(plan(ONE, catch_all=LAST), 400, NOW, there(1)).asked is not None


def test_where_nobody_is_on_call_each_round_asks_the_next_level_of_the_catch_all() -> None:
    two = replace(plan(ONE, repeats=2), catch_all=plan(TWO, LAST).levels)

    asked = [move(two, step, NOW, there(2, 9)).asked for step in range(4)]

    assert [one.people[0].user for one in asked if one] == [2, 9, 2, 2]


def test_who_can_not_be_reached_is_passed_over_by_name() -> None:
    found = move(plan(ONE, TWO), 0, NOW, there(1, 2, unreachable=[1]))

    assert found.asked is not None
    assert found.asked.people[0].user == 2
    assert found.passed[0].people[0].user == 1


@pytest.mark.parametrize(("minutes", "step"), [(0, 1), (4, 1), (5, 2), (9, 2), (10, 3), (15, 3), (600, 3)])
def test_after_an_outage_it_is_the_level_whose_time_it_is_and_never_past_the_last(minutes: int, step: int) -> None:
    found = caught_up(plan(ONE, TWO, repeats=1), 1, NOW, NOW + timedelta(minutes=minutes))

    assert found == step


def test_a_simulation_takes_the_steps_that_a_run_takes() -> None:
    def who(target: Target, at: datetime) -> list[Somebody]:
        # The second one is on call from 03:05 on only.
        return [Somebody(target.id, "")] if target.id == 1 or at >= NOW + timedelta(minutes=5) else []

    found = simulate(plan(TWO, ONE, repeats=1), NOW, who)

    assert [(one.at.minute, one.move.asked.people[0].user) for one in found if one.move.asked] == [
        (0, 1),
        (5, 2),
        (10, 1),
        (15, 2),
    ]
    assert [one.move.is_over for one in found] == [False, False, False, True]
