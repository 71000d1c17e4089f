"""The doorbell may be lost; it never blocks, never rings for what was rolled back, never piles up."""

import threading
from collections.abc import Iterator

import pytest
from django.db import transaction

from common import doorbell
from connections.models import Lane, Received
from tests.processes.waiting import wait_until
from tests.threads import Thread

LABEL = "connections.received"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """No broker and no listener, before and after."""
    before = doorbell._ringer
    doorbell.connect_broker(None)
    yield
    wait_until(lambda: not doorbell._waiting, 10, "an empty doorbell")
    doorbell.connect_broker(before)
    doorbell._trouble = False


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What a listener in this process hears."""
    found: list[str] = []
    leave = doorbell.connect_local(found.append)
    yield found
    leave()


@pytest.mark.usefixtures("committed")
def test_it_rings_after_the_commit_and_once_per_table(heard: list[str]) -> None:
    with transaction.atomic():
        doorbell.ring_after_commit(Received)
        doorbell.ring_after_commit(Received)
        doorbell.ring_after_commit(Lane)
        assert heard == []

    assert heard == [LABEL, "connections.lane"]


def ring_and_fail() -> None:
    with transaction.atomic():
        doorbell.ring_after_commit(Received)
        raise RuntimeError("no")


@pytest.mark.usefixtures("committed")
def test_it_does_not_ring_for_what_was_rolled_back(heard: list[str]) -> None:
    with pytest.raises(RuntimeError):
        ring_and_fail()

    assert heard == []


@pytest.mark.usefixtures("committed")
def test_a_rolled_back_part_does_not_swallow_the_ring_of_the_rest(heard: list[str]) -> None:
    with transaction.atomic():
        with pytest.raises(RuntimeError):
            ring_and_fail()
        doorbell.ring_after_commit(Received)

    assert heard == [LABEL]


def test_a_broker_that_hangs_blocks_nobody_and_gets_one_ring_per_table() -> None:
    let_go, in_call = threading.Event(), threading.Event()
    rung: list[str] = []

    def hang(label: str) -> None:
        rung.append(label)
        in_call.set()
        let_go.wait(30)

    doorbell.connect_broker(hang)
    try:
        doorbell.ring(LABEL)
        assert in_call.wait(10)
        Thread(lambda: [doorbell.ring(LABEL) for _ in range(500)]).result()
        Thread(lambda: [doorbell.ring("connections.lane") for _ in range(500)]).result()
    finally:
        let_go.set()

    wait_until(lambda: len(rung) == 3, 10, "the rings that were outstanding")
    assert rung == [LABEL, LABEL, "connections.lane"]


def test_a_broker_that_fails_is_noticed_and_forgiven() -> None:
    works = False

    def ring(label: str) -> None:
        if not works:
            raise OSError("nobody listens")

    doorbell.connect_broker(ring)

    doorbell.ring(LABEL)
    wait_until(doorbell.broker_in_trouble, 10, "trouble being noticed")
    works = True
    doorbell.ring(LABEL)
    wait_until(lambda: not doorbell.broker_in_trouble(), 10, "being forgiven")
