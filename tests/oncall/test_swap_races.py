"""Many take the same request at the same moment: one has it."""

from datetime import timedelta
from functools import partial

import pytest

from accounts.actors import Actor
from accounts.models import AuditEntry, User
from common import clock
from common.errors import Conflict
from oncall import queries
from oncall.models import Notice, ShiftRequest
from oncall.operations.swaps import ask_cover_everywhere, take_request, withdraw_request
from oncall.rules.schedules.plan import Shift
from tests.factories import layer, make_person, make_schedule
from tests.threads import together

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 8


def _tried(number: int, user: User) -> str:
    try:
        take_request(number=number, by=Actor.person(user, "api"))
    except Conflict as conflict:
        return conflict.message
    return user.name


def test_of_many_who_take_it_at_once_one_gets_it(bo: User) -> None:
    schedule = make_schedule("Shop primary", layer([bo], starts_at="2026-01-05T09:00"))
    takers = [make_person(f"taker{number}@example.com") for number in range(AT_ONCE)]
    starts_at = clock.now() + timedelta(hours=1)
    [asked] = ask_cover_everywhere(
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=4), by=Actor.person(bo, "api")
    )

    said = together(*(partial(_tried, asked.pk, user) for user in takers))

    asked.refresh_from_db()
    assert asked.taken_by is not None
    winner = asked.taken_by
    assert sorted(said) == sorted([winner.name] + [f"{winner.name} has taken it already."] * (AT_ONCE - 1))
    assert AuditEntry.objects.filter(action="request.taken").count() == 1
    assert Notice.objects.filter(user=bo).count() == 1
    found = queries.on_call([schedule.pk], starts_at + timedelta(hours=1))[schedule.pk]
    assert isinstance(found, Shift)
    assert found.users == (str(winner.pk),)


def test_taken_back_and_taken_at_once_is_one_of_both(bo: User, cleo: User) -> None:
    make_schedule("Shop primary", layer([bo], starts_at="2026-01-05T09:00"))
    starts_at = clock.now() + timedelta(hours=1)
    asker = Actor.person(bo, "api")
    [asked] = ask_cover_everywhere(starts_at=starts_at, ends_at=starts_at + timedelta(hours=4), by=asker)

    together(partial(_tried, asked.pk, cleo), partial(withdraw_request, number=asked.pk, by=asker))

    asked.refresh_from_db()
    assert asked.status == ShiftRequest.WITHDRAWN
    assert all(part.taker is None for part in asked.parts.all())
