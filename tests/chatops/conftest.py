"""Typing lines as somebody, somewhere."""

from collections.abc import Callable

import pytest

from accounts.actors import Actor
from accounts.models import User
from chatops.context import Context
from chatops.replies import Reply
from chatops.router import answer
from incidents.models import Incident
from tests.factories import make_incident

Type = Callable[..., Reply]


@pytest.fixture
def type_line(ada: User) -> Type:
    """`type_line("sev 1", room=incident, by=bo)`: what Warroom answers; by default Ada types."""

    def run(typed: str, *, room: Incident | None = None, by: User | Actor | None = None, **context: object) -> Reply:
        actor = by if isinstance(by, Actor) else Actor.person(by or ada, "web")
        fresh = Incident.objects.get(pk=room.pk) if room is not None else None
        return answer(Context(by=actor, typed=typed, incident=fresh, **context))  # type: ignore[arg-type]

    return run


@pytest.fixture
def outsider() -> Actor:
    """Somebody of another chat without an account."""
    return Actor.outsider("Eve", "slack", "slack:T1:U9")


@pytest.fixture
def room(ada: User) -> Incident:
    """An open SEV2 that Ada declared."""
    return make_incident("Checkout 5xx", by=ada, severity=2)
