"""Rows that are due: claimed by one, taken over when the lease ran out, tried again, buried, revived."""

from datetime import timedelta

import pytest

from common import clock
from common.pending import LEASE, MOST_TRIES, backoff, me
from connections.models import Lane, Received
from tests.factories import make_connection, make_received
from tests.threads import together


def make_due(count: int) -> list[int]:
    connection = make_connection("pagerduty")
    return [make_received(connection).pk for _ in range(count)]


@pytest.mark.usefixtures("committed")
def test_no_row_is_claimed_by_two() -> None:
    wanted = make_due(60)

    def claim_all() -> list[int]:
        mine: list[int] = []
        while rows := Received.claim(3):
            mine += [row.pk for row in rows]
        return mine

    claimed = [pk for mine in together(*[claim_all] * 4) for pk in mine]

    assert sorted(claimed) == wanted


@pytest.mark.usefixtures("committed")
def test_no_row_is_claimed_by_two_programs_that_have_no_row_locks() -> None:
    """As two programs on one SQLite file do it: nothing but the condition of the UPDATE stands between them."""
    wanted = make_due(60)

    def claim_all() -> list[int]:
        mine: list[int] = []
        while rows := Received._claim_first(3):
            assert {row.lease_owner for row in rows} == {me()}
            mine += [row.pk for row in rows]
        return mine

    claimed = [pk for mine in together(*[claim_all] * 4) for pk in mine]

    assert sorted(claimed) == wanted


@pytest.mark.django_db
def test_a_claimed_row_is_not_due_until_its_lease_has_run_out() -> None:
    make_due(1)
    assert len(Received.claim()) == 1

    assert Received.claim() == []
    clock.shift(LEASE - timedelta(seconds=1))
    assert Received.claim() == []
    clock.shift(timedelta(seconds=2))
    assert len(Received.claim()) == 1


@pytest.mark.django_db
def test_renewing_keeps_a_row_and_tells_when_it_is_lost() -> None:
    make_due(1)
    [row] = Received.claim()

    clock.shift(LEASE - timedelta(seconds=1))
    assert row.renew()
    clock.shift(timedelta(seconds=2))
    assert Received.claim() == []

    Received.objects.filter(pk=row.pk).update(lease_owner="somebody:1:1")
    assert not row.renew()


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["done", "again", "bury"])
def test_who_lost_the_lease_writes_nothing(act: str) -> None:
    make_due(1)
    [slow] = Received.claim()
    clock.shift(LEASE + timedelta(seconds=1))
    Received.claim()
    Received.objects.filter(pk=slow.pk).update(lease_owner="another:1:1")

    written = slow.done() if act == "done" else getattr(slow, act)(error="too late")

    assert written is False
    row = Received.objects.get(pk=slow.pk)
    assert (row.state, row.lease_owner, row.last_error) == (Received.WAITING, "another:1:1", "")
    assert row.lease_until is not None


@pytest.mark.django_db
def test_tries_have_growing_pauses_and_end_as_a_dead_letter() -> None:
    make_due(1)
    pauses = []
    for _ in range(MOST_TRIES - 1):
        [row] = Received.claim()
        before = clock.now()
        row.again(error="no luck")
        assert row.due_at is not None
        pauses.append((row.due_at - before).total_seconds())
        clock.shift(timedelta(minutes=10))
    [row] = Received.claim()
    row.again(error="no luck at all")

    assert pauses == sorted(pauses)
    assert pauses[0] < 3 < 12 < pauses[-1]
    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == (Received.DEAD, MOST_TRIES, "no luck at all")
    assert Received.claim() == []


@pytest.mark.django_db
def test_waiting_as_told_does_not_wear_a_row_out() -> None:
    make_due(1)
    for _ in range(MOST_TRIES * 3):
        [row] = Received.claim()
        row.again(error="asked to wait", at=clock.now() + timedelta(seconds=30), count=False)
        assert Received.claim() == []
        clock.shift(timedelta(seconds=31))

    assert Received.objects.get().state == Received.WAITING


@pytest.mark.django_db
def test_the_caller_may_say_how_many_tries_there_were() -> None:
    make_due(1)
    [row] = Received.claim()

    row.again(error="", at=clock.now(), count=False, attempts=3)

    assert Received.objects.get().attempts == 3


@pytest.mark.django_db
def test_a_lane_never_becomes_a_dead_letter() -> None:
    lane = Lane.objects.create(connection=make_connection("fakechat"), kind="chat", key="c", due_at=clock.now())
    for _ in range(MOST_TRIES * 2):
        [lane] = Lane.claim()
        lane.again(error="trouble with the database")
        clock.shift(timedelta(minutes=10))

    assert Lane.objects.get().state == Lane.WAITING
    assert [row.pk for row in Lane.claim()] == [lane.pk]


def test_the_longest_pause_is_bounded_however_often_it_was_tried() -> None:
    assert backoff(5000) <= timedelta(seconds=361)


@pytest.mark.django_db
def test_a_revived_row_is_due_at_once_with_all_its_tries() -> None:
    make_due(1)
    [row] = Received.claim()
    row.bury(error="broken")

    row.revive()

    [again] = Received.claim()
    assert (again.pk, again.attempts, again.lease_owner) == (row.pk, 0, me())
