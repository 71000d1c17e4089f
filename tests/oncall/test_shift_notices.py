"""Shifts begin and end: people are told, checked, and left a note."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import AuditEntry, User
from chatops.context import Context
from chatops.router import answer
from common import clock
from common.errors import Conflict
from oncall.models import ContactMethod, Notice, Preflight, Schedule, ShiftWatch
from oncall.operations.handing_over import draft_of, hand_over
from oncall.operations.overrides import add_override, end_override
from oncall.operations.schedules import archive_schedule
from oncall.operations.watching import watch_all
from tests.factories import layer, make_incident, make_schedule, make_team
from tests.factories.paging import make_mail, make_page, reach

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
#: Ada hands over to Bo
MONDAY = datetime(2026, 6, 8, 7, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.standing_still(NOW):
        yield


@pytest.fixture
def schedule(ada: User, bo: User, cleo: User) -> Schedule:
    make_mail()
    for user in (ada, bo, cleo):
        reach(user)
    with clock.standing_still(NOW - timedelta(days=2)):
        made = make_schedule(
            "Shop primary", layer([ada], [bo], starts_at="2026-06-01T09:00"), team=make_team("Shop", ada, bo)
        )
        look()
    return made


def look() -> None:
    for row in ShiftWatch.claim():
        row.work()


def told(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


def test_the_first_look_tells_nobody_and_knows_the_next_hand_off(schedule: Schedule, ada: User) -> None:
    row = ShiftWatch.objects.get()

    assert row.on_call == [ada.pk]
    assert not Notice.objects.exists()
    assert row.due_at == NOW - timedelta(days=1)
    with clock.standing_still(MONDAY - timedelta(hours=3)):
        look()
    assert ShiftWatch.objects.get().due_at == MONDAY


def test_who_comes_and_who_goes_are_told_at_the_hand_off(schedule: Schedule, ada: User, bo: User) -> None:
    look()
    with clock.standing_still(MONDAY):
        look()
        look()

    assert told(bo) == ["You are on call on Shop primary"]
    assert told(ada) == ["Your shift on Shop primary is over"]
    begin, end = Notice.objects.get(user=bo), Notice.objects.get(user=ada)
    assert begin.lines == ["Mon 8 Jun 07:00 to Mon 15 Jun 07:00 (UTC)", "Before you: Ada."]
    assert end.lines[0] == "Bo has it now."
    assert begin.due_at == end.due_at == MONDAY


def test_an_override_is_told_when_it_begins_and_when_it_is_taken_back(
    schedule: Schedule, ada: User, cleo: User, actor_ada: Actor
) -> None:
    look()
    row = add_override(slug="shop-primary", user=cleo, starts_at=NOW, ends_at=NOW + timedelta(hours=4), by=actor_ada)
    look()
    assert (told(cleo), told(ada)) == (["You are on call on Shop primary"], ["Your shift on Shop primary is over"])

    with clock.standing_still(NOW + timedelta(hours=1)):
        end_override(slug="shop-primary", override=row.pk, by=actor_ada)
        look()

    assert told(cleo)[-1] == "Your shift on Shop primary is over"
    assert told(ada)[-1] == "You are on call on Shop primary"


def test_hand_offs_that_an_outage_took_are_told_once(schedule: Schedule, ada: User, bo: User) -> None:
    look()
    with clock.standing_still(MONDAY + timedelta(days=15)):
        look()

    assert told(bo) == ["You are on call on Shop primary"]
    assert told(ada) == ["Your shift on Shop primary is over"]


def test_who_can_not_be_reached_is_told_and_so_is_their_team(
    client: Client, schedule: Schedule, ada: User, bo: User
) -> None:
    ContactMethod.objects.filter(user=bo).update(verified_at=None)
    look()
    with clock.standing_still(MONDAY):
        look()
        client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = client.get("/oncall").content.decode()

    assert Preflight.objects.get().findings == [
        "No verified contact method: pages stand only in Warroom.",
        "E-mail: not verified.",
    ]
    assert "E-mail: not verified." in Notice.objects.get(user=bo).lines
    assert "Bo is on call on Shop primary and may not be reached" in told(ada)
    assert "may not be reached" in page


def test_who_can_be_reached_is_shown_as_that(client: Client, schedule: Schedule, ada: User) -> None:
    look()
    with clock.standing_still(MONDAY):
        look()
        client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = client.get("/oncall").content.decode()

    assert Preflight.objects.get().findings == []
    assert "can be reached" in page


def test_schedules_of_former_versions_are_watched_too(schedule: Schedule) -> None:
    ShiftWatch.objects.all().delete()

    assert watch_all() == 1
    assert watch_all() == 0


def test_one_that_is_out_of_use_is_watched_no_more(schedule: Schedule, actor_ada: Actor) -> None:
    archive_schedule(slug="shop-primary", by=actor_ada)
    look()

    assert ShiftWatch.objects.get().state == ShiftWatch.DONE


# --- the handover note --------------------------------------------------------------------------------


def test_a_note_waits_for_who_comes_next(schedule: Schedule, ada: User, bo: User, actor_ada: Actor) -> None:
    look()
    with clock.standing_still(MONDAY - timedelta(hours=1)):
        hand_over(note="Payments are slow since noon", by=actor_ada)
        assert told(bo) == []
    with clock.standing_still(MONDAY):
        look()

    assert "Ada leaves a note: Payments are slow since noon" in Notice.objects.get(user=bo).lines
    assert AuditEntry.objects.filter(action="handover.written").count() == 1


def test_a_note_that_comes_late_is_told_at_once(client: Client, schedule: Schedule, bo: User, actor_ada: Actor) -> None:
    with clock.standing_still(MONDAY + timedelta(hours=2)):
        hand_over(note="Payments are slow since noon", by=actor_ada)
        client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = client.get("/oncall/me").content.decode()

    assert told(bo) == ["Ada leaves you a note on Shop primary"]
    assert "Payments are slow since noon" in page


def test_who_was_not_on_call_leaves_no_note(schedule: Schedule, actor_cleo: Actor) -> None:
    with pytest.raises(Conflict, match="You are not on call"):
        hand_over(note="hello", by=actor_cleo)


def test_the_draft_names_what_is_open_and_to_come(schedule: Schedule, ada: User, cleo: User, actor_ada: Actor) -> None:
    incident = make_incident("Checkout 5xx", by=ada)
    make_page(ada, incident.pk, created_at=NOW - timedelta(hours=1))
    starts_at = NOW + timedelta(days=1)
    add_override(
        slug="shop-primary", user=cleo, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), by=actor_ada
    )

    assert draft_of(ada).splitlines() == [
        f"Still open: #{incident.pk} Checkout 5xx",
        "0 pages answered in the last week.",
        "To come: Cleo on Shop primary, Thu 04 Jun 10:00 UTC.",
    ]


def test_by_command_and_by_form(client: Client, schedule: Schedule, ada: User, dan: User) -> None:
    by = Actor.person(ada, "web")
    assert "A draft:" in answer(Context(by=by, typed="/oncall handoff")).text
    assert answer(Context(by=by, typed="/oncall handoff all quiet")).text == "Your note is left on Shop primary."
    refused = answer(Context(by=Actor.person(dan, "web"), typed="/oncall handoff all quiet"))
    assert not refused.ok

    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "pages answered in the last week." in client.get("/oncall/me").content.decode()
    assert client.post("/oncall/me/note", {"note": "by form"}).status_code == 302
