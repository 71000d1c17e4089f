"""Somebody has the channel read again, and sees how it goes."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import AuditEntry, User
from chatops.models import Room, RoomStep
from chatops.rereading import fetch_missing, standing_of
from common import clock
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from connections.models import Connection
from incidents.models import Incident
from integrations.slack import learning
from integrations.slack.models import Backfill, Fact
from tests.cast import Api
from tests.fakes.slack_server import Channel, FakeSlack, Person, refused
from tests.integrations.slack.working import self_answer, work


@pytest.fixture
def room(slack: FakeSlack, connection: Connection, channel: Channel) -> Room:
    learning.put(connection, Fact.SELF, "", {**self_answer(slack), "scopes": sorted(slack.world.scopes)})
    found = Room.objects.select_related("connection").get(outside_id=channel.id)
    RoomStep.objects.create(room=found, name="create", state=RoomStep.DONE)
    return found


def _say_unheard(slack: FakeSlack, channel: Channel, person: Person, *texts: str) -> None:
    for text in texts:
        slack.say(channel, person, text)
    slack.outbox.take()


def _lines(incident: Incident) -> list[str]:
    return list(incident.events.filter(kind="message").order_by("shown_at").values_list("text", flat=True))


def test_what_was_said_while_nobody_heard_is_added_and_the_result_stands_in_the_room(
    slack: FakeSlack, channel: Channel, room: Room, incident: Incident, ada: User, ada_linked: Person, client: Client
) -> None:
    _say_unheard(slack, channel, ada_linked, "pool is full", "restarting it")
    client.force_login(ada)

    page = client.get(f"/incidents/{incident.pk}/rooms/{room.pk}/fetch")
    sent = client.post(f"/incidents/{incident.pk}/rooms/{room.pk}/fetch", {"minutes": ""})
    under_way = client.get(f"/incidents/{incident.pk}/parts").content.decode()
    work(slack, seconds=120)
    after = client.get(f"/incidents/{incident.pk}/parts").content.decode()

    assert "what is here stays" in page.content.decode()
    assert sent["Location"] == f"/incidents/{incident.pk}"
    assert "Being read again" in under_way
    assert "data-awaited" in under_way
    assert _lines(incident) == ["pool is full", "restarting it"]
    assert re.search(r"Read again .* on: \d+ messages? looked at", after)
    assert "data-awaited" not in after


def test_by_the_api(
    slack: FakeSlack, channel: Channel, room: Room, incident: Incident, ada: User, ada_linked: Person, api: Api
) -> None:
    _say_unheard(slack, channel, ada_linked, "pool is full")
    asked = api(ada)

    before = asked.get(f"/api/v1/rooms/{room.pk}/fetch").json()
    begun = asked.post(f"/api/v1/rooms/{room.pk}/fetch", {}, format="json")
    work(slack, seconds=120)
    after = asked.get(f"/api/v1/rooms/{room.pk}/fetch").json()

    assert before == {"state": "never", "since": None, "found": 0, "trouble": "", "done_at": None}
    assert begun.status_code == 202
    assert begun.json()["state"] == "reading"
    assert (after["state"], after["trouble"]) == ("done", "")
    assert after["found"] >= 1
    assert _lines(incident) == ["pool is full"]


def test_reading_twice_adds_nothing_twice(
    slack: FakeSlack, channel: Channel, room: Room, incident: Incident, actor_ada: Actor, ada_linked: Person
) -> None:
    _say_unheard(slack, channel, ada_linked, "pool is full")

    for _ in range(2):
        fetch_missing(room=room.pk, by=actor_ada)
        work(slack, seconds=120)

    assert _lines(incident) == ["pool is full"]


def test_a_channel_that_does_not_let_us_read_says_why(
    slack: FakeSlack, room: Room, actor_ada: Actor, ada: User, client: Client
) -> None:
    slack.fail("conversations.history", refused("missing_scope"), times=None)

    fetch_missing(room=room.pk, by=actor_ada)
    work(slack, seconds=120)

    reading = standing_of([room])[room.pk]
    assert reading.state == "failed"
    assert "permission" in reading.trouble
    client.force_login(ada)
    assert "could not be read again" in client.get(f"/incidents/{room.incident_id}/parts").content.decode()


def test_it_is_audited_and_reaches_back_no_further_than_the_incident(
    room: Room, incident: Incident, actor_ada: Actor
) -> None:
    fetch_missing(room=room.pk, by=actor_ada, since=incident.declared_at - timedelta(days=3))

    assert Backfill.objects.get().since == incident.declared_at
    assert AuditEntry.objects.get(action="room.fetched").subject_id == str(incident.pk)


def test_who_may_not_run_the_incident_may_not_ask_for_it(room: Room, actor_dan: Actor) -> None:
    with pytest.raises(NotAllowed):
        fetch_missing(room=room.pk, by=actor_dan)


def test_a_private_room_is_not_there_for_others(room: Room, incident: Incident, actor_bo: Actor) -> None:
    Incident.objects.filter(pk=incident.pk).update(is_private=True)

    with pytest.raises(NotFound, match="no such room"):
        fetch_missing(room=room.pk, by=actor_bo)
    with pytest.raises(NotFound, match="no such room"):
        fetch_missing(room=404, by=actor_bo)


def test_from_the_future_nothing_is_read(room: Room, actor_ada: Actor) -> None:
    with pytest.raises(Invalid, match="future"):
        fetch_missing(room=room.pk, by=actor_ada, since=clock.now() + timedelta(hours=1))


@pytest.mark.parametrize("change", [{"outside_id": ""}, {"is_current": False}, {"lost_why": "gone", "lost_at": "now"}])
def test_a_room_without_a_channel_has_nothing_to_read(
    room: Room, incident: Incident, connection: Connection, actor_ada: Actor, ada: User, client: Client, change: dict
) -> None:
    Room.objects.filter(pk=room.pk).update(**{**change, **({"lost_at": clock.now()} if "lost_at" in change else {})})

    with pytest.raises(Conflict, match="no channel"):
        fetch_missing(room=room.pk, by=actor_ada)
    client.force_login(ada)
    assert client.get(f"/incidents/{incident.pk}/rooms/{room.pk}/fetch").status_code == 409
    assert "Fetch what is missing" not in client.get(f"/incidents/{incident.pk}").content.decode()
