"""What came in has one outcome, written together with its effects or not at all."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError

from common import clock
from common.errors import Conflict
from common.pending import LEASE, MOST_TRIES
from connections import intake
from connections.intake import Outcome, Unreadable
from connections.models import Connection, Received
from tests.factories import make_connection, make_received

KIND = "tested"
Handler = Callable[[Received], Outcome]


@pytest.fixture
def handled() -> Iterator[Callable[[Handler], None]]:
    """`handled(function)`: it understands what a connection of this kind receives."""
    yield lambda handler: intake.register_handler(KIND, handler)
    intake._handlers.pop(KIND, None)


@pytest.fixture
def row(committed: None) -> Received:
    return make_received(make_connection(KIND))


def work() -> Received:
    [claimed] = Received.claim()
    claimed.work()
    return Received.objects.get(pk=claimed.pk)


def test_the_outcome_is_kept(row: Received, handled: Callable[[Handler], None]) -> None:
    handled(lambda received: Outcome("ignored", "concerns nobody", incident=7, is_private=True))

    row = work()

    assert (row.state, row.outcome, row.outcome_text) == (Received.DONE, "ignored", "concerns nobody")
    assert (row.incident_number, row.is_private, row.lease_owner) == (7, True, "")


@pytest.mark.parametrize("error", [Unreadable("no “id”"), Conflict("it is closed")])
def test_what_cannot_be_read_or_done_fails_at_once_and_visibly(
    row: Received, handled: Callable[[Handler], None], error: Exception
) -> None:
    def fail(received: Received) -> Outcome:
        Connection.objects.create(kind="made", name="by a handler that failed")
        raise error

    handled(fail)

    row = work()

    assert (row.state, row.outcome, row.outcome_text) == (Received.DEAD, "failed", str(error))
    assert not Connection.objects.filter(kind="made").exists()


def test_a_fault_of_ours_is_tried_five_times_and_leaves_nothing(
    row: Received, handled: Callable[[Handler], None]
) -> None:
    def fail(received: Received) -> Outcome:
        Connection.objects.create(kind="made", name="half")
        raise RuntimeError("a fault")

    handled(fail)

    for _ in range(MOST_TRIES):
        row = work()
        clock.shift(timedelta(minutes=10))

    assert (row.state, row.outcome, row.attempts) == (Received.DEAD, "failed", MOST_TRIES)
    assert "a fault" in row.outcome_text
    assert not Connection.objects.filter(kind="made").exists()


def test_a_deadlock_is_repeated_at_once(row: Received, handled: Callable[[Handler], None]) -> None:
    runs = []

    def deadlock_once(received: Received) -> Outcome:
        runs.append(1)
        if len(runs) == 1:
            raise OperationalError("database is locked")
        return Outcome("done", "in the end")

    handled(deadlock_once)

    row = work()

    assert (row.state, row.outcome_text, row.attempts, len(runs)) == (Received.DONE, "in the end", 0, 2)


def test_who_was_too_slow_changes_nothing(row: Received, handled: Callable[[Handler], None]) -> None:
    def lose_the_lease(received: Received) -> Outcome:
        Connection.objects.create(kind="made", name="twice")
        return Outcome("done", "too late")

    handled(lose_the_lease)
    [slow] = Received.claim()
    clock.shift(LEASE + timedelta(seconds=1))
    Received.objects.filter(pk=row.pk).update(lease_owner="another:1:1")

    slow.work()

    row = Received.objects.get(pk=row.pk)
    assert (row.state, row.outcome, row.lease_owner) == (Received.WAITING, "", "another:1:1")
    assert not Connection.objects.filter(kind="made").exists()


def test_a_kind_that_is_not_installed_says_so(row: Received) -> None:
    row = work()

    assert (row.state, row.outcome, row.outcome_text) == (Received.DEAD, "failed", "integration not installed")
