"""One time for everybody: the database's."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from common import clock

pytestmark = pytest.mark.django_db
CLOSE = timedelta(seconds=1)


def test_it_is_the_databases_time_in_utc() -> None:
    now = clock.now()

    assert now.tzinfo is UTC
    assert abs(now - clock.database_now()) < CLOSE


@pytest.mark.parametrize("skew", [-600, 600, 3600, -3600])
def test_a_wrong_wall_clock_changes_nothing(monkeypatch: pytest.MonkeyPatch, skew: int) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + skew)

    assert abs(clock.now() - clock.database_now()) < CLOSE


def test_a_step_of_the_databases_clock_is_followed_within_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    tick, base = [1000.0], datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
    step = [0.0]
    monkeypatch.setattr(clock.time, "monotonic", lambda: tick[0])
    monkeypatch.setattr(clock, "database_now", lambda: base + timedelta(seconds=tick[0] - 1000 + step[0]))
    assert clock.now() == base

    step[0], tick[0] = 2.0, 1009.0
    assert clock.now() == base + timedelta(seconds=9)
    tick[0] = 1010.5
    assert clock.now() == base + timedelta(seconds=12.5)


def test_tests_may_shift_it_and_back() -> None:
    clock.shift(timedelta(hours=3))
    assert clock.now() - clock.database_now() > timedelta(hours=2, minutes=59)

    clock.reset()
    assert abs(clock.now() - clock.database_now()) < CLOSE
