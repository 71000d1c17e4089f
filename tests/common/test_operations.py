"""An operation is done whole or not at all, and repeated where the database asks for it."""

import threading

import pytest
from django.db import OperationalError, connection

from common.operations import hold_name, operation
from connections.models import Connection
from tests.factories import make_connection
from tests.processes.waiting import wait_until
from tests.threads import Thread, somebody_waits_for_a_lock, together

on_postgres = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="locks of PostgreSQL")


@pytest.mark.usefixtures("committed")
def test_an_operation_that_fails_leaves_nothing() -> None:
    @operation
    def inner() -> None:
        make_connection("fakechat")

    @operation
    def outer() -> None:
        inner()
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        outer()

    assert Connection.objects.count() == 0


@on_postgres
@pytest.mark.postgres
@pytest.mark.usefixtures("committed")
def test_a_deadlock_repeats_the_whole_operation() -> None:
    first, second = make_connection("a"), make_connection("b")
    both_hold_one = threading.Barrier(2)
    runs: list[int] = []

    @operation
    def lock(one: int, other: int) -> None:
        runs.append(one)
        Connection.objects.filter(pk=one).update(refused_count=1)
        if len(runs) <= 2:
            both_hold_one.wait(10)
        Connection.objects.filter(pk=other).update(trouble=f"by {one}")

    together(lambda: lock(first.pk, second.pk), lambda: lock(second.pk, first.pk))

    assert len(runs) == 3
    assert Connection.objects.filter(refused_count=1).count() == 2
    assert Connection.objects.exclude(trouble="").count() == 2


@pytest.mark.usefixtures("committed")
def test_other_trouble_with_the_database_is_not_repeated() -> None:
    runs: list[int] = []

    @operation
    def broken() -> None:
        runs.append(1)
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError):
        broken()

    assert runs == [1]


@on_postgres
@pytest.mark.postgres
@pytest.mark.usefixtures("committed")
def test_a_held_name_is_held_until_the_transaction_ends() -> None:
    order: list[str] = []
    held, go_on = threading.Event(), threading.Event()

    @operation
    def hold() -> None:
        hold_name("trouble", 1, "Q1")
        held.set()
        assert go_on.wait(10)
        order.append("first")

    @operation
    def follow() -> None:
        assert held.wait(10)
        hold_name("trouble", 1, "Q1")
        order.append("second")

    threads = [Thread(hold), Thread(follow)]
    wait_until(somebody_waits_for_a_lock, 10, "waiting for the name")
    Thread(lambda: operation(lambda: hold_name("trouble", 1, "Q2"))()).result()
    go_on.set()
    for thread in threads:
        thread.result()

    assert order == ["first", "second"]
    assert connection.vendor == "postgresql"
