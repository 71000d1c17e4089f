"""Single values and suggestions."""

import pytest

from chatops.grammar import values
from chatops.grammar.errors import Unreadable
from chatops.grammar.suggest import distance, nearest
from chatops.grammar.values import IncidentRef, UserRef


@pytest.mark.parametrize(("word", "number"), [("#142", 142), ("INC-142", 142), ("inc-7", 7), ("#142:", 142)])
def test_marked_reference(word: str, number: int) -> None:
    assert values.marked_incident(word) == IncidentRef(number)


@pytest.mark.parametrize("word", ["142", "this", "#", "#x", "#1234567890123", "INC-", "##1", "#٣"])
def test_what_is_no_marked_reference(word: str) -> None:
    assert values.marked_incident(word) is None


def test_bare_reference() -> None:
    assert values.bare_incident("142") == IncidentRef(142)
    assert values.bare_incident("This") == IncidentRef(None)


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("1", 1),
        ("5", 5),
        ("sev2", 2),
        ("SEV3", 3),
        ("critical", 1),
        ("Major", 2),
        ("minor", 3),
        ("low", 4),
        ("notice", 5),
    ],
)
def test_severity(word: str, severity: int) -> None:
    assert values.read_severity(word) == severity


def test_severity_that_is_nearly_one_is_suggested() -> None:
    with pytest.raises(Unreadable) as caught:
        values.read_severity("critcal")

    assert caught.value.hint == "Did you mean critical?"
    assert [choice.value for choice in caught.value.choices] == ["1"]


@pytest.mark.parametrize("word", ["0", "6", "sev9", "sev", "x"])
def test_other_severities_offer_all_five(word: str) -> None:
    with pytest.raises(Unreadable) as caught:
        values.read_severity(word)

    assert len(caught.value.choices) == 5


@pytest.mark.parametrize(
    ("word", "status"),
    [("fixing", "fixing"), ("Resolve", "resolved"), ("canceled", "cancelled"), ("fix", "fixing")],
)
def test_status_words(word: str, status: str) -> None:
    assert values.read_status(word) == status


def test_any_word_can_be_a_role_but_slips_are_asked_about() -> None:
    assert values.read_role("Lead") == "commander"
    assert values.read_role("legal") == "legal"
    with pytest.raises(Unreadable) as caught:
        values.read_role("coms")
    assert [choice.value for choice in caught.value.choices] == ["comms"]


def test_people_by_handle_me_and_name() -> None:
    assert values.read_user("@bo") == UserRef("bo")
    assert values.read_user("Me") == UserRef("me", is_me=True)
    assert values.read_user("Bo") == UserRef("Bo")
    assert values.looks_like_user("@bo-2")
    assert not values.looks_like_user("bo")
    assert not values.looks_like_user("@")


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        ("resovle", "resolve", 1),
        ("sve", "sev", 1),
        ("abc", "abc", 0),
        ("kitten", "sitting", 3),
        ("", "ab", 2),
    ],
)
def test_distance_counts_slips(one: str, other: str, steps: int) -> None:
    assert distance(one, other) == steps


def test_nearest_allows_two_slips_in_long_words_and_one_in_short_ones() -> None:
    known = ["resolve", "remove", "sev", "now", "note", "postmortem", "status"]

    assert nearest("resovle", known) == ["resolve"]
    assert nearest("stauts", known) == ["status"]
    assert nearest("seb", known) == ["sev"]
    assert nearest("foo", known) == []
    assert nearest("postm", known) == ["postmortem"]
    assert nearest("x" * 10_000, known) == []
