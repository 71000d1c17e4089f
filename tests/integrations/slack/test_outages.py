"""Somebody says that Slack is down: nothing is tried, the rooms go on, and on return each line goes over once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import AuditEntry, User
from common import clock
from common.errors import NotAllowed
from connections.models import Connection, Delivery
from connections.operations import in_trouble
from connections.operations import test_connection as press_test
from connections.pausing import pause_connection, resume_connection, waiting_lines
from incidents.models import Attachment, Incident
from incidents.operations import talk
from incidents.operations.declare import declare_incident
from tests.factories import make_incident
from tests.fakes.slack_server import Channel, FakeSlack, Person
from tests.integrations.slack.working import receive, texts, work


def _say(incident: Incident, by: Actor, *lines: str) -> None:
    for line in lines:
        talk.say(number=incident.pk, by=by, text=line)


def _page(client: Client, who: User, address: str) -> str:
    client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.get(address).content.decode()


def test_paused_nothing_is_tried_and_afterwards_each_line_goes_over_once_and_in_order(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, actor_ada: Actor
) -> None:
    work(slack, seconds=5)
    pause_connection(connection=connection, by=actor_ada)
    work(slack)
    before = len(slack.journal.calls())
    said = [f"line {number}" for number in range(12)]
    _say(incident, actor_ada, *said)

    work(slack, seconds=1800)

    assert len(slack.journal.calls()) == before, "nothing was tried for half an hour"
    assert waiting_lines(connection.pk) >= 12

    resume_connection(connection=connection, by=actor_ada)
    work(slack, seconds=60)

    posts = [post["text"].splitlines()[0] for post in slack.posts(channel)]
    assert [text for text in posts if text.startswith("line ")] == said
    assert waiting_lines(connection.pk) == 0
    assert not Delivery.objects.filter(lane__connection=connection, dead_at__isnull=False).exists()


def test_what_comes_in_is_heard_all_the_same(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, actor_ada: Actor, ada_linked: Person
) -> None:
    receive(connection, slack.say(channel, ada_linked, "before"))
    work(slack)
    pause_connection(connection=connection, by=actor_ada)

    receive(connection, slack.say(channel, ada_linked, "still typing here"))
    receive(connection, slack.say(channel, slack.person("Somebody new"), "me too"))
    work(slack, seconds=30)

    assert set(texts(incident)) == {"before", "still typing here", "me too"}


def test_a_channel_that_was_to_be_made_is_made_on_return(
    slack: FakeSlack, connection: Connection, actor_ada: Actor
) -> None:
    pause_connection(connection=connection, by=actor_ada)
    declare_incident(title="Checkout 5xx", by=actor_ada)
    work(slack, seconds=120)
    assert slack.journal.calls("conversations.create") == []

    resume_connection(connection=connection, by=actor_ada)
    work(slack, seconds=30)

    assert len(slack.journal.calls("conversations.create", ok=True)) == 1


def test_the_rooms_hear_of_both_and_the_channel_does_not(
    slack: FakeSlack, connection: Connection, incident: Incident, channel: Channel, actor_ada: Actor
) -> None:
    pause_connection(connection=connection, by=actor_ada)
    pause_connection(connection=connection, by=actor_ada)
    resume_connection(connection=connection, by=actor_ada)
    work(slack, seconds=5)

    told = [event.data["text"] for event in incident.events.filter(kind="room.step").order_by("sequence")]
    assert told == [
        "Slack is paused: it is down. The room goes on here, lines wait.",
        "Slack is back: what waited goes over now, once and in order.",
    ]
    assert not [post for post in slack.posts(channel) if "paused" in post["text"]]
    actions = AuditEntry.objects.filter(action__startswith="connection.").order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "connection.paused",
        "connection.resumed",
    ]


def test_every_page_says_who_paused_it_since_when_and_what_waits(
    client: Client,
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    actor_ada: Actor,
    bo: User,
) -> None:
    work(slack, seconds=5)
    pause_connection(connection=connection, by=actor_ada)
    _say(incident, actor_ada, "one", "two")
    at = Connection.objects.get().paused_at
    assert at is not None

    waiting = waiting_lines(connection.pk)
    for address in ("/", "/me", f"/incidents/{incident.pk}"):
        page = _page(client, bo, address)
        assert (
            f"Slack is paused by {actor_ada.name} since {at:%H:%M}Z. The rooms go on here; {waiting} lines wait."
            in page
        )
    assert "It is back: go on" not in _page(client, bo, f"/connections/{connection.pk}")


def test_real_trouble_is_said_with_what_waits(
    client: Client,
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    actor_ada: Actor,
    bo: User,
) -> None:
    work(slack, seconds=5)
    _say(incident, actor_ada, "one")
    in_trouble(connection, "Slack does not answer.")
    waiting = waiting_lines(connection.pk)

    page = _page(client, bo, "/me")

    since = Connection.objects.get().trouble_since
    ending = "1 line waits." if waiting == 1 else f"{waiting} lines wait."
    assert f"Slack has trouble since {since:%H:%M}Z: Slack does not answer. The rooms go on here; {ending}" in page


def test_the_buttons_of_the_page(client: Client, connection: Connection, ada: User, bo: User) -> None:
    assert "It is down: pause" in _page(client, ada, f"/connections/{connection.pk}")

    client.post(f"/connections/{connection.pk}/pause", {"on": "1"})
    assert Connection.objects.get().paused_by == ada
    assert "It is back: go on" in _page(client, ada, f"/connections/{connection.pk}")
    client.post(f"/connections/{connection.pk}/pause", {"on": "0"})

    assert Connection.objects.get().paused_at is None
    assert "It is down: pause" not in _page(client, bo, f"/connections/{connection.pk}")
    assert client.post(f"/connections/{connection.pk}/pause", {"on": "1"}).status_code == 403


def test_only_administrators_pause(connection: Connection, actor_bo: Actor) -> None:
    with pytest.raises(NotAllowed):
        pause_connection(connection=connection, by=actor_bo)


def test_the_test_asks_slack_even_then(slack: FakeSlack, connection: Connection, actor_ada: Actor) -> None:
    """Whoever wants to know whether Slack is back presses Test."""
    connection.last_event_at = clock.now() - timedelta(minutes=1)
    connection.save()
    pause_connection(connection=connection, by=actor_ada)

    works, words = press_test(Connection.objects.get())

    assert works, words
    assert len(slack.journal.calls("auth.test")) == 1


def test_a_second_incident_waits_too(slack: FakeSlack, connection: Connection, actor_ada: Actor, ada: User) -> None:
    pause_connection(connection=connection, by=actor_ada)
    make_incident("Mail", by=ada)

    work(slack, seconds=30)

    assert slack.journal.calls() == []


def test_a_file_that_came_meanwhile_is_fetched_on_return(
    slack: FakeSlack,
    connection: Connection,
    incident: Incident,
    channel: Channel,
    actor_ada: Actor,
    ada_linked: Person,
    tmp_path: Path,
    settings: Any,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    receive(connection, slack.say(channel, ada_linked, "before"))
    work(slack)
    pause_connection(connection=connection, by=actor_ada)
    receive(connection, slack.share(channel, ada_linked, "trace.txt", b"at 03:02 it broke", "text/plain"))

    work(slack, seconds=300)
    assert not Attachment.objects.exists()

    resume_connection(connection=connection, by=actor_ada)
    work(slack, seconds=70)

    assert Attachment.objects.get().name == "trace.txt"
