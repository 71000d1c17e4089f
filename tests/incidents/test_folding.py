"""What changes of a line come to, in whatever order they are known."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from incidents.rules.folding import PIN, Mark, Wording, former, is_pinned, wins

START = datetime(2026, 11, 21, 3, 2, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def pin(seconds: int, *, on: bool = True) -> Mark:
    return Mark(at(seconds), seconds, "ada", on)


def react(seconds: int, who: str = "ada", *, on: bool = True) -> Mark:
    return Mark(at(seconds), seconds, who, on, PIN)


def test_former_wordings_stand_until_the_next_in_any_order() -> None:
    wordings = [Wording(at(0), 1, "a"), Wording(at(5), 2, "b"), Wording(at(9), 3, "c")]

    for order in permutations(wordings):
        assert former(order) == [("a", at(5)), ("b", at(9))]


def test_a_line_without_edits_has_none() -> None:
    assert former([Wording(at(0), 1, "a")]) == []


def test_the_latest_wins_and_of_one_moment_the_later_number() -> None:
    assert wins(react(2), [react(1, on=False), react(2)])
    assert not wins(react(1), [react(2, on=False)])
    assert wins(Wording(at(1), 2, "b"), [Wording(at(1), 1, "a")])
    assert not wins(Wording(at(1), 1, "a"), [Wording(at(1), 2, "b")])


@pytest.mark.parametrize(
    ("marks", "wanted"),
    [
        ([], False),
        ([pin(1)], True),
        ([pin(1), pin(2, on=False)], False),
        ([react(1)], True),
        ([react(1), react(2, on=False)], False),
        ([react(1), react(2, "bo"), react(3, on=False)], True),
        ([react(1), react(2, "bo"), react(3, on=False), react(4, "bo", on=False)], False),
        ([react(1), pin(2, on=False), react(3, "bo")], True),
        ([pin(1), react(2), react(3, on=False)], False),
        ([pin(1), react(2, on=False)], True),
        ([react(1), pin(2, on=False), pin(3)], True),
    ],
)
def test_a_line_is_pinned_by_hand_or_by_a_pushpin_whatever_was_last(marks: list[Mark], wanted: bool) -> None:
    for order in permutations(marks):
        assert is_pinned(order) is wanted
