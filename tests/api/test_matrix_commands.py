"""The authorisation matrix of chat commands: who may not, writes nothing, on any surface that takes commands.

What the answers say is asked in tests/chatops/test_registry.py; here is what stays unwritten.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, Role, User
from alerts.models import Alert
from chatops.registry import Command, registry
from connections.models import Connection
from incidents.models import ActionItem, Incident, Member, RoleAssignment, TimelineEvent, Update
from incidents.permissions import Doing
from tests.cast import Api
from tests.factories import link_identity, make_incident, make_private_incident

pytestmark = pytest.mark.django_db

#: what changes an incident, or says something in its room.
WRITES = [entry for entry in registry().commands() if entry.who in (Doing.RUN, Doing.ACCESS, Doing.SPEAK)]
#: what nobody may use on an incident that they do not see.
OF_INCIDENTS = [entry for entry in registry().commands() if isinstance(entry.who, Doing)]
TABLES = (TimelineEvent, AuditEntry, ActionItem, Member, RoleAssignment, Update, Alert, Connection)
WRITTEN = ("title", "severity", "status", "is_private", "last_sequence", "access_version", "tags", "links", "now_text")

Say = Callable[[str], Any]


def written() -> Any:
    """Everything that a command could leave behind."""
    counts = [model._default_manager.count() for model in TABLES]
    return counts, list(Incident.objects.order_by("pk").values_list(*WRITTEN))


def lines_of(entry: Command, number: int, other: int) -> list[str]:
    """Its examples, about incidents that are there."""
    pointed = [
        re.sub(r"(?:#|INC-)(?:97|142)\b", f"#{other}", line.replace("#140", f"#{number}")) for line in entry.examples
    ]
    return [*pointed, *(f"{line} --incident {number}" for line in pointed[:1] if "#" not in line)]


def surprises(
    entries: list[Command], number: int, other: int, say: Say, answers: tuple[int, ...] = (200,)
) -> list[str]:
    """Lines that left something behind. A refused line is answered, with words (200), like any other."""
    found = []
    before = written()
    for entry in entries:
        for line in lines_of(entry, number, other):
            answer = say(line)
            assert answer.status_code in answers, (line, answer.content)
            if (after := written()) != before:
                found.append(line)
                before = after
    return found


@pytest.fixture
def room(ada: User, bo: User, cleo: User, services: Any) -> Incident:
    return make_incident("Checkout 5xx", by=bo)


@pytest.fixture
def other(bo: User, room: Incident) -> Incident:
    return make_incident("Mail is slow", by=bo)


def palette(client: Client, user: User, incident: int | None) -> Say:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")

    def say(line: str) -> Any:
        return client.post(
            "/palette/run", json.dumps({"text": line, "incident": incident}), content_type="application/json"
        )

    return say


def room_page(client: Client, user: User, number: int) -> Say:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return lambda line: client.post(f"/incidents/{number}/say", {"text": line}, headers={"Accept": "application/json"})


def bridge(client: Any, who: dict[str, Any]) -> Say:
    # What is learned of somebody is written with their first line.
    assert client.post("/api/v1/chat/commands", body("/incident help", who, "first")).status_code == 200
    return lambda line: client.post("/api/v1/chat/commands", body(line, who, line[:150]))


def body(line: str, who: dict[str, Any], message_id: str) -> dict[str, Any]:
    return {"text": line, "user": who, "room": {"id": "ops", "name": "#ops"}, "message_id": message_id}


def test_there_is_something_to_refuse() -> None:
    assert len(WRITES) > 25
    assert len(OF_INCIDENTS) > len(WRITES)


def test_a_viewer_writes_nothing_from_the_palette(client: Client, dan: User, room: Incident, other: Incident) -> None:
    assert surprises(WRITES, room.pk, other.pk, palette(client, dan, room.pk)) == []


def test_a_viewer_writes_nothing_from_the_room_page(client: Client, dan: User, room: Incident, other: Incident) -> None:
    assert surprises(WRITES, room.pk, other.pk, room_page(client, dan, room.pk), answers=(200, 302)) == []


def test_a_linked_viewer_writes_nothing_by_bridge(
    api: Api, ada: User, dan: User, room: Incident, other: Incident
) -> None:
    client: Any = api(ada, "chat")
    link_identity(dan, f"bridge:{client.token.pk}", "U-dan")

    assert surprises(WRITES, room.pk, other.pk, bridge(client, {"id": "U-dan", "name": "dan"})) == []


def test_a_person_nobody_knows_writes_nothing_by_bridge(api: Api, ada: User, room: Incident, other: Incident) -> None:
    say = bridge(api(ada, "chat"), {"id": "U-9", "name": "stranger", "email": "bo@example.com"})

    assert surprises(WRITES, room.pk, other.pk, say) == []


def test_a_bot_writes_nothing_by_bridge(api: Api, ada: User, bo: User, room: Incident, other: Incident) -> None:
    who = {"id": "U-bo", "name": "bo", "email": "bo@example.com", "is_bot": True}

    assert surprises(WRITES, room.pk, other.pk, bridge(api(ada, "chat", trusts_emails=True), who)) == []


def test_an_administrator_vouched_for_by_a_bridge_is_no_administrator(
    api: Api, ada: User, bo: User, room: Incident
) -> None:
    private = make_private_incident("Leak", by=bo)
    say = bridge(api(ada, "chat", trusts_emails=True), {"id": "U-ada", "name": "ada", "email": "ada@example.com"})
    before = written()

    answer = say(f"/incident join #{private.pk}")

    assert answer.status_code == 200
    assert written() == before


def test_who_has_left_writes_nothing(client: Client, bo: User, room: Incident, other: Incident) -> None:
    say = palette(client, bo, room.pk)
    User.objects.filter(pk=bo.pk).update(is_active=False)

    assert surprises(WRITES, room.pk, other.pk, say, answers=(302, 401)) == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RESPONDER])
def test_nobody_outside_writes_into_a_private_incident(
    client: Client, bo: User, dan: User, role: str, room: Incident, services: Any
) -> None:
    private = make_private_incident("Leak", by=bo)
    User.objects.filter(pk=dan.pk).update(role=role)
    dan.refresh_from_db()
    lines = [entry for entry in OF_INCIDENTS if entry.name != "create"]
    say = palette(client, dan, None)

    assert surprises(lines, private.pk, private.pk, say) == []
    assert surprises(lines, private.pk, private.pk, palette(client, dan, private.pk), answers=(200, 404)) == []


def test_a_responder_does_write(client: Client, bo: User, room: Incident, other: Incident) -> None:
    """The same lines leave something behind where they may: else the tests above would prove nothing."""
    wrote = surprises(WRITES, room.pk, other.pk, palette(client, bo, room.pk))

    assert len(wrote) > 20
