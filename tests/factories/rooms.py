"""Services and incidents."""

from typing import Any

from accounts.actors import SYSTEM, Actor
from accounts.models import Team, User
from incidents.models import Incident
from incidents.operations.declare import declare_incident
from incidents.operations.people import invite
from oncall.models import Service


def make_service(name: str, *, team: Team | None = None, description: str = "", **fields: Any) -> Service:
    """A service of the catalogue."""
    slug = name.lower().replace(" ", "-")
    return Service.objects.create(name=name, slug=slug, team=team, description=description, **fields)


def make_incident(title: str = "Checkout answers 5xx", *, by: User | Actor | None = None, **fields: Any) -> Incident:
    """Declare an incident; `by` is a person, an actor, or nobody (Warroom itself)."""
    actor = Actor.person(by, "web") if isinstance(by, User) else by or SYSTEM
    return declare_incident(by=actor, title=title, **fields)


def make_private_incident(
    title: str = "Leaked signing key", *, by: User | Actor, members: tuple[User, ...] = (), **fields: Any
) -> Incident:
    """Declare a private incident and let these people in."""
    incident = make_incident(title, by=by, is_private=True, **fields)
    for person in members:
        invite(number=incident.pk, user=person, by=SYSTEM)
    incident.refresh_from_db()
    return incident
