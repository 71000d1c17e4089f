"""`/incident page` and what `/oncall` answers: who is paged, in words, and by whom it is taken."""

import pytest

from accounts.actors import Actor
from accounts.models import User
from chatops.context import Context
from chatops.replies import Reply
from chatops.router import answer
from incidents.models import Incident
from oncall.models import EscalationRun, Page, Service, Urgency
from tests.factories import layer, make_incident, make_private_incident, make_schedule, make_team
from tests.factories.escalation import level, make_contact, make_policy
from tests.fakes.pager import KIND, FakePager

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pager(monkeypatch: pytest.MonkeyPatch) -> FakePager:
    from oncall import ports

    made = FakePager()
    monkeypatch.setitem(ports._pagers, KIND, made)
    return made


@pytest.fixture
def room(ada: User, bo: User, cleo: User) -> Incident:
    make_contact(bo)
    make_contact(cleo)
    return make_incident(by=ada)


def say(user: User | None, line: str, room: Incident | None = None) -> Reply:
    by = Actor.person(user, "web") if user else Actor.outsider("somebody", "bridge", "bridge:U-9")
    return answer(Context(by=by, typed=line, incident=room))


def paged() -> list[str]:
    return list(Page.objects.order_by("pk").values_list("user__handle", flat=True))


def test_a_person_with_words(room: Incident, ada: User) -> None:
    reply = say(ada, "/incident page @bo the cards are down", room)

    assert reply.text.startswith(f"Paging Bo (asked by name). About #{room.pk}.")
    assert reply.to_everyone
    assert (paged(), Page.objects.get().text) == (["bo"], "the cards are down")


@pytest.mark.parametrize("line", ["/incident page shop-primary", "/oncall page shop-primary", "/incident escalate me"])
def test_a_schedule_and_me(room: Incident, bo: User, line: str) -> None:
    make_schedule("Shop primary", layer([bo], starts_at="2026-01-05T09:00"))

    say(bo, line, room)

    assert paged() == ["bo"]


def test_a_team_and_who_of_it_can_not_be_reached(room: Incident, ada: User, bo: User) -> None:
    make_team("Shop", ada, bo)

    reply = say(bo, "/incident page shop --low", room)

    assert "Paging Bo (in the team Shop)." in reply.text
    assert "Ada (in the team Shop) can't be reached: no verified contact method." in reply.text
    assert EscalationRun.objects.get().urgency == Urgency.LOW


def test_a_service_by_its_policy(room: Incident, bo: User, cleo: User, services: dict[str, Service]) -> None:
    Service.objects.filter(slug="payments").update(policy=make_policy("Payments", level(cleo)))

    say(bo, f"/incident page payments #{room.pk}")

    assert paged() == ["cleo"]
    assert not say(bo, "/incident page search", room).ok


def test_whom_is_asked_with_buttons_and_a_slip_is_guessed(room: Incident, bo: User) -> None:
    make_schedule("Shop primary", layer([bo], starts_at="2026-01-05T09:00"))

    whom = say(bo, "/incident page", room)
    slip = say(bo, "/incident page shop-primry", room)

    assert whom.text.startswith("Page whom?")
    assert "shop-primary" in [button.label for button in whom.buttons]
    assert "Did you mean shop-primary?" in slip.text
    assert paged() == []


def test_who_may_page(room: Incident, dan: User, bo: User) -> None:
    assert "You can't" in say(dan, "/incident page @bo", room).text
    assert not say(None, "/incident page @bo", room).ok
    assert paged() == []
    say(bo, "/incident page @bo", room)
    assert "You can't" in say(dan, "/oncall escalate", room).text
    assert "You can't" in say(dan, f"/oncall ack {Page.objects.get().pk}", room).text


def test_a_private_incident_is_not_spoken_of_elsewhere(ada: User, bo: User, cleo: User) -> None:
    make_contact(cleo)
    incident = make_private_incident(by=ada)

    assert not say(bo, f"/incident page @cleo #{incident.pk}").ok
    reply = say(ada, f"/incident page @cleo #{incident.pk}")

    assert not reply.to_everyone
    assert paged() == ["cleo"]


def test_declaring_says_who_is_paged(room: Incident, ada: User, bo: User, services: dict[str, Service]) -> None:
    Service.objects.filter(slug="payments").update(policy=make_policy("Payments", level(bo)))

    by_policy = say(ada, "/incident create Cards fail --service payments")
    by_name = say(ada, "/incident create Cards fail --page @cleo")
    nobody = say(ada, "/incident create Cards fail --service payments --page none")

    assert "Paging Bo (asked by name)." in by_policy.text
    assert "Paging Cleo (asked by name)." in by_name.text
    assert "Paging" not in nobody.text
    assert paged() == ["bo", "cleo"]


def test_the_only_page_is_taken_without_a_number(room: Incident, ada: User, bo: User) -> None:
    say(ada, "/incident page @bo", room)

    taken = say(bo, "/oncall ack")

    assert taken.text == f"You have it: #{room.pk} Checkout answers 5xx. Nobody else is paged about it."
    assert say(bo, "/oncall ack").text == "You have no page to answer."
    assert f"Bo has it already: #{room.pk}" in say(ada, f"/oncall ack {Page.objects.get().pk}").text


def test_of_several_pages_it_is_asked_which_and_all_takes_all(room: Incident, ada: User, bo: User) -> None:
    other = make_incident("Search is slow", by=ada)
    say(ada, "/incident page @bo", room)
    say(ada, "/incident page @bo", other)

    asked = say(bo, "/oncall ack")
    assert [button.label for button in asked.buttons] == [
        f"#{room.pk} Checkout answers 5xx",
        f"#{other.pk} Search is slow",
        "All",
    ]

    assert say(bo, asked.buttons[-1].command).text.count("You have it") == 2


def test_five_more_minutes_and_passing_on(
    room: Incident, ada: User, bo: User, cleo: User, services: dict[str, Service]
) -> None:
    Service.objects.filter(slug="payments").update(policy=make_policy("Payments", level(bo), level(cleo)))
    say(ada, "/incident page payments", room)
    number = Page.objects.get().pk

    assert say(bo, "/oncall snooze").text.startswith("You are paged again in 5 min")
    assert "put off once already" in say(bo, f"/oncall snooze {number} 10m").text
    assert say(bo, "/oncall pass").text.startswith("Passed on")
    assert paged() == ["bo", "cleo"]


def test_the_next_level_is_asked_from_the_room(
    room: Incident, ada: User, bo: User, cleo: User, services: dict[str, Service]
) -> None:
    Service.objects.filter(slug="payments").update(policy=make_policy("Payments", level(bo), level(cleo)))
    say(ada, "/incident page payments", room)

    say(ada, "/oncall escalate", room)

    assert paged() == ["bo", "cleo"]
    again = say(ada, "/oncall escalate", room).text
    assert again.startswith("Paging "), "after the last level all of it is asked again"
    assert "Bo" in again
