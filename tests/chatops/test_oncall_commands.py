"""`/oncall`: who is on call, who follows, and somebody instead."""

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import AuditEntry, User
from chatops.context import Context
from chatops.replies import Reply
from chatops.router import answer
from common import clock
from oncall.models import Override, Schedule, ShiftRequest
from tests.factories import layer, make_schedule, make_team

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.standing_still(NOW):
        yield


@pytest.fixture
def schedule(ada: User, bo: User, cleo: User) -> Schedule:
    return make_schedule(
        "Shop primary", layer([ada], [bo], starts_at="2026-06-01T09:00"), team=make_team("Shop", ada, bo)
    )


def say(user: User | None, line: str) -> Reply:
    by = Actor.person(user, "web") if user else Actor.outsider("somebody", "bridge", "bridge:U-9")
    return answer(Context(by=by, typed=line))


def test_without_a_schedule_it_says_what_to_do(bo: User) -> None:
    assert "There is no schedule yet" in say(bo, "/oncall").text


def test_my_teams_come_first(bo: User, cleo: User, schedule: Schedule) -> None:
    make_schedule("Mail", layer([cleo], starts_at="2026-06-01T09:00"))

    assert say(bo, "/oncall").text == (
        "- **Shop primary**: Ada (@ada) until 07:00 on Mon 8 Jun, then Bo (@bo) from 07:00 on Mon 8 Jun"
    )
    assert say(cleo, "/oncall").text.splitlines()[0].startswith("- **Mail**: Cleo")


def test_who_at_another_time(bo: User, schedule: Schedule) -> None:
    said = say(bo, "/oncall who shop-primary at 2026-06-09T12:00Z").text

    assert said.startswith("- **Shop primary**: Bo (@bo) until 07:00 on Mon 15 Jun")
    assert say(bo, "/oncall who").text == say(bo, "/oncall").text


def test_a_schedule_that_is_not_there_is_asked_for(bo: User, schedule: Schedule) -> None:
    reply = say(bo, "/oncall who shop-primry")

    assert not reply.ok
    assert 'There is no schedule "shop-primry"' in reply.text
    assert "shop-primary" in reply.text


def test_my_shifts(bo: User, cleo: User, schedule: Schedule) -> None:
    assert say(bo, "/oncall me").text == (
        "- Shop primary: 07:00 on Mon 8 Jun to 07:00 on Mon 15 Jun (shop-primary:primary:1)\n"
        "- Shop primary: 07:00 on Mon 22 Jun to 07:00 on Mon 29 Jun (shop-primary:primary:3)"
    )
    assert say(cleo, "/oncall me").text == "You are not on call in the next four weeks."


def test_next_and_the_week(bo: User, schedule: Schedule) -> None:
    assert say(bo, "/oncall next shop-primary").text == (
        "**Shop primary**\n- 07:00 on Mon 8 Jun to 07:00 on Mon 15 Jun: Bo (@bo)"
    )
    assert say(bo, "/oncall schedule shop-primary").text == (
        "**Shop primary**, the next seven days\n"
        "- 10:00 to 07:00 on Mon 8 Jun: Ada (@ada)\n"
        "- 07:00 on Mon 8 Jun to 10:00 on Wed 10 Jun: Bo (@bo)"
    )


def test_gaps_are_said_for_what_they_are(bo: User) -> None:
    make_schedule("Hole")
    make_schedule("Rest", layer([]))

    assert say(bo, "/oncall").text == "- **Hole**: nobody. That is a gap\n- **Rest**: nobody, on purpose"


def test_somebody_instead_and_back(ada: User, bo: User, cleo: User, schedule: Schedule) -> None:
    reply = say(bo, "/oncall override shop-primary @cleo from 18:00 to 22:00 Ada is on a train")

    assert reply.ok
    assert reply.to_everyone
    assert reply.text == "Cleo is on call on Shop primary from 18:00 to 22:00."
    row = Override.objects.get()
    assert (row.user, row.reason, row.made_by) == (cleo, "Ada is on a train", bo)
    assert "Cleo (@cleo) (override)" in say(bo, "/oncall schedule shop-primary").text
    assert "Taken back" in say(bo, reply.undo).text
    assert "override" not in say(bo, "/oncall schedule shop-primary").text
    assert list(
        AuditEntry.objects.filter(action__startswith="override").order_by("pk").values_list("action", flat=True)
    ) == [
        "override.made",
        "override.ended",
    ]


def test_who_may_not_is_told_who_may(cleo: User, dan: User, schedule: Schedule) -> None:
    refused = say(cleo, "/oncall override shop-primary @ada from 18:00 to 22:00")

    assert not refused.ok
    assert "administrators and responders of Shop" in refused.text
    assert say(cleo, "/oncall override shop-primary me from 18:00 to 22:00").ok
    assert not say(dan, "/oncall override shop-primary me from 18:00 to 22:00").ok
    assert Override.objects.count() == 1


def test_a_stranger_reads_and_changes_nothing(schedule: Schedule) -> None:
    assert "Ada" in say(None, "/oncall").text
    assert not say(None, "/oncall me").ok
    assert not say(None, "/oncall override shop-primary @ada from 18:00 to 22:00").ok
    assert not Override.objects.exists()


def test_what_is_missing_is_asked_for(bo: User, schedule: Schedule) -> None:
    reply = say(bo, "/oncall override shop-primary @bo from 18:00")

    assert "Until when?" in reply.text
    assert not Override.objects.exists()


def test_help(bo: User) -> None:
    assert "/oncall override" in say(bo, "/oncall help").text
    assert "Put somebody on call instead" in say(bo, "/oncall help override").text


def test_cover_is_asked_for_and_taken(ada: User, bo: User, schedule: Schedule) -> None:
    asked = say(ada, "/oncall cover me from 18:00 to 22:00 school play")

    number = ShiftRequest.objects.get().pk
    assert asked.text == (
        "Somebody is asked for cover. You stay on call until it is taken.\n"
        f"- Request {number}: Shop primary, 18:00 to 22:00. school play"
    )
    assert [button.command for button in asked.buttons] == [f"/oncall take {number}"]
    assert f"- {number}: Ada, Shop primary" in say(bo, "/oncall requests").text
    assert say(ada, f"/oncall take {number}").text.startswith("That is your own request.")
    took = say(bo, f"/oncall take {number}")
    assert took.text == "Bo takes Ada's shift on Shop primary: 18:00 to 22:00."
    assert took.to_everyone
    assert "Bo (@bo)" in say(bo, "/oncall who shop-primary at 19:00").text
    assert f"- {number}: yours, Shop primary, 18:00 to 22:00. school play (Bo has taken it)" in (
        say(ada, "/oncall requests").text
    )


def test_a_swap_by_the_names_of_shifts(ada: User, bo: User, cleo: User, schedule: Schedule) -> None:
    asked = say(bo, "/oncall swap shop-primary:primary:1 with @ada for shop-primary:primary:2")

    number = ShiftRequest.objects.get().pk
    assert asked.text.startswith("Ada is asked. You stay on call until they say yes.")
    assert "Ada was asked" in say(cleo, f"/oncall take {number}").text
    assert say(ada, f"/oncall decline {number}").text == "Declined. Bo is told, and stays on call."
    assert "declined already" in say(ada, f"/oncall take {number}").text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/oncall swap tomorrow with @ada", "names no shift"),
        ("/oncall swap nowhere:primary:1 with @ada", "no schedule “nowhere”"),
        ("/oncall swap shop-primary:nights:1 with @ada", "no rotation “nights”"),
        ("/oncall swap shop-primary:primary:0 with @ada", "no shift of Bo"),
        ("/oncall cover me from 18:00 to 22:00", "You are not on call then."),
        ("/oncall take 99", "There is no request 99."),
    ],
)
def test_what_can_not_be_swapped(bo: User, ada: User, schedule: Schedule, line: str, words: str) -> None:
    reply = say(bo, line)

    assert not reply.ok
    assert words in reply.text


@pytest.mark.parametrize(
    "line",
    [
        "/oncall cover me from 18:00 to 22:00",
        "/oncall swap shop-primary:primary:1 with @ada",
        "/oncall take 1",
        "/oncall decline 1",
        "/oncall withdraw 1",
    ],
)
def test_who_is_never_on_call_changes_no_shifts(dan: User, ada: User, schedule: Schedule, line: str) -> None:
    reply = say(dan, line)

    assert not reply.ok
    assert "can't" in reply.text


def test_the_calendar_address_is_not_said_in_a_chat(bo: User) -> None:
    reply = say(bo, "/oncall feed")

    assert reply.open_url == "/oncall/me#feeds"
    assert "/feeds/" not in reply.text
    assert not reply.to_everyone
