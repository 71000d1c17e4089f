"""A lane sends one thing at a time, in order, and ends with everything shown or visibly given up."""

from datetime import timedelta

import pytest

from accounts.actors import SYSTEM
from common import clock
from common.errors import PartnerTrouble
from common.pending import MOST_TRIES
from connections.models import Attempt, Delivery, Lane
from connections.operations import open_lane, retry_delivery, switch_connection
from tests.connections.senders import Place, later, make_lane, run_due, want_thing

pytestmark = pytest.mark.django_db


def test_things_go_by_priority_and_then_in_their_order(place: Place) -> None:
    lane = make_lane()
    want_thing(lane, 12, priority=4, position=2)
    want_thing(lane, 11, priority=4, position=1)
    want_thing(lane, 13, priority=5, position=1)
    want_thing(lane, 99, priority=1)

    run_due()

    assert place.names == ["event:99", "event:11", "event:12", "event:13"]
    assert Lane.objects.get().due_at is None


def test_changes_that_come_quickly_are_shown_once_in_their_last_form(place: Place) -> None:
    lane = make_lane()
    for _ in range(5):
        want_thing(lane, 1)

    run_due()

    assert place.shown == [("event:1", 5)]
    want_thing(lane, 1)
    run_due()
    assert place.shown == [("event:1", 5), ("event:1", 6)]
    assert Delivery.objects.get().outside_ref == "ref-1"


def test_the_pace_of_the_place_is_kept(place: Place) -> None:
    place.rest = timedelta(seconds=1)
    lane = make_lane()
    want_thing(lane, 1)
    want_thing(lane, 2)

    run_due()
    assert place.names == ["event:1"]
    later(1.1)
    run_due()
    assert place.names == ["event:1", "event:2"]
    want_thing(lane, 3)
    run_due()
    assert place.names == ["event:1", "event:2"]
    later(1.1)
    run_due()
    assert place.names == ["event:1", "event:2", "event:3"]


def test_a_retry_after_is_obeyed_by_everything_in_the_lane(place: Place) -> None:
    lane = make_lane()
    place.faults = [PartnerTrouble("slow down", retry_after=30)]
    want_thing(lane, 1)
    run_due()

    want_thing(lane, 2, priority=1)
    later(29)
    assert run_due() == 0
    later(2)
    run_due()

    assert place.names == ["event:2", "event:1"]
    assert Lane.objects.get().attempts == 0


def test_a_retry_after_is_obeyed_when_a_person_is_impatient(place: Place) -> None:
    lane = make_lane()
    want_thing(lane, 1)
    place.faults = [PartnerTrouble("no", permanent=True), PartnerTrouble("slow down", retry_after=30)]
    run_due()
    want_thing(lane, 2)
    run_due()

    retry_delivery(Delivery.objects.get(thing_id=1))
    assert run_due() == 0

    later(31)
    run_due()
    assert place.names == ["event:1", "event:2"]


def test_a_retry_after_never_wears_a_lane_or_a_delivery_out(place: Place) -> None:
    lane = make_lane()
    want_thing(lane, 1)
    place.faults = [PartnerTrouble("slow down", retry_after=30)] * (MOST_TRIES * 2)
    for _ in range(MOST_TRIES * 2):
        run_due()
        later(31)

    run_due()

    assert place.names == ["event:1"]


def test_an_unclear_result_is_looked_for_before_it_is_sent_again(place: Place) -> None:
    lane = make_lane()
    want_thing(lane, 1)
    place.faults = [PartnerTrouble("no answer", unclear=True)]
    run_due()
    assert place.looked == []

    later(60)
    run_due()
    assert (place.looked, place.names) == (["event:1"], ["event:1"])

    want_thing(lane, 1)
    run_due()
    assert place.looked == ["event:1"]
    assert not Attempt.objects.filter(ok__isnull=True).exists()


@pytest.mark.parametrize("how", ["a crash", "an error of our own"])
def test_a_try_without_an_end_is_looked_for_too(place: Place, how: str) -> None:
    lane = make_lane()
    want_thing(lane, 1)
    if how == "a crash":
        Attempt.objects.create(delivery=Delivery.objects.get(), version=1)
    else:
        place.faults = [RuntimeError("after it was sent, perhaps")]
        run_due()
        later(60)

    run_due()

    assert (place.looked, place.names) == (["event:1"], ["event:1"])


def test_a_clear_failure_is_not_looked_for(place: Place) -> None:
    lane = make_lane()
    want_thing(lane, 1)
    place.faults = [PartnerTrouble("refused the connection")]
    run_due()
    later(60)

    run_due()

    assert (place.looked, place.names) == ([], ["event:1"])


def test_poison_is_given_up_after_five_tries_and_the_rest_goes_on(place: Place) -> None:
    lane = make_lane()
    place.broken = {1}
    want_thing(lane, 1, position=1)
    want_thing(lane, 2, position=2)
    for _ in range(MOST_TRIES):
        run_due()
        later(60)

    dead = Delivery.objects.get(thing_id=1)
    assert dead.dead_at is not None
    assert "poison" in dead.last_error
    assert Attempt.objects.filter(delivery=dead).count() == MOST_TRIES
    assert place.names == ["event:2"]
    assert Lane.objects.get().due_at is None


def test_what_is_wanted_anew_gets_all_its_tries_again(place: Place) -> None:
    lane = make_lane()
    place.broken = {1}
    want_thing(lane, 1)
    for _ in range(MOST_TRIES):
        run_due()
        later(60)
    assert Delivery.objects.get().dead_at is not None

    want_thing(lane, 1)
    run_due()
    assert Delivery.objects.get().dead_at is None
    place.broken = set()
    later(60)
    run_due()

    assert place.names == ["event:1"]


def test_a_permanent_refusal_is_given_up_at_once_and_the_rest_goes_on(place: Place) -> None:
    lane = make_lane()
    place.faults = [PartnerTrouble("too long", permanent=True)]
    want_thing(lane, 1, position=1)
    want_thing(lane, 2, position=2)

    run_due()

    assert place.names == ["event:2"]
    assert Delivery.objects.get(thing_id=1).state == "failed"


def test_a_refusal_does_not_kill_what_was_wanted_meanwhile(place: Place) -> None:
    lane = make_lane()
    want_thing(lane, 1)

    def change_and_refuse(delivery: Delivery) -> None:
        if delivery.wanted == 1:
            want_thing(lane, 1)
            raise PartnerTrouble("the old form is refused", permanent=True)

    place.during = change_and_refuse
    run_due()

    assert place.shown == [("event:1", 2)]
    assert Delivery.objects.get().dead_at is None


def test_trouble_pauses_the_lane_with_growing_pauses_and_is_shown(place: Place) -> None:
    lane = make_lane()
    want_thing(lane, 1)
    place.faults = [PartnerTrouble("out of order")] * 8
    pauses = []
    for _ in range(8):
        run_due()
        lane.refresh_from_db()
        assert lane.last_error == "out of order"
        assert lane.due_at is not None
        pauses.append((lane.due_at - clock.now()).total_seconds())
        later(60)

    assert pauses[0] < 3
    assert 12 < max(pauses) <= 25
    run_due()
    assert place.names == ["event:1"]


def test_a_closed_lane_waits_until_its_place_exists(place: Place) -> None:
    lane = make_lane(is_open=False)
    want_thing(lane, 1)
    assert run_due() == 0

    open_lane(lane, "C42")
    run_due()

    assert place.names == ["event:1"]


def test_a_lane_whose_connection_is_switched_off_waits(place: Place) -> None:
    lane = make_lane()
    want_thing(lane, 1)
    switch_connection(connection=lane.connection, on=False, by=SYSTEM)
    run_due()
    assert place.names == []

    switch_connection(connection=lane.connection, on=True, by=SYSTEM)
    run_due()
    assert place.names == ["event:1"]


def test_a_person_who_tries_again_does_not_take_the_lane_from_who_works_it(place: Place) -> None:
    lane = make_lane()
    want_thing(lane, 1)
    place.faults = [PartnerTrouble("no", permanent=True)]
    run_due()
    want_thing(lane, 2)
    [held] = Lane.claim()

    retry_delivery(Delivery.objects.get(thing_id=1))
    assert Lane.claim() == []

    held.work()
    assert sorted(place.names) == ["event:1", "event:2"]
