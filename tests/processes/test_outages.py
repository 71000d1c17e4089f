"""The database goes away under load and comes back: nothing that was accepted is lost, nothing stays stuck."""

import os
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.fakes.slack_server import FakeSlack
from tests.pagerduty.events import body
from tests.pagerduty.sender import Sender
from tests.processes import table
from tests.processes.conftest import MakeStack
from tests.processes.harness import HOOK_SECRET, PRODUCTION, Stack, wait_until
from tests.processes.stories import InBackground, Story, one_alert_one_line, settle
from tests.processes.test_killpoints import deadly
from tests.services import POSTGRES_URL

RECOVERY = 30.0
WEBHOOKS = 12


def test_while_the_database_is_away_nothing_is_accepted_and_afterwards_everything(make_stack: MakeStack) -> None:
    stack = make_stack(PRODUCTION)
    stack.start()
    sender = Sender(lambda: stack.url, HOOK_SECRET, pause=0.5, patience=120)
    assert sender.send(_webhook(0), "hook-0").statuses == [202]

    _let_in(stack, False)
    wait_until(lambda: sender.try_once(_webhook(99), "hook-99") == 503, 30, "an honest 503")
    sending = [InBackground(lambda n=n: _send(sender, n)) for n in range(1, WEBHOOKS)]  # type: ignore[misc]
    wait_until(lambda: len(sender.journal) == WEBHOOKS and all(s.statuses for s in sender.journal), 60, "a try each")
    assert [sent.webhook_id for sent in sender.taken] == ["hook-0"]
    assert {status for sent in sender.journal[1:] for status in sent.statuses} <= {503, 0}

    _let_in(stack, True)
    back = time.monotonic()
    for webhook in sending:
        webhook.done()
    settle(stack, with_rooms=False)

    assert time.monotonic() - back < RECOVERY
    assert len(sender.taken) == WEBHOOKS
    assert stack.count("SELECT count(*) FROM incidents_incident") == WEBHOOKS
    assert stack.dead() == []
    assert stack.doctor() == ""


@pytest.mark.skipif(os.environ.get("WARROOM_SWEEP") != "1", reason="waits for a real lease of 30 s: make sweep")
def test_a_killed_workers_row_is_taken_over_within_the_lease(
    make_stack: MakeStack, slack: FakeSlack, record_property: Callable[[str, object], None]
) -> None:
    table.note(record_property, "K3 lease of 30 s", PRODUCTION)
    stack = make_stack(PRODUCTION, slack=slack, WARROOM_LEASE_SECONDS="30")
    stack.start(**deadly(stack, "K3"))
    happening = InBackground(Story(stack, slack).webhook)
    wait_until(stack.dead, 30, "dying with the lease held")
    died = time.monotonic()
    stack.revive()
    happening.done()

    wait_until(lambda: stack.count("SELECT count(*) FROM incidents_incident") == 1, 60, "the take-over")

    assert time.monotonic() - died < 35
    settle(stack)
    one_alert_one_line(stack)


def _webhook(number: int) -> bytes:
    return body("incident.triggered", incident=f"Q{number}", key=f"key-{number}", id_=f"01E{number}")


def _send(sender: Sender, number: int) -> None:
    assert sender.send(_webhook(number), f"hook-{number}").is_taken


def _let_in(stack: Stack, allowed: bool) -> None:
    """Open or close the installation's database for everybody, and throw out who is in."""
    name = urlsplit(stack.environment["DATABASE_URL"]).path[1:]
    with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS {str(allowed).lower()}')  # type: ignore[call-overload]
        if not allowed:
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
