"""A name that stands for several people: a team, or a user group of a connected chat."""

import pytest

from accounts.models import Identity, User
from chatops.groups import find_group
from incidents.models import Incident
from tests.chatops.conftest import Type
from tests.factories import make_person, make_private_incident, make_team


@pytest.fixture
def payments(bo: User, cleo: User) -> None:
    make_team("Payments", bo, cleo)


def _here(room: Incident) -> set[str]:
    return set(room.members.filter(left_at__isnull=True).values_list("user__handle", flat=True))


def test_a_team_is_shown_before_it_is_brought_in(type_line: Type, room: Incident, payments: None) -> None:
    before = _here(room)

    asked = type_line("/incident invite @payments", room=room)

    assert not asked.ok
    assert "Bo, Cleo" in asked.text
    assert "Nothing has changed yet" in asked.text
    assert _here(room) == before
    done = type_line(asked.buttons[0].command, room=room)
    assert done.ok, done.text
    assert _here(room) == before | {"bo", "cleo"}


def test_who_is_in_already_is_left_alone(type_line: Type, room: Incident, payments: None) -> None:
    type_line("/incident invite @bo", room=room)
    log = room.events.count()

    done = type_line("/incident invite payments --yes", room=room)
    again = type_line("/incident invite payments --yes", room=room)

    assert "Cleo" in done.text
    assert "Bo" not in done.text
    assert "Everybody of @payments is in" in again.text
    assert room.events.filter(kind="member.joined", sequence__gt=log).count() == 1


def test_a_person_with_that_handle_comes_before_a_group(type_line: Type, room: Incident, dan: User, bo: User) -> None:
    make_team("Dan", bo)

    done = type_line("/incident invite @dan", room=room)

    assert done.ok, done.text
    assert "dan" in _here(room)
    assert "bo" not in _here(room)


def test_who_has_left_is_in_no_group(type_line: Type, room: Incident, payments: None, bo: User) -> None:
    User.objects.filter(pk=bo.pk).update(is_active=False)

    asked = type_line("/incident invite @payments", room=room)

    assert "Cleo" in asked.text
    assert "Bo" not in asked.text


def test_a_group_without_accounts_says_so(type_line: Type, room: Incident) -> None:
    make_team("Empty")

    refused = type_line("/incident invite @empty", room=room)

    assert not refused.ok
    assert "Nobody of @empty has an account here" in refused.text


def test_a_private_incident_says_that_they_would_see_it(type_line: Type, ada: User, payments: None) -> None:
    room = make_private_incident(by=ada)

    asked = type_line("/incident invite @payments", room=room)

    assert "They would see it from then on" in asked.text
    assert _here(room) == {"ada"}


def test_other_commands_take_one_person(type_line: Type, room: Incident, payments: None) -> None:
    refused = type_line("/incident assign comms @payments", room=room)

    assert not refused.ok
    assert "nobody called" in refused.text


def test_many_are_named_in_short(type_line: Type, room: Incident) -> None:
    make_team("Everybody", *[make_person(f"person{n}@example.com") for n in range(12)])

    asked = type_line("/incident invite @everybody", room=room)

    assert "and 6 more" in asked.text


def test_nobody_is_called_so(db: None) -> None:
    assert find_group("nobody") is None
    assert not Identity.objects.exists()
