"""The threads of one program write to SQLite in turn: who came first goes first, and nobody keeps a turn."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from common.sqlite.base import _turns
from common.sqlite.turns import Turns
from connections.models import Connection
from tests.processes.waiting import wait_until
from tests.threads import Thread

on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL has locks of its own")


def test_who_came_first_goes_first() -> None:
    turns, order = Turns(), []
    assert turns.take(1)

    def wait(name: int) -> None:
        assert turns.take(20)
        order.append(name)
        turns.give()

    waiting = []
    for name in range(5):
        waiting.append(Thread(lambda name=name: wait(name)))
        wait_until(lambda: len(turns._waiting) == len(waiting), 10, "a thread that waits for its turn")
    turns.give()
    for thread in waiting:
        thread.result()

    assert order == [0, 1, 2, 3, 4]


def test_who_does_not_get_it_in_time_holds_up_nobody() -> None:
    turns = Turns()
    assert turns.take(1)

    assert not turns.take(0.01)
    turns.give()

    assert turns.take(0)


@on_sqlite
@pytest.mark.usefixtures("committed")
def test_a_write_waits_for_the_transaction_of_another_thread() -> None:
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Connection.objects.create(kind="made", name="first")
            inside.set()
            assert leave.wait(20)

    holding = Thread(hold)
    assert inside.wait(20)
    writing = Thread(lambda: Connection.objects.create(kind="made", name="second"))
    reading = Thread(lambda: list(Connection.objects.values_list("name", flat=True)))
    # Who only reads is not held up.
    assert "first" not in reading.result()
    wait_until(lambda: bool(_queue()._waiting), 10, "the second write waiting")
    leave.set()
    holding.result()
    writing.result()

    assert list(Connection.objects.filter(kind="made").order_by("pk").values_list("name", flat=True)) == [
        "first",
        "second",
    ]


@on_sqlite
@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("end", ["rolled back", "closed", "refused"])
def test_a_turn_is_given_back_however_the_transaction_ends(end: str) -> None:
    def fail() -> None:
        if end == "refused":
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM there_is_no_such_table")
        with transaction.atomic():
            Connection.objects.create(kind="made", name="half")
            if end == "closed":
                connection.close()
                return
            raise OperationalError(end)

    broken = Thread(fail)
    wait_until(lambda: broken.is_done, 20, "the transaction's end")

    assert not _queue()._is_taken
    Connection.objects.create(kind="made", name="next")
    assert list(Connection.objects.filter(kind="made").values_list("name", flat=True)) == ["next"]


def _queue() -> Turns:
    return _turns[str(connection.settings_dict["NAME"])]
