"""Wanting, sending and opening at the same moment: whoever comes second, nothing is left lying."""

import random
import threading

import pytest
from django.db import connection, transaction
from django.db.models import F, QuerySet

from common import clock
from connections import lanes
from connections.models import Delivery, Lane
from connections.operations import open_lane, want
from tests.connections.senders import Place, make_lane, run_due, want_thing
from tests.processes.waiting import wait_until
from tests.threads import Thread, somebody_waits_for_a_lock, together

pytestmark = pytest.mark.usefixtures("committed")
on_postgres = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="one transaction writes at a time")


def left_lying() -> "QuerySet[Delivery]":
    """What is wanted in a lane that nobody will look at."""
    return Delivery.objects.filter(wanted__gt=F("shown"), dead_at__isnull=True, lane__due_at__isnull=True)


def test_a_want_during_the_send_is_not_lost(place: Place) -> None:
    lane = make_lane()
    want_thing(lane, 1)

    def want_again(delivery: Delivery) -> None:
        if delivery.wanted == 1:
            Thread(lambda: want_thing(lane, 1)).result()

    place.during = want_again
    run_due()

    assert place.shown == [("event:1", 1), ("event:1", 2)]
    assert Lane.objects.get().due_at is None


@on_postgres
def test_a_lane_is_not_put_to_rest_before_an_open_want_has_committed(place: Place) -> None:
    lane = make_lane()
    want_thing(lane, 1)
    wanted, commit = threading.Event(), threading.Event()

    def want_slowly() -> None:
        with transaction.atomic():
            want_thing(lane, 2)
            wanted.set()
            assert commit.wait(20)

    wanting = Thread(want_slowly)
    assert wanted.wait(20)
    # The open transaction holds the lane only by a shared lock: it can be claimed and worked meanwhile.
    [mine] = Lane.claim()
    working = Thread(mine.work)
    wait_until(somebody_waits_for_a_lock, 10, "the worker waiting before it puts the lane to rest")
    commit.set()
    wanting.result()
    working.result()

    assert not left_lying().exists()
    run_due()
    assert place.names == ["event:1", "event:2"]


@on_postgres
def test_a_want_that_meets_a_lane_being_put_to_rest_wakes_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    lane = make_lane()
    want_thing(lane, 1)
    looked, go_on = threading.Event(), threading.Event()
    real = lanes.due_deliveries

    class Slow:
        """The moment between seeing the lane empty and putting it to rest."""

        def __init__(self, rows: "QuerySet[Delivery]") -> None:
            self._rows = rows

        def exists(self) -> bool:
            found = self._rows.exists()
            looked.set()
            assert go_on.wait(20)
            return found

        def select_related(self, *names: str) -> "QuerySet[Delivery]":
            return self._rows.select_related(*names)

    monkeypatch.setattr(lanes, "due_deliveries", lambda lane: Slow(real(lane)))
    [mine] = Lane.claim()
    working = Thread(mine.work)
    assert looked.wait(20)
    wanting = Thread(lambda: want_thing(lane, 2))
    wait_until(somebody_waits_for_a_lock, 10, "the want waiting for the lane")
    go_on.set()
    working.result()
    wanting.result()
    monkeypatch.undo()

    assert not left_lying().exists()
    run_due()
    assert place.names == ["event:1", "event:2"]


@on_postgres
def test_a_want_in_a_lane_that_is_being_opened_goes(place: Place) -> None:
    lane = make_lane(is_open=False)
    wanted, commit = threading.Event(), threading.Event()

    def want_slowly() -> None:
        with transaction.atomic():
            want_thing(lane, 1)
            wanted.set()
            assert commit.wait(20)

    wanting = Thread(want_slowly)
    assert wanted.wait(20)
    opening = Thread(lambda: open_lane(lane, "C1"))
    wait_until(lambda: opening.is_done or somebody_waits_for_a_lock(), 10, "the opening")
    run_due()
    commit.set()
    wanting.result()
    opening.result()

    assert not left_lying().exists()
    run_due()
    assert place.names == ["event:1"]


def test_many_wants_and_workers_leave_nothing_lying(place: Place) -> None:
    channels = [make_lane(key=f"channel:C{n}") for n in range(3)]
    stop = threading.Event()

    def wish(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(40):
            some = dice.sample(channels, dice.randint(1, 3))
            want([lane.pk for lane in some], thing_kind="event", thing_id=dice.randint(1, 6))

    def work() -> None:
        while not stop.is_set():
            for lane in Lane.claim(1):
                lane.work()

    workers = [Thread(work) for _ in range(2)]
    together(*[lambda seed=seed: wish(seed) for seed in range(3)])
    wait_until(lambda: not Lane.objects.filter(due_at__lte=clock.now()).exists(), 30, "the lanes coming to rest")
    stop.set()
    for worker in workers:
        worker.result()

    assert not left_lying().exists()
    assert not Delivery.objects.filter(wanted__gt=F("shown")).exists()
    assert connection.vendor in ("sqlite", "postgresql")


@on_postgres
def test_wants_do_not_wait_for_each_other() -> None:
    lane = make_lane()
    want_thing(lane, 1)
    wanted, commit = threading.Event(), threading.Event()

    def want_slowly() -> None:
        with transaction.atomic():
            want_thing(lane, 2)
            wanted.set()
            assert commit.wait(20)

    slow = Thread(want_slowly)
    assert wanted.wait(20)
    Thread(lambda: want_thing(lane, 3)).result()
    assert not slow.is_done
    commit.set()
    slow.result()
