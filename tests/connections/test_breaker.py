"""While the other side is away, calls fail at once; one at a time finds out whether it is back."""

import threading
from datetime import timedelta

import pytest

from common import clock
from common.errors import PartnerTrouble
from connections.breaker import FAILURES, Breaker
from tests.threads import Thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def breaker() -> Breaker:
    return Breaker("test:1", "Someone")


def call(breaker: Breaker, trouble: PartnerTrouble | None = None) -> PartnerTrouble | None:
    """One call that ends so; returns what the caller hears."""
    try:
        with breaker.guard():
            if trouble is not None:
                raise trouble
    except PartnerTrouble as heard:
        return heard
    return None


def timeout() -> PartnerTrouble:
    return PartnerTrouble("no answer", unclear=True, code="timeout")


def is_refused_unasked(heard: PartnerTrouble | None) -> bool:
    return heard is not None and heard.code == "away"


def open_it(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        call(breaker, timeout())


def pass_seconds(seconds: float) -> None:
    clock.shift(timedelta(seconds=seconds))


def test_so_many_failures_in_a_row_open_it(breaker: Breaker) -> None:
    heard = [call(breaker, timeout()) for _ in range(FAILURES + 1)]

    assert [is_refused_unasked(each) for each in heard] == [False] * FAILURES + [True]
    last = heard[-1]
    assert last is not None
    assert last.message == "Someone does not answer; trying again in 5 s."
    assert (last.unclear, last.permanent) == (False, False)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        PartnerTrouble("no", permanent=True),
        PartnerTrouble("slowly", retry_after=3.0),
        PartnerTrouble("token", needs_hands=True, retry_after=60.0),
    ],
    ids=["answered", "refused", "limited", "token"],
)
def test_any_answer_in_between_keeps_it_closed(breaker: Breaker, answer: PartnerTrouble | None) -> None:
    for _ in range(FAILURES - 1):
        call(breaker, timeout())
    call(breaker, answer)

    for _ in range(FAILURES - 1):
        call(breaker, timeout())

    assert call(breaker) is None


def test_other_partners_are_untouched(breaker: Breaker) -> None:
    open_it(breaker)

    assert call(Breaker("test:2", "Another")) is None


def test_after_the_pause_one_call_closes_it(breaker: Breaker) -> None:
    open_it(breaker)
    pass_seconds(5.1)

    assert call(breaker) is None

    assert call(breaker) is None


def test_a_probe_that_fails_opens_it_for_longer_but_not_for_ever(breaker: Breaker) -> None:
    open_it(breaker)
    pauses = []
    for _ in range(6):
        pass_seconds(40)
        assert not is_refused_unasked(call(breaker, timeout()))
        heard = call(breaker)
        assert heard is not None
        pauses.append(round(heard.retry_after or 0))

    assert pauses == [10] * 6


def test_one_at_a_time_finds_out(breaker: Breaker) -> None:
    open_it(breaker)
    pass_seconds(5.1)
    is_inside, may_end = threading.Event(), threading.Event()

    def probe() -> None:
        with breaker.guard():
            is_inside.set()
            assert may_end.wait(10)

    thread = Thread(probe)
    assert is_inside.wait(10)

    others = [call(breaker) for _ in range(4)]
    may_end.set()
    thread.result()

    assert all(is_refused_unasked(heard) for heard in others)
    assert call(breaker) is None


def test_what_was_under_way_when_it_opened_makes_the_pause_no_longer(breaker: Breaker) -> None:
    def slow_one() -> None:
        with breaker.guard():
            open_it(breaker)
            raise timeout()

    with pytest.raises(PartnerTrouble):
        slow_one()

    heard = call(breaker)

    assert heard is not None
    assert (heard.retry_after or 0) <= 5


def test_few_calls_may_hang_at_a_time(breaker: Breaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connections.breaker._HANGS_AFTER", 0.0)
    may_end = threading.Event()
    inside = [threading.Event() for _ in range(3)]

    def hang(at: threading.Event) -> None:
        with breaker.guard():
            at.set()
            assert may_end.wait(10)

    threads = []
    for event in inside:
        threads.append(Thread(lambda event=event: hang(event)))  # type: ignore[misc]
        assert event.wait(10)

    heard = call(breaker)
    may_end.set()
    for thread in threads:
        thread.result()

    assert is_refused_unasked(heard)
    assert call(breaker) is None
