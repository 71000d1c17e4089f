"""The people and the incident that stand in the pictures: rows, made by the product's own operations."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.actors import Actor
from accounts.models import Identity, Role, User
from chatops.models import Room
from common import clock
from connections.models import Connection, Lane
from incidents.models import Incident
from incidents.operations import people, talk, tasks
from incidents.operations.updates import publish_update
from integrations.slack import learning
from integrations.slack.models import Fact
from integrations.slack.scopes import NAMES
from oncall.models import Service

NOW = datetime(2026, 3, 12, 3, 17, tzinfo=UTC)
REALM = "slack:T0EXAMPLE"
CHANNEL = "C0INC142"
#: their ids in Slack; the last has not linked an account
IDS = {"ada": "U0ADA", "bo": "U0BO", "cleo": "U0CLEO", "dan": "U0DAN"}
_NUMBER = 142


@dataclass(frozen=True)
class Organisation:
    """What the scenes are played with."""

    connection: Connection
    incident: Incident
    users: dict[str, User]
    identities: dict[str, Identity]

    def by(self, handle: str, surface: str = "web") -> Actor:
        return Actor.person(self.users[handle], surface)

    @property
    def fresh(self) -> Incident:
        """The incident as it stands now."""
        return Incident.objects.get(pk=self.incident.pk)


def make_organisation() -> Organisation:
    """Four people, their services, and one incident a quarter of an hour old."""
    roles = {"ada": Role.ADMIN, "bo": Role.RESPONDER, "cleo": Role.RESPONDER, "dan": Role.VIEWER}
    users = {
        name: User.objects.create_user(f"{name}@example.com", None, name=name.title(), role=role)
        for name, role in roles.items()
    }
    for name in ("Checkout", "Mail", "Payments", "Search"):
        Service.objects.create(name=name, slug=name.lower())
    identities = {
        name: Identity.objects.create(
            realm=REALM, outside_id=id_, name=name.title(), user=None if name == "dan" else users[name], linked_at=NOW
        )
        for name, id_ in IDS.items()
    }
    connection = Connection.objects.create(kind="slack", name="Slack", settings={"realm": REALM})
    own: dict[str, Any] = {
        "team_id": "T0EXAMPLE",
        "user_id": "U0WARROOM",
        "bot_id": "B0WARROOM",
        "url": "",
        "team": "Example",
    }
    own |= {"scopes": list(NAMES)}
    learning.put(connection, Fact.SELF, "", own)
    incident = _make_incident(connection, users)
    return Organisation(connection, incident, users, identities)


def _make_incident(connection: Connection, users: dict[str, User]) -> Incident:
    began = NOW - timedelta(minutes=15)
    incident = Incident.objects.create(
        number=_NUMBER,
        title="Checkout answers 5xx",
        severity=1,
        status="investigating",
        impact="38 % of checkouts fail; nobody is charged twice.",
        started_at=began,
        declared_at=began + timedelta(minutes=2),
        declared_by=users["bo"],
        declared_by_name="Bo",
    )
    incident.services.set(Service.objects.filter(slug__in=["checkout", "payments"]))
    lane = Lane.objects.create(connection=connection, kind="chat", key=f"channel:{CHANNEL}", address=CHANNEL)
    Room.objects.create(
        incident=incident, connection=connection, lane=lane, outside_id=CHANNEL, name="inc-142-checkout-answers-5xx"
    )
    with clock.standing_still(NOW - timedelta(minutes=8)):
        for name in ("ada", "bo", "cleo"):
            people.join(number=_NUMBER, by=Actor.person(users[name], "web"))
        ada = Actor.person(users["ada"], "web")
        people.assign_role(number=_NUMBER, role="commander", user=users["ada"], by=ada)
        tasks.add_item(number=_NUMBER, text="Ask the card processor for its status", by=ada, owner=users["bo"])
        publish_update(
            number=_NUMBER,
            by=ada,
            text="Checkout fails for every third customer.",
            now="The connection pool of payments is exhausted",
            doing="Bo: pool from 50 to 200",
            need="Somebody who knows the card processor",
        )
        talk.say(number=_NUMBER, text="Is anybody talking to the card processor?", by=ada)
    return Incident.objects.get(pk=_NUMBER)
