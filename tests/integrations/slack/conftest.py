"""A fake Slack on loopback, and a connection that speaks with it."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from chatops.models import Room
from chatops.rooms import plan_room
from common import clock
from connections.models import Connection
from connections.operations import open_lane
from incidents.models import Incident
from integrations.slack import client as slack_client
from integrations.slack.chat import SlackChat
from integrations.slack.models import Watch
from tests.factories import link_identity, make_incident
from tests.fakes.slack_server import Channel, FakeSlack, Person

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """slack_sdk reads these and ignores NO_PROXY."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost answer costs half a second here and ten in life."""
    monkeypatch.setattr(slack_client, "TIMEOUT", 0.5)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """The workspace; whatever we sent must have been parameters that Slack knows."""
    with FakeSlack(signing_secret=SECRET) as fake:
        yield fake
    assert fake.violations == []
    assert fake.journal.inside_windows() == []


@pytest.fixture
def connection(db: None, slack: FakeSlack, settings: Any) -> Connection:
    # Nobody was away, however long the tests have been running: there is no gap to read again.
    Watch.objects.update(looked_at=clock.now())
    settings.SLACK_API_URL = slack.api_url
    row = Connection(kind="slack", name="Slack")
    row.put_secrets({"bot_token": slack.token, "signing_secret": SECRET})
    row.save()
    return row


@pytest.fixture
def chat(connection: Connection) -> SlackChat:
    return SlackChat(connection)


@pytest.fixture
def incident(ada: User) -> Incident:
    return make_incident("Checkout 5xx", by=ada, severity=2)


@pytest.fixture
def channel(slack: FakeSlack, connection: Connection, incident: Incident, ada_there: Person) -> Channel:
    """The incident's channel, as if it had been made."""
    channel = slack.channel("inc-1-checkout-5xx", ada_there)
    room = Room.objects.filter(incident=incident, connection=connection).first() or plan_room(
        incident, connection, generation=0
    )
    room.steps.all().delete()
    Room.objects.filter(pk=room.pk).update(outside_id=channel.id, name=channel.name)
    open_lane(room.lane, channel.id)
    slack.outbox.take()
    return channel


@pytest.fixture
def ada_there(slack: FakeSlack) -> Person:
    return slack.person("Ada")


@pytest.fixture
def ada_linked(slack: FakeSlack, ada: User, ada_there: Person) -> Person:
    link_identity(ada, f"slack:{slack.world.team_id}", ada_there.id)
    return ada_there
