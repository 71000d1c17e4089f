"""Working off: a poison row stops nobody, a slow batch keeps its leases, the clock takes over."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from unittest import mock

import pytest

from common import clock, doorbell, work
from common.errors import PartnerTrouble
from common.pending import LEASE, MOST_TRIES
from connections.models import Received
from tests.factories import make_connection, make_received

LABEL = "connections.received"


@pytest.fixture
def rows(db: None) -> list[Received]:
    connection = make_connection("pagerduty")
    return [make_received(connection) for _ in range(3)]


@pytest.fixture
def worked() -> Iterator[list[int]]:
    """Which rows were worked; every row is done by it."""
    seen: list[int] = []

    def take(row: Received) -> None:
        seen.append(row.pk)
        row.done()

    with mock.patch.object(Received, "work", take):
        yield seen


def test_everything_due_is_worked_off(rows: list[Received], worked: list[int]) -> None:
    assert work.work_off(LABEL) == 3

    assert worked == [row.pk for row in rows]


def test_a_poison_row_does_not_stop_the_others(rows: list[Received]) -> None:
    poison = rows[0].pk
    done: list[int] = []

    def take(row: Received) -> None:
        if row.pk == poison:
            raise RuntimeError("poison")
        done.append(row.pk)
        row.done()

    with mock.patch.object(Received, "work", take):
        for _ in range(MOST_TRIES):
            work.work_off(LABEL)
            clock.shift(timedelta(minutes=10))

    assert done == [row.pk for row in rows[1:]]
    dead = Received.objects.get(pk=poison)
    assert (dead.state, dead.attempts) == (Received.DEAD, MOST_TRIES)
    assert "poison" in dead.last_error


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (PartnerTrouble("never", permanent=True), Received.DEAD),
        (PartnerTrouble("wait", retry_after=30), Received.WAITING),
        (PartnerTrouble("again"), Received.WAITING),
    ],
)
def test_a_partners_trouble_is_told_in_its_words(rows: list[Received], trouble: PartnerTrouble, state: str) -> None:
    with mock.patch.object(Received, "work", side_effect=trouble):
        work.work_off(LABEL)

    row = Received.objects.get(pk=rows[0].pk)
    assert (row.state, row.last_error) == (state, trouble.message)
    if trouble.retry_after:
        assert row.due_at is not None
        assert row.due_at > clock.now() + timedelta(seconds=29)


def test_rows_behind_a_slow_one_are_renewed_or_left_to_others(
    rows: list[Received], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_RENEW_AFTER", -1.0)
    seen: list[int] = []

    def take(row: Received) -> None:
        seen.append(row.pk)
        if row.pk == rows[0].pk:
            # While this one was slow, somebody else has got the last one.
            clock.shift(LEASE - timedelta(seconds=1))
            Received.objects.filter(pk=rows[2].pk).update(lease_owner="another:1:1")
        row.done()

    with mock.patch.object(Received, "work", take):
        work.work_off(LABEL)

    assert seen == [row.pk for row in rows[:2]]
    assert Received.objects.get(pk=rows[2].pk).lease_owner == "another:1:1"


class Crew:
    """Remembers what it was woken for."""

    def __init__(self) -> None:
        self.woken: list[str] = []

    def wake(self, label: str) -> None:
        self.woken.append(label)


@pytest.fixture
def crew() -> Crew:
    return Crew()


def test_without_a_broker_the_clock_wakes_its_own_crew(rows: list[Received], crew: Crew) -> None:
    work.Clock(crew, has_broker=False).tick()  # type: ignore[arg-type]

    assert LABEL in crew.woken


def test_with_a_broker_the_workers_are_rung_and_late_rows_taken_over(rows: list[Received], crew: Crew) -> None:
    with mock.patch.object(doorbell, "ring") as ring:
        ticking = work.Clock(crew, has_broker=True)  # type: ignore[arg-type]
        ticking.tick()
        assert LABEL not in crew.woken
        clock.shift(timedelta(seconds=4))
        ticking.tick()

    assert LABEL in crew.woken
    assert mock.call(LABEL) in ring.mock_calls


def test_a_table_that_cannot_be_asked_does_not_stop_the_clock(rows: list[Received], crew: Crew) -> None:
    with mock.patch("accounts.models.audit.Sealer.due", side_effect=RuntimeError("broken")):
        work.Clock(crew, has_broker=False).tick()  # type: ignore[arg-type]

    assert LABEL in crew.woken


@pytest.mark.parametrize(("due_in", "looks_in"), [(0.4, 0.4), (0.01, 0.1), (1.4, 1.0), (None, 1.0)])
def test_the_clock_looks_again_when_the_next_row_is_due(
    db: None, crew: Crew, due_in: float | None, looks_in: float
) -> None:
    if due_in is not None:
        make_received(make_connection("pagerduty"), due_at=clock.now() + timedelta(seconds=due_in))

    pause = work.Clock(crew, has_broker=False).tick()  # type: ignore[arg-type]

    assert pause == pytest.approx(looks_in, abs=0.09)
    assert LABEL not in crew.woken


@pytest.mark.usefixtures("committed")
def test_a_crew_looks_again_when_it_was_woken_meanwhile() -> None:
    connection = make_connection("pagerduty")
    make_received(connection)
    in_work, go_on, finished = threading.Event(), threading.Event(), threading.Event()
    seen: list[int] = []

    def take(row: Received) -> None:
        seen.append(row.pk)
        in_work.set()
        assert go_on.wait(10)
        row.done()
        if len(seen) == 2:
            finished.set()

    with mock.patch.object(Received, "work", take):
        crew = work.Crew(2)
        crew.wake(LABEL)
        assert in_work.wait(10)
        make_received(connection)
        crew.wake(LABEL)
        go_on.set()
        assert finished.wait(10)
        crew.close()

    assert len(seen) == 2
