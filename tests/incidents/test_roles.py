"""Roles are called by plain names."""

import pytest

from accounts.actors import Actor
from accounts.models import User
from common.errors import Invalid
from incidents.models import RoleAssignment
from incidents.operations import people
from incidents.rules import texts
from tests.factories import make_incident


@pytest.mark.parametrize("name", ["<b>x</b>", "a_b", "=1", "-x", "a/b", "[x](y)", "x\u200by", ""])
def test_an_odd_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        texts.role(name)

    assert refused.value.field == "role"


@pytest.mark.parametrize(
    ("name", "kept"), [("Scribe", "scribe"), ("database  on-call 2", "database on-call 2"), ("Протокол", "протокол")]
)
def test_a_plain_name_is_kept(name: str, kept: str) -> None:
    assert texts.role(name) == kept


@pytest.mark.django_db
def test_nobody_becomes_markup(actor_bo: Actor, bo: User) -> None:
    incident = make_incident(by=actor_bo)

    with pytest.raises(Invalid, match="letters, digits"):
        people.assign_role(number=incident.pk, role="<b>x</b>", user=bo, by=actor_bo)

    assert not RoleAssignment.objects.exists()
