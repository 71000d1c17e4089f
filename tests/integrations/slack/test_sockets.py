"""Socket Mode: what comes through websockets is stored as over HTTP, acknowledged after that, and never alone."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.db import connection as database

from connections.models import Connection, Received
from integrations.kit.writer import Writer
from integrations.slack.manifest import MANIFEST
from integrations.slack.sockets import group, listener, websocket
from tests.committed import committed, committed_database
from tests.fakes.slack_server import FakeSlack, Link, Parcel, Sockets, refused
from tests.fakes.slack_server.outbox import form_parcel
from tests.integrations.slack.conftest import SECRET
from tests.journeys.client import wait_until

__all__ = ["committed", "committed_database"]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks that take seconds in life."""
    monkeypatch.setattr(listener, "_LOOK_EVERY", 0.05)
    monkeypatch.setattr(group, "_TICK", 0.05)
    monkeypatch.setattr(websocket, "_PING_SECONDS", 0.2)
    monkeypatch.setattr(group.Group, "_growing", lambda self: group.timedelta(seconds=0.1))


@pytest.fixture
def wired(committed: None, slack: FakeSlack, settings: Any) -> Connection:
    """A connection with an App-Level Token."""
    settings.SLACK_API_URL = slack.api_url
    row = Connection(kind="slack", name="Slack")
    row.put_secrets({"bot_token": slack.token, "signing_secret": SECRET, "app_token": slack.app_token})
    row.save()
    return row


@pytest.fixture
def listening(wired: Connection) -> Iterator[Callable[[], threading.Thread]]:
    """Starts a process' listener, as often as it is called."""
    stop, threads = threading.Event(), []

    def start() -> threading.Thread:
        def run() -> None:
            try:
                listener.listen(stop)
            finally:
                database.close()

        thread = threading.Thread(target=run, name="listener under test", daemon=True)
        thread.start()
        threads.append(thread)
        return thread

    yield start
    stop.set()
    for thread in threads:
        thread.join(timeout=15)
        assert not thread.is_alive()


@pytest.fixture
def sockets(slack: FakeSlack, listening: Callable[[], threading.Thread]) -> Sockets:
    """The fake's side, with both websockets open."""
    listening()
    slack.sockets.wait_open(2)
    return slack.sockets


@pytest.fixture
def said(slack: FakeSlack) -> Parcel:
    ada = slack.person("Ada")
    return slack.say(slack.channel("inc-1", ada), ada, "the pool is empty: <@U1> & ünïcode 🔥")


def rows() -> list[Received]:
    return list(Received.objects.order_by("id"))


def trouble(connection: Connection) -> str:
    return str(Connection.objects.values_list("trouble", flat=True).get(pk=connection.pk))


# --- what comes in ------------------------------------------------------------------------------------
def test_an_event_is_stored_as_it_would_be_over_http(sockets: Sockets, said: Parcel) -> None:
    assert sockets.deliver(said).is_taken

    (row,) = rows()
    assert row.door == "slack/events"
    assert row.outside_id == f"slack/events|evt:{said.payload['event_id']}"
    assert json.loads(row.body) == said.payload


def test_a_command_is_a_form_and_is_answered_at_once(sockets: Sockets, slack: FakeSlack) -> None:
    ada = slack.person("Ada")
    parcel = slack.command(slack.channel("general", ada), ada, "/incident create Größe & <Wert> + 5 %")

    delivered = sockets.deliver(parcel)

    assert json.loads(delivered.body) == {"response_type": "ephemeral", "text": "Working on it…"}
    (row,) = rows()
    assert row.door == "slack/commands"
    assert row.body == parcel.body
    assert row.outside_id.startswith("slack/commands|cmd:")


def test_each_request_is_one_row_whichever_way_it_comes(
    sockets: Sockets, slack: FakeSlack, wired: Connection, said: Parcel
) -> None:
    ada = slack.person("Ada")
    channel = slack.channel("general", ada)
    command = slack.command(channel, ada, "/incident list")
    action = {"action_id": "command:1", "value": "/incident list", "action_ts": "1767225600.1"}
    button = slack.interact("block_actions", ada, channel={"id": channel.id}, actions=[action])
    doors = {door.path: door for door in MANIFEST.doors}

    for parcel in (said, command, button):
        assert sockets.deliver(parcel).is_taken

    assert [row.outside_id for row in rows()] == [
        f"{path}|{doors[path].outside_id({}, parcel.body)}"
        for path, parcel in (("slack/events", said), ("slack/commands", command), ("slack/interactions", button))
    ]


def test_the_same_event_through_both_websockets_is_one_row(sockets: Sockets, said: Parcel) -> None:
    first, second = sockets.open_links()

    sent = [sockets.send(said, link=link, attempt=n) for n, link in enumerate((first, second, first))]

    assert all(sockets.acknowledged(envelope) for envelope in sent)
    assert len(rows()) == 1


def test_a_submitted_form_is_acknowledged_without_a_payload_and_closes(sockets: Sockets, slack: FakeSlack) -> None:
    payload = {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "trigger_id": "1.2", "view": {}}

    envelope = sockets.send(form_parcel("interactions", {"payload": json.dumps(payload)}))

    assert sockets.acknowledged(envelope)
    assert envelope.ack == {"envelope_id": envelope.id}


def test_nothing_is_acknowledged_that_is_not_stored(
    sockets: Sockets, said: Parcel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(self: Writer, rows: Any) -> None:
        raise OperationalError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(Writer, "_insert", failing)
        envelope = sockets.send(said)
        wait_until(lambda: "could not be stored" in caplog.text, "the failure is logged")
        assert not sockets.acknowledged(envelope, 0.2)

    again = sockets.send(said, attempt=1)

    assert sockets.acknowledged(again)
    assert [row.headers for row in rows()] == [{"x-slack-retry-num": "1", "x-slack-retry-reason": "timeout"}]


def test_what_is_acknowledged_is_stored_already(
    sockets: Sockets, said: Parcel, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_store, store = threading.Event(), Writer._insert

    def waiting(self: Writer, rows: Any) -> None:
        assert may_store.wait(10)
        store(self, rows)

    monkeypatch.setattr(Writer, "_insert", waiting)
    envelope = sockets.send(said)
    assert not sockets.acknowledged(envelope, 0.3)

    may_store.set()

    assert sockets.acknowledged(envelope)
    assert len(rows()) == 1


# --- websockets that end ------------------------------------------------------------------------------
@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_the_next_websocket_is_there_before_the_old_one_goes(sockets: Sockets, reason: str) -> None:
    old, other = sockets.open_links()
    most: list[int] = []

    sockets.disconnect(old, reason)
    sockets.wait(lambda s: most.append(len(s._open())) or old.is_over, "the old one is closed")

    assert max(most) == 3
    left = sockets.open_links()
    assert len(left) == 2
    assert other in left


def test_what_an_ending_websocket_brought_is_answered_on_it(
    sockets: Sockets, said: Parcel, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_store, store = threading.Event(), Writer._insert

    def waiting(self: Writer, rows: Any) -> None:
        assert may_store.wait(10)
        store(self, rows)

    monkeypatch.setattr(Writer, "_insert", waiting)
    old = sockets.open_links()[0]
    envelope = sockets.send(said, link=old)
    sockets.disconnect(old, "warning")
    sockets.wait_open(3)

    may_store.set()

    assert sockets.acknowledged(envelope)
    sockets.wait(lambda s: old.is_over, "the old one is closed")


def test_a_websocket_that_is_cut_off_is_replaced(sockets: Sockets, said: Parcel) -> None:
    lost = sockets.open_links()[0]

    sockets.cut(lost)

    sockets.wait(lambda s: s.opened == 3 and len(s._open()) == 2, "another one is open")
    assert sockets.deliver(said).is_taken


def test_one_that_is_never_greeted_is_given_up_and_said(
    listening: Callable[[], threading.Thread], slack: FakeSlack, wired: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "_GREETED_WITHIN", group.timedelta(seconds=0.2))
    slack.sockets.is_mute = True
    listening()

    wait_until(lambda: "can't be opened" in trouble(wired), "it is said")
    slack.sockets.is_mute = False

    wait_until(lambda: not trouble(wired), "it hears again")


def test_switched_off_in_slack_ends_it_and_says_so(sockets: Sockets, wired: Connection) -> None:
    for link in sockets.open_links():
        sockets.disconnect(link, "link_disabled")

    sockets.wait_open(0)
    wait_until(lambda: "Socket Mode is switched off in the app" in trouble(wired), "it is said")
    assert sockets.opened == 2


def test_too_many_websockets_are_not_asked_for_again_at_once(
    listening: Callable[[], threading.Thread], slack: FakeSlack, wired: Connection
) -> None:
    slack.sockets.most = 1
    listening()

    slack.sockets.wait(lambda s: s.opened == 2, "two were asked for")
    slack.sockets.wait_open(1)

    wait_until(lambda: Connection.objects.get(pk=wired.pk).last_ping_at, "the one that is open counts")
    assert slack.sockets.opened == 2
    assert trouble(wired) == ""


def test_with_ten_the_old_one_makes_room_first(
    listening: Callable[[], threading.Thread], slack: FakeSlack, settings: Any
) -> None:
    settings.SLACK_WEBSOCKETS = 10
    listening()
    old = slack.sockets.wait_open(10)[0]

    slack.sockets.disconnect(old, "refresh_requested")

    slack.sockets.wait(lambda s: old.is_over and len(s._open()) == 10, "ten are open again")
    assert slack.sockets.opened == 11


# --- what is set up in the web ------------------------------------------------------------------------
def test_switching_off_and_on_is_followed(sockets: Sockets, wired: Connection) -> None:
    Connection.objects.filter(pk=wired.pk).update(is_on=False)
    sockets.wait_open(0)

    Connection.objects.filter(pk=wired.pk).update(is_on=True)

    sockets.wait_open(2)


def test_a_token_that_is_entered_later_is_used(
    listening: Callable[[], threading.Thread], slack: FakeSlack, wired: Connection
) -> None:
    wired.put_secrets({"bot_token": slack.token, "signing_secret": SECRET})
    wired.save()
    listening()

    wired.put_secrets({"bot_token": slack.token, "signing_secret": SECRET, "app_token": slack.app_token})
    wired.save()

    slack.sockets.wait_open(2)
    wait_until(lambda: Connection.objects.get(pk=wired.pk).last_ping_at, "a sign of life is written")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("invalid_auth", "the App-Level Token is not valid"),
        ("not_allowed_token_type", "the App-Level Token is not valid"),
        ("missing_scope", "lacks connections:write"),
    ],
)
def test_a_token_that_slack_refuses_is_said_in_words(
    listening: Callable[[], threading.Thread], slack: FakeSlack, wired: Connection, code: str, words: str
) -> None:
    slack.fail("apps.connections.open", refused(code), times=None)
    listening()

    wait_until(lambda: words in trouble(wired), "it is said")

    assert len(slack.journal.calls("apps.connections.open")) == 1


def test_an_address_that_is_not_encrypted_is_not_used(
    listening: Callable[[], threading.Thread], slack: FakeSlack, wired: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "_is_safe", lambda url: url.startswith("wss://"))
    listening()

    wait_until(lambda: "not encrypted" in trouble(wired), "it is said")

    assert slack.sockets.open_links() == []


def test_two_processes_hold_two_each_and_both_hear(
    listening: Callable[[], threading.Thread], slack: FakeSlack, said: Parcel
) -> None:
    listening()
    listening()
    links: list[Link] = slack.sockets.wait_open(4)

    sent = [slack.sockets.send(said, link=link) for link in links]

    assert all(slack.sockets.acknowledged(envelope) for envelope in sent)
    assert len(rows()) == 1
