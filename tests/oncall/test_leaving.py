"""Who leaves is on call no more: the next has their turns, and what was stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import AuditEntry, User
from accounts.operations import deactivate_person
from common import clock
from config.doctor import examine
from oncall import queries
from oncall.models import Override, Schedule
from oncall.operations.overrides import add_override
from oncall.rules.schedules.plan import Gap, Shift
from tests.factories import layer, make_schedule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("the_clock_ran")]

NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.standing_still(NOW):
        yield


def on_call(schedule: Schedule, at: datetime) -> list[str] | str:
    found = queries.on_call([schedule.pk], at)[schedule.pk]
    if isinstance(found, Gap):
        return "nobody, on purpose" if found.deliberate else "nobody"
    assert isinstance(found, Shift)
    return [User.objects.get(pk=user).handle for user in found.users]


def leave(user: User, by: Actor) -> None:
    with clock.standing_still(NOW + timedelta(minutes=5)):
        deactivate_person(user=user, by=by)


LATER = NOW + timedelta(minutes=6)
WEEK = timedelta(weeks=1)


def test_the_next_has_the_turn(ada: User, bo: User, cleo: User, actor_ada: Actor) -> None:
    schedule = make_schedule("Shop", layer([bo], [cleo], [ada], starts_at="2026-06-01T09:00"))

    leave(bo, actor_ada)

    assert on_call(schedule, NOW) == ["bo"]
    assert on_call(schedule, LATER) == ["cleo"]
    assert on_call(schedule, LATER + WEEK) == ["ada"]
    assert on_call(schedule, LATER + 2 * WEEK) == ["cleo"]


def test_who_is_on_call_stays_when_another_leaves(ada: User, bo: User, cleo: User, actor_ada: Actor) -> None:
    schedule = make_schedule("Shop", layer([cleo], [ada], [bo], starts_at="2026-06-01T09:00"))

    leave(bo, actor_ada)

    assert on_call(schedule, LATER) == ["cleo"]
    assert on_call(schedule, LATER + 2 * WEEK) == ["cleo"]


def test_a_group_goes_on_with_who_is_left(ada: User, bo: User, cleo: User, actor_ada: Actor) -> None:
    schedule = make_schedule("Shop", layer([bo, cleo], [ada], starts_at="2026-06-01T09:00"))

    leave(bo, actor_ada)

    assert on_call(schedule, LATER) == ["cleo"]


def test_nobody_left_is_a_gap_and_no_decision(bo: User, ada: User, actor_ada: Actor) -> None:
    schedule = make_schedule("Shop", layer([bo], starts_at="2026-06-01T09:00"))
    covered = make_schedule(
        "Mail",
        layer([ada], starts_at="2026-06-01T09:00"),
        layer([bo], [], starts_at="2026-06-01T09:00", name="above"),
    )

    leave(bo, actor_ada)

    assert on_call(schedule, LATER) == "nobody"
    assert on_call(covered, LATER) == ["ada"]


def test_overrides_of_who_leaves_end(ada: User, bo: User, cleo: User, actor_ada: Actor) -> None:
    schedule = make_schedule("Shop", layer([ada], starts_at="2026-06-01T09:00"))
    for start in (NOW, NOW + timedelta(days=3)):
        add_override(slug=schedule.slug, user=bo, starts_at=start, ends_at=start + timedelta(hours=8), by=actor_ada)

    leave(bo, actor_ada)

    assert on_call(schedule, NOW + timedelta(minutes=1)) == ["bo"]
    assert on_call(schedule, LATER) == ["ada"]
    assert on_call(schedule, NOW + timedelta(days=3, hours=1)) == ["ada"]
    assert [row.cancelled_at is None for row in Override.objects.order_by("pk")] == [True, False]


def test_it_is_audited_and_sound(ada: User, bo: User, cleo: User, actor_ada: Actor) -> None:
    make_schedule("Shop", layer([bo], [cleo], starts_at="2026-06-01T09:00"))

    leave(bo, actor_ada)

    assert AuditEntry.objects.filter(action="schedule.changed").count() == 1
    assert [line for line in examine() if "seal" not in line] == []
