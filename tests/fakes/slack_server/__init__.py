"""A fake Slack: a real HTTP server on loopback with a workspace in it, faults on demand and a journal.

    with FakeSlack() as slack:
        ada = slack.person("Ada")
        client = WebClient(token=slack.token, base_url=slack.api_url)
        ...
        slack.fail("chat.postMessage", rate_limited(30))
        assert slack.journal.inside_windows() == []

It takes what slack_sdk sends, keeps state, answers Slack's error codes, and makes the signed requests that
Slack would make to us (`slack.outbox`). Facts come from docs.slack.dev.
"""

from tests.fakes.slack_server.faults import (
    ANY,
    Fault,
    broken,
    done_but_silent,
    hanging,
    rate_limited,
    refused,
    reset,
    slow,
)
from tests.fakes.slack_server.journal import Entry, Journal
from tests.fakes.slack_server.outbox import Delivered, Outbox, Parcel
from tests.fakes.slack_server.server import FakeSlack
from tests.fakes.slack_server.sockets import Envelope, Link, Sockets
from tests.fakes.slack_server.world import Channel, Message, Person, World

__all__ = [
    "ANY",
    "Channel",
    "Delivered",
    "Entry",
    "Envelope",
    "FakeSlack",
    "Fault",
    "Journal",
    "Link",
    "Message",
    "Outbox",
    "Parcel",
    "Person",
    "Sockets",
    "World",
    "broken",
    "done_but_silent",
    "hanging",
    "rate_limited",
    "refused",
    "reset",
    "slow",
]
