"""Somebody else takes a shift: asked for, taken, declined, taken back, too late; and it follows the shift."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import AuditEntry, User
from accounts.operations import deactivate_person
from common import clock
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from oncall import queries
from oncall.models import Notice, Override, Schedule, ShiftRequest
from oncall.operations.overrides import add_override
from oncall.operations.schedules import change_schedule
from oncall.operations.swaps import (
    ask_cover,
    ask_cover_everywhere,
    ask_swap,
    decline_request,
    look_again,
    take_request,
    withdraw_request,
)
from tests.factories import layer, make_schedule, make_team

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
#: Bo's turn, Monday 8 June 09:00 to 15 June in Berlin
BOS_TURN = ("primary", 1)


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.standing_still(NOW):
        yield


@pytest.fixture
def schedule(ada: User, bo: User, cleo: User) -> Schedule:
    """Ada, Bo and Cleo take turns, a week each."""
    with clock.standing_still(NOW - timedelta(days=2)):
        return make_schedule(
            "Shop primary", layer([ada], [bo], [cleo], starts_at="2026-06-01T09:00"), team=make_team("Shop", ada)
        )


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}+00:00")


def on_call(schedule: Schedule, text: str) -> list[str]:
    found = queries.on_call([schedule.pk], at(text))[schedule.pk]
    return [User.objects.get(pk=user).handle for user in getattr(found, "users", ())]


def told(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


def test_bo_asks_for_cover_and_cleo_takes_the_shift(
    schedule: Schedule, ada: User, bo: User, cleo: User, actor_bo: Actor, actor_cleo: Actor
) -> None:
    asked = ask_cover(slug="shop-primary", turn=BOS_TURN, by=actor_bo, reason="I fly")

    assert (asked.starts_at, asked.ends_at) == (at("06-08T07:00"), at("06-15T07:00"))
    assert on_call(schedule, "06-09T12:00") == ["bo"]
    assert told(cleo) == told(ada) == ["Bo needs cover on Shop primary"]

    took = take_request(number=asked.pk, by=actor_cleo)

    assert (took.status, took.taken_by) == (ShiftRequest.TAKEN, cleo)
    assert on_call(schedule, "06-08T07:00") == on_call(schedule, "06-15T06:59") == ["cleo"]
    assert on_call(schedule, "06-08T06:59") == ["ada"]
    assert told(bo) == ["Cleo takes your shift on Shop primary"]
    [shift] = queries.final_of(schedule, at("06-08T07:00"), at("06-15T07:00")).shifts
    assert [(stand.is_swap, stand.key) for stand in shift.replaced] == [(True, asked.pk)]
    [hand] = queries.explanation(schedule, at("06-09T12:00")).by_hand
    assert (hand.is_swap, hand.key, hand.counts) == (True, asked.pk, True)
    actions = AuditEntry.objects.filter(action__startswith="request.").order_by("pk")
    assert list(actions.values_list("action", "user__handle")) == [("request.made", "bo"), ("request.taken", "cleo")]


def test_a_swap_needs_the_yes_of_the_one_who_was_asked(
    schedule: Schedule, ada: User, cleo: User, actor_ada: Actor, actor_bo: Actor, actor_cleo: Actor
) -> None:
    asked = ask_swap(slug="shop-primary", turn=BOS_TURN, of=cleo, by=actor_bo)

    assert told(ada) == []
    with pytest.raises(NotAllowed, match="Cleo was asked"):
        take_request(number=asked.pk, by=actor_ada)
    with pytest.raises(NotAllowed):
        decline_request(number=asked.pk, by=actor_ada)
    with pytest.raises(Conflict, match="your own"):
        take_request(number=asked.pk, by=actor_bo)

    take_request(number=asked.pk, by=actor_cleo)

    assert on_call(schedule, "06-09T12:00") == ["cleo"]


def test_a_shift_for_a_shift(schedule: Schedule, cleo: User, actor_bo: Actor, actor_cleo: Actor) -> None:
    asked = ask_swap(slug="shop-primary", turn=BOS_TURN, of=cleo, in_return=("primary", 2), by=actor_bo)

    take_request(number=asked.pk, by=actor_cleo)

    assert on_call(schedule, "06-09T12:00") == ["cleo"]
    assert on_call(schedule, "06-16T12:00") == ["bo"]
    withdraw_request(number=asked.pk, by=actor_bo)
    assert (on_call(schedule, "06-09T12:00"), on_call(schedule, "06-16T12:00")) == (["bo"], ["cleo"])
    assert told(cleo)[-1] == "Bo has the shift on Shop primary again"


def test_who_declines_leaves_it_with_the_asker(
    schedule: Schedule, bo: User, cleo: User, actor_bo: Actor, actor_cleo: Actor
) -> None:
    asked = ask_swap(slug="shop-primary", turn=BOS_TURN, of=cleo, by=actor_bo)

    decline_request(number=asked.pk, by=actor_cleo)

    assert on_call(schedule, "06-09T12:00") == ["bo"]
    assert told(bo) == ["Cleo can't take your shift on Shop primary"]
    with pytest.raises(Conflict, match="declined already"):
        take_request(number=asked.pk, by=actor_cleo)


def test_it_follows_the_shift_when_that_moves(
    schedule: Schedule, ada: User, bo: User, cleo: User, actor_bo: Actor, actor_cleo: Actor, actor_ada: Actor
) -> None:
    asked = ask_cover(slug="shop-primary", turn=BOS_TURN, by=actor_bo)
    take_request(number=asked.pk, by=actor_cleo)

    later = layer([ada], [bo], [cleo], starts_at="2026-05-27T14:00")
    change_schedule(slug="shop-primary", layers=[later], by=actor_ada)

    assert [on_call(schedule, when) for when in ("06-03T11:59", "06-03T12:00", "06-10T11:59", "06-10T12:00")] == [
        ["ada"],
        ["cleo"],
        ["cleo"],
        ["cleo"],
    ]
    moved = queries.final_of(schedule, at("06-03T11:00"), at("06-17T00:00")).shifts
    stood = [(shift.start, shift.end) for shift in moved if any(stand.key == asked.pk for stand in shift.replaced)]
    assert stood == [(int(at("06-03T12:00").timestamp()), int(at("06-10T12:00").timestamp()))]


def test_a_part_of_a_shift(schedule: Schedule, bo: User, actor_bo: Actor, actor_cleo: Actor) -> None:
    [asked] = ask_cover_everywhere(starts_at=at("06-10T18:00"), ends_at=at("06-11T06:00"), by=actor_bo)
    take_request(number=asked.pk, by=actor_cleo)

    assert on_call(schedule, "06-10T17:59") == on_call(schedule, "06-11T06:00") == ["bo"]
    assert on_call(schedule, "06-10T18:00") == on_call(schedule, "06-11T05:59") == ["cleo"]


def test_what_is_under_way_changes_from_now_on(schedule: Schedule, actor_ada: Actor, actor_bo: Actor) -> None:
    """Nothing before the yes changes, and nothing before it is taken back either."""
    asked = ask_cover(slug="shop-primary", turn=("primary", 0), by=actor_ada)
    take_request(number=asked.pk, by=actor_bo)

    assert (on_call(schedule, "06-03T09:59"), on_call(schedule, "06-03T10:00")) == (["ada"], ["bo"])
    with clock.standing_still(NOW + HOUR):
        withdraw_request(number=asked.pk, by=actor_ada)
    assert [on_call(schedule, f"06-03T{time}") for time in ("09:59", "10:59", "11:00")] == [["ada"], ["bo"], ["ada"]]


def test_somebody_put_on_call_by_an_override_finds_cover_too(
    schedule: Schedule, bo: User, actor_bo: Actor, actor_cleo: Actor
) -> None:
    add_override(slug="shop-primary", user=bo, starts_at=at("06-04T08:00"), ends_at=at("06-04T16:00"), by=actor_bo)
    [asked] = ask_cover_everywhere(starts_at=at("06-04T10:00"), ends_at=at("06-04T12:00"), by=actor_bo)
    take_request(number=asked.pk, by=actor_cleo)

    assert [on_call(schedule, f"06-04T{time}") for time in ("09:59", "10:00", "12:00")] == [["bo"], ["cleo"], ["bo"]]
    withdraw_request(number=asked.pk, by=actor_bo)
    assert on_call(schedule, "06-04T10:00") == ["bo"]
    assert Override.objects.filter(cancelled_at__isnull=True).count() == 1


def test_what_was_passed_on_is_not_taken_back_from_under_it(
    schedule: Schedule, ada: User, actor_ada: Actor, actor_bo: Actor, actor_cleo: Actor
) -> None:
    first = ask_cover(slug="shop-primary", turn=BOS_TURN, by=actor_bo)
    take_request(number=first.pk, by=actor_cleo)
    second = ask_cover(slug="shop-primary", turn=BOS_TURN, by=actor_cleo)
    take_request(number=second.pk, by=actor_ada)

    assert on_call(schedule, "06-09T12:00") == ["ada"]
    with pytest.raises(Conflict, match=f"Ada has it by request {second.pk}"):
        withdraw_request(number=first.pk, by=actor_bo)
    withdraw_request(number=second.pk, by=actor_cleo)
    withdraw_request(number=first.pk, by=actor_bo)
    assert on_call(schedule, "06-09T12:00") == ["bo"]


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda by: ask_cover(slug="shop-primary", turn=("primary", 0), by=by), Invalid, "no shift of Bo"),
        (lambda by: ask_cover(slug="shop-primary", turn=("primary", 99), by=by), Invalid, "no shift of Bo"),
        (lambda by: ask_cover(slug="shop-primary", turn=("backup", 1), by=by), Invalid, "no shift of Bo"),
        (lambda by: ask_cover(slug="nowhere", turn=BOS_TURN, by=by), NotFound, "no schedule"),
        (lambda by: ask_cover(slug="shop-primary", by=by), Invalid, "which shift"),
        (
            lambda by: ask_cover_everywhere(starts_at=at("06-04T00:00"), ends_at=at("06-05T00:00"), by=by),
            Invalid,
            "not on call then",
        ),
        (
            lambda by: ask_cover_everywhere(starts_at=at("06-01T00:00"), ends_at=at("06-02T00:00"), by=by),
            Invalid,
            "over already",
        ),
        (
            lambda by: ask_cover_everywhere(starts_at=at("06-09T00:00"), ends_at=at("06-09T00:00"), by=by),
            Invalid,
            "ends after",
        ),
        (lambda by: take_request(number=4711, by=by), NotFound, "no request 4711"),
    ],
)
def test_what_can_not_be_asked(
    schedule: Schedule, actor_bo: Actor, ask: Callable[[Actor], Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        ask(actor_bo)
    assert not ShiftRequest.objects.exists()


def test_the_same_hours_are_asked_for_once(schedule: Schedule, cleo: User, actor_bo: Actor, actor_dan: Actor) -> None:
    ask_swap(slug="shop-primary", turn=BOS_TURN, of=cleo, by=actor_bo)

    with pytest.raises(Conflict, match="asks for some of the same"):
        ask_cover_everywhere(starts_at=at("06-10T18:00"), ends_at=at("06-11T06:00"), by=actor_bo)
    with pytest.raises(NotAllowed):
        take_request(number=ShiftRequest.objects.get().pk, by=actor_dan)


def test_who_is_on_call_then_already_can_not_stand_in(ada: User, bo: User, actor_ada: Actor, actor_bo: Actor) -> None:
    """Two are on call together, and both have to be."""
    make_schedule("Pair", layer([ada, bo], starts_at="2026-06-01T09:00"))
    asked = ask_cover(slug="pair", turn=("primary", 1), by=actor_bo)

    with pytest.raises(Conflict, match="Ada is on call on Pair then already"):
        take_request(number=asked.pk, by=actor_ada)


def test_nobody_takes_it_in_time(schedule: Schedule, bo: User, cleo: User, actor_bo: Actor, actor_cleo: Actor) -> None:
    asked = ask_swap(slug="shop-primary", turn=BOS_TURN, of=cleo, by=actor_bo)
    assert asked.due_at == at("06-08T07:00")

    with clock.standing_still(at("06-08T07:00")):
        [row] = ShiftRequest.claim()
        look_again(row)

    asked.refresh_from_db()
    assert (asked.status, asked.state) == (ShiftRequest.EXPIRED, ShiftRequest.DONE)
    assert told(bo) == ["Nobody has taken your shift on Shop primary"]
    assert on_call(schedule, "06-09T12:00") == ["bo"]
    with pytest.raises(Conflict, match="expired already"):
        take_request(number=asked.pk, by=actor_cleo)


def test_a_request_whose_shift_moved_away_waits_for_the_new_time(
    schedule: Schedule, ada: User, bo: User, cleo: User, actor_ada: Actor, actor_bo: Actor
) -> None:
    asked = ask_swap(slug="shop-primary", turn=BOS_TURN, of=cleo, by=actor_bo)
    weeks = layer([ada], [bo], [cleo], starts_at="2026-06-01T09:00", rotate={"unit": "week", "every": 2})
    change_schedule(slug="shop-primary", layers=[weeks], by=actor_ada)

    with clock.standing_still(at("06-08T07:00")):
        [row] = ShiftRequest.claim()
        look_again(row)

    asked.refresh_from_db()
    assert (asked.status, asked.due_at, asked.starts_at) == (ShiftRequest.OPEN, at("06-15T07:00"), at("06-15T07:00"))


def test_what_is_far_off_is_told_in_working_hours(schedule: Schedule, cleo: User, actor_bo: Actor) -> None:
    with clock.standing_still(at("06-05T22:00")):  # a Friday night
        ask_swap(slug="shop-primary", turn=BOS_TURN, of=cleo, by=actor_bo)
    assert Notice.objects.get(user=cleo).due_at == at("06-08T09:00")

    with clock.standing_still(at("06-07T22:00")):  # nine hours before the shift
        withdraw_request(number=ShiftRequest.objects.get().pk, by=actor_bo)
        ask_swap(slug="shop-primary", turn=BOS_TURN, of=cleo, by=actor_bo)
    assert Notice.objects.filter(user=cleo).latest("pk").due_at == at("06-07T22:00")


def test_who_leaves_gives_back_what_they_took(
    schedule: Schedule, bo: User, cleo: User, actor_ada: Actor, actor_bo: Actor, actor_cleo: Actor
) -> None:
    asked = ask_cover(slug="shop-primary", turn=BOS_TURN, by=actor_bo)
    take_request(number=asked.pk, by=actor_cleo)
    own = ask_cover(slug="shop-primary", turn=("primary", 2), by=actor_cleo)

    deactivate_person(user=cleo, by=actor_ada)

    asked.refresh_from_db()
    own.refresh_from_db()
    assert (asked.status, own.status) == (ShiftRequest.WITHDRAWN, ShiftRequest.WITHDRAWN)
    assert on_call(schedule, "06-09T12:00") == ["bo"]
    assert told(bo)[-1] == "You have the shift on Shop primary again"
