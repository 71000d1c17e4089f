"""Stories of a page: who is asked, who answers, and what goes out."""

import pytest

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from common import clock
from common.errors import Conflict, NotAllowed, PartnerTrouble
from connections.models import Connection, Lane
from incidents.models import Incident, Member, Status
from incidents.operations.lifecycle import cancel_incident, merge_incidents, reopen_incident, resolve_incident
from incidents.operations.people import remove_member, set_private
from oncall.models import EscalationRun, Page, Service
from oncall.operations.paging import acknowledge, page_targets, pass_on, snooze
from oncall.operations.policies import change_policy
from oncall.queries import standing
from oncall.targets import of_person
from tests.factories import layer, make_connection, make_incident, make_private_incident, make_schedule, make_service
from tests.factories.escalation import level, make_contact, make_policy
from tests.fakes.pager import FakePager
from tests.oncall.paging_kit import later, minutes_pass, work_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def payments(pager: FakePager, bo: User, cleo: User) -> Service:
    """Cleo is asked first, Bo after five minutes."""
    make_contact(cleo)
    make_contact(bo)
    service = make_service("Payments")
    service.policy = make_policy("Payments", level(cleo), level(bo))
    service.save()
    return service


def kinds(incident: Incident) -> list[str]:
    return [kind for kind in incident.events.order_by("sequence").values_list("kind", flat=True) if "page" in kind]


def page_of(user: User) -> Page:
    return Page.objects.filter(user=user).latest("pk")


def as_(user: User) -> Actor:
    return Actor.person(user, "web")


def test_declaring_pages_the_first_level_and_an_ack_stops_it(
    payments: Service, pager: FakePager, ada: User, cleo: User
) -> None:
    incident = make_incident(by=ada, services=["payments"], severity=1)
    work_due()
    assert pager.paged() == ["cleo"]

    acknowledge(page=page_of(cleo), by=as_(cleo))
    minutes_pass(20)

    incident.refresh_from_db()
    assert pager.paged() == ["cleo"]
    assert incident.status == Status.INVESTIGATING
    assert not incident.role_assignments.exists()
    assert kinds(incident) == ["page.asked", "page.sent", "page.acked"]
    assert page_of(cleo).status == Page.ACKED


def test_unanswered_pages_go_to_the_second_level_who_acknowledges(
    payments: Service, pager: FakePager, ada: User, cleo: User, bo: User
) -> None:
    incident = make_incident(by=ada, services=["payments"])
    minutes_pass(4)
    assert pager.paged() == ["cleo"]

    minutes_pass(2)
    assert pager.paged() == ["cleo", "bo"]
    acknowledge(page=page_of(bo), by=as_(bo))
    minutes_pass(20)

    assert pager.paged() == ["cleo", "bo"]
    assert page_of(cleo).status == Page.SUPERSEDED
    assert page_of(cleo).answered_by == bo
    assert [entry.to for entry in pager.journal if entry.act == "withdraw"] == ["cleo", "bo"]
    assert incident.members.filter(user=bo, left_at__isnull=True).exists()


def test_who_was_asked_first_may_still_take_it_after_the_second_was_asked(
    payments: Service, pager: FakePager, ada: User, cleo: User, bo: User
) -> None:
    make_incident(by=ada, services=["payments"])
    minutes_pass(6)

    acknowledge(page=page_of(cleo), by=as_(cleo))

    assert page_of(bo).status == Page.SUPERSEDED


def test_nobody_answers_and_the_room_hears_it_loudly(payments: Service, ada: User, cleo: User) -> None:
    incident = make_incident(by=ada, services=["payments"])

    minutes_pass(12)

    run = EscalationRun.objects.get()
    assert run.exhausted_at is not None
    assert kinds(incident).count("page.unanswered") == 1
    # It can be answered still.
    acknowledge(page=page_of(cleo), by=as_(cleo))
    assert EscalationRun.objects.get().acked_at is not None


def test_a_round_asks_the_same_people_again_with_one_page_to_answer(
    pager: FakePager, ada: User, cleo: User, services: dict[str, Service]
) -> None:
    make_contact(cleo)
    Service.objects.filter(slug="checkout").update(policy=make_policy("Twice", level(cleo), repeats=1))

    make_incident(by=ada, services=["checkout"])
    minutes_pass(6)

    assert pager.paged() == ["cleo", "cleo"]
    assert list(Page.objects.order_by("pk").values_list("status", flat=True)) == [Page.UNANSWERED, Page.OPEN]


def test_where_nobody_is_on_call_the_catch_all_is_asked_at_once(
    pager: FakePager, ada: User, bo: User, services: dict[str, Service]
) -> None:
    make_contact(ada)
    gap = make_schedule("Days", layer([bo], starts_at="2099-01-01T00:00"))
    make_policy("Everything else", level(ada), is_catch_all=True)
    Service.objects.filter(slug="checkout").update(policy=make_policy("Checkout", level(gap)))

    incident = make_incident(by=bo, services=["checkout"])
    work_due()

    assert pager.paged() == ["ada"]
    assert kinds(incident)[:2] == ["page.skipped", "page.asked"]
    assert "catch-all" in incident.events.get(kind="page.asked").text


def test_where_nobody_is_anywhere_it_is_said_and_looked_at_again_each_minute(
    pager: FakePager, ada: User, bo: User, services: dict[str, Service]
) -> None:
    gap = make_schedule("Days", layer([bo], starts_at="2099-01-01T00:00"))
    Service.objects.filter(slug="checkout").update(policy=make_policy("Checkout", level(gap, bo)))
    incident = make_incident(by=ada, services=["checkout"])
    minutes_pass(3)
    assert kinds(incident) == ["page.skipped", "page.unanswered"]

    make_contact(bo)
    minutes_pass(2)

    assert pager.paged() == ["bo"]


def test_who_has_no_contact_method_is_named_and_the_next_level_asked_at_once(
    pager: FakePager, ada: User, cleo: User, bo: User, services: dict[str, Service]
) -> None:
    make_contact(cleo, verified=False)
    make_contact(bo)
    Service.objects.filter(slug="checkout").update(policy=make_policy("Checkout", level(cleo), level(bo)))

    incident = make_incident(by=ada, services=["checkout"])
    work_due()

    assert pager.paged() == ["bo"]
    assert "Cleo can't be reached" in incident.events.get(kind="page.skipped").text
    # The page stands in Warroom, and can be taken there.
    acknowledge(page=page_of(cleo), by=as_(cleo))
    assert page_of(bo).status == Page.SUPERSEDED


def test_who_is_on_call_is_asked_and_not_who_was_when_the_policy_was_made(
    pager: FakePager, ada: User, cleo: User, bo: User, services: dict[str, Service]
) -> None:
    make_contact(cleo)
    make_contact(bo)
    schedule = make_schedule("Shop primary", layer([cleo], [bo], starts_at="2026-01-05T09:00"))
    Service.objects.filter(slug="checkout").update(policy=make_policy("Checkout", level(schedule)))

    now = standing(schedule, clock.now()).now
    expected = {cleo.pk: "cleo", bo.pk: "bo"}[int(now.users[0])]  # type: ignore[union-attr]

    make_incident(by=ada, services=["checkout"])
    work_due()

    assert pager.paged() == [expected]


def test_a_change_of_the_policy_does_not_touch_what_is_under_way(
    payments: Service, pager: FakePager, ada: User, cleo: User, bo: User
) -> None:
    make_contact(ada)
    make_incident(by=ada, services=["payments"])

    change_policy(slug="payments", by=SYSTEM, levels=[level(ada)])
    minutes_pass(6)

    assert pager.paged() == ["cleo", "bo"]


def test_rules_are_used_in_order_until_somebody_answers(
    pager: FakePager, ada: User, cleo: User, services: dict[str, Service]
) -> None:
    make_contact(cleo, 0, address="mail")
    make_contact(cleo, 2, address="sms")
    make_contact(cleo, 4, address="call")
    Service.objects.filter(slug="checkout").update(policy=make_policy("Checkout", level(cleo, wait=20)))
    make_incident(by=ada, services=["checkout"])
    minutes_pass(3)
    assert pager.paged() == ["mail", "sms"]

    acknowledge(page=page_of(cleo), by=as_(cleo))
    minutes_pass(10)

    assert pager.paged() == ["mail", "sms"]


def test_a_provider_that_refuses_makes_the_next_rule_be_used_at_once(
    pager: FakePager, ada: User, cleo: User, services: dict[str, Service]
) -> None:
    make_contact(cleo, 0, address="mail")
    make_contact(cleo, 15, address="sms")
    Service.objects.filter(slug="checkout").update(policy=make_policy("Checkout", level(cleo, wait=20)))
    pager.faults = [PartnerTrouble("no such mailbox", permanent=True)]

    make_incident(by=ada, services=["checkout"])
    work_due()

    assert pager.paged() == ["sms"]


def test_a_lost_answer_is_sent_again_with_the_same_id(payments: Service, pager: FakePager, ada: User) -> None:
    pager.lost = 1

    make_incident(by=ada, services=["payments"])
    minutes_pass(1)

    assert [entry.id for entry in pager.journal] == [pager.journal[0].id] * 2
    assert [entry.again for entry in pager.journal] == [False, True]


def test_a_page_that_is_acked_while_its_send_waits_is_never_sent(
    payments: Service, pager: FakePager, ada: User, cleo: User
) -> None:
    incident = make_incident(by=ada, services=["payments"])

    acknowledge(page=page_of(cleo), by=as_(cleo))
    minutes_pass(10)

    assert pager.journal == []
    assert kinds(incident) == ["page.asked", "page.acked"]


def test_a_page_that_is_acked_while_its_send_is_on_its_way_is_taken_back(
    payments: Service, pager: FakePager, ada: User, cleo: User
) -> None:
    pager.during = lambda page: acknowledge(page=page, by=as_(cleo)) and None

    make_incident(by=ada, services=["payments"])
    minutes_pass(10)

    assert [entry.act for entry in pager.journal] == ["page", "withdraw"]
    assert pager.paged() == ["cleo"]


def test_passing_on_asks_the_next_level_at_once(
    payments: Service, pager: FakePager, ada: User, cleo: User, bo: User
) -> None:
    make_incident(by=ada, services=["payments"])
    work_due()

    pass_on(page=page_of(cleo), by=as_(cleo))
    work_due()

    assert pager.paged() == ["cleo", "bo"]
    assert page_of(cleo).status == Page.PASSED


def test_five_more_minutes_once_hold_the_next_level_back(
    payments: Service, pager: FakePager, ada: User, cleo: User
) -> None:
    make_incident(by=ada, services=["payments"])
    minutes_pass(1)
    snooze(page=page_of(cleo), by=as_(cleo))
    minutes_pass(4)
    assert pager.paged() == ["cleo"]

    minutes_pass(2)
    assert pager.paged() == ["cleo", "cleo"]
    with pytest.raises(Conflict):
        snooze(page=page_of(cleo), by=as_(cleo))
    minutes_pass(4)
    assert pager.paged() == ["cleo", "cleo", "bo"]


def test_an_outage_is_caught_up_by_one_page_that_says_how_late_it_is(
    pager: FakePager, ada: User, bo: User, cleo: User, services: dict[str, Service]
) -> None:
    for user in (ada, bo, cleo):
        make_contact(user)
    levels = [level(cleo), level(ada), level(bo)]
    Service.objects.filter(slug="checkout").update(policy=make_policy("Checkout", *levels))
    incident = make_incident(by=ada, services=["checkout"])
    work_due()

    later(minutes=12)

    assert pager.paged() == ["cleo", "bo"]
    assert "Delayed 7 min by an outage of ours." in pager.journal[-1].lines
    assert "Level 2 had no turn" in incident.events.get(kind="page.skipped").text
    assert "7 min late" in incident.events.filter(kind="page.asked").latest("sequence").text


def test_resolving_or_cancelling_stops_paging(payments: Service, pager: FakePager, ada: User, cleo: User) -> None:
    for end in (
        lambda number: resolve_incident(number=number, by=as_(ada)),
        lambda number: cancel_incident(number=number, by=as_(ada), reason="false alarm"),
    ):
        pager.journal.clear()
        incident = make_incident(by=ada, services=["payments"])
        work_due()

        end(incident.pk)
        minutes_pass(10)

        assert pager.paged() == ["cleo"]
        assert page_of(cleo).status == Page.SUPERSEDED
        assert not EscalationRun.objects.filter(ended_at__isnull=True).exists()


def test_merging_leaves_one_escalation(payments: Service, pager: FakePager, ada: User, cleo: User) -> None:
    first = make_incident("One", by=ada, services=["payments"])
    second = make_incident("Two", by=ada, services=["payments"])
    third = make_incident("Three", by=ada)

    merge_incidents(source=first.pk, into=second.pk, by=as_(ada))
    run = EscalationRun.objects.get(ended_at__isnull=True)
    assert run.subject_id == second.pk

    merge_incidents(source=second.pk, into=third.pk, by=as_(ada))
    minutes_pass(6)

    run.refresh_from_db()
    assert run.subject_id == third.pk
    assert pager.journal[-1].title == f"#{third.pk} Three"
    resolve_incident(number=third.pk, by=as_(ada))
    assert not EscalationRun.objects.filter(ended_at__isnull=True).exists()


def test_who_is_paged_for_a_private_incident_is_let_in_and_its_name_stays_off_the_lock_screen(
    pager: FakePager, ada: User, cleo: User
) -> None:
    make_contact(cleo)
    incident = make_private_incident("Leaked signing key", by=ada)

    page_targets(
        subject_kind="incident",
        subject_id=incident.pk,
        targets=[of_person(cleo)],
        by=as_(ada),
        text="the signing key is out",
    )
    work_due()

    assert incident.members.filter(user=cleo, left_at__isnull=True).exists()
    assert pager.journal[0].title == f"Private incident #{incident.pk}"
    assert pager.journal[0].lines == ()


def test_a_drill_and_a_declare_that_says_nobody_page_nobody(payments: Service, pager: FakePager, ada: User) -> None:
    make_incident(by=ada, services=["payments"], is_drill=True)
    make_incident(by=ada, services=["payments"], page=[])
    work_due()

    assert pager.journal == []


def test_what_can_wait_goes_by_the_rules_for_what_can_wait(
    pager: FakePager, ada: User, cleo: User, services: dict[str, Service]
) -> None:
    make_contact(cleo, address="call")
    make_contact(cleo, address="mail", urgency="low")
    Service.objects.filter(slug="checkout").update(policy=make_policy("Checkout", level(cleo)))

    make_incident(by=ada, services=["checkout"], severity=4)
    work_due()

    assert pager.paged() == ["mail"]


def test_a_person_who_is_being_paged_is_not_paged_twice_by_hand(
    payments: Service, pager: FakePager, ada: User, cleo: User
) -> None:
    incident = make_incident(by=ada, services=["payments"])

    with pytest.raises(Conflict, match="being paged"):
        page_targets(subject_kind="incident", subject_id=incident.pk, targets=[of_person(cleo)], by=as_(ada))


def test_who_can_not_be_reached_by_any_way_is_named_and_the_next_level_asked_at_once(
    payments: Service, pager: FakePager, ada: User
) -> None:
    pager.faults = [PartnerTrouble("no such mailbox", permanent=True)]

    incident = make_incident(by=ada, services=["payments"])
    work_due()

    assert pager.paged() == ["bo"]
    assert "Cleo can't be reached" in incident.events.get(kind="page.skipped").text


def test_nobody_is_paged_about_what_is_over(ada: User, cleo: User, pager: FakePager) -> None:
    make_contact(cleo)
    incident = make_incident(by=ada)
    resolve_incident(number=incident.pk, by=as_(ada))

    with pytest.raises(Conflict, match="over"):
        page_targets(subject_kind="incident", subject_id=incident.pk, targets=[of_person(cleo)], by=as_(ada))


def test_who_is_paged_stays_in_when_it_is_made_private(payments: Service, ada: User, cleo: User) -> None:
    incident = make_incident(by=ada, services=["payments"])

    set_private(number=incident.pk, is_private=True, by=as_(ada), reason="names of customers")

    assert incident.members.filter(user=cleo, left_at__isnull=True).exists()


def test_who_was_taken_out_does_not_come_back_by_an_old_page(pager: FakePager, ada: User, bo: User, cleo: User) -> None:
    make_contact(cleo)
    incident = make_private_incident("Leak", by=bo)
    page_targets(subject_kind="incident", subject_id=incident.pk, targets=[of_person(cleo)], by=as_(bo))
    page = page_of(cleo)
    remove_member(number=incident.pk, user=cleo, by=as_(bo))

    for answer in (acknowledge, pass_on, snooze):
        with pytest.raises(NotAllowed, match="any more"):
            answer(page=page, by=as_(cleo))
    work_due()

    assert not Member.objects.filter(incident=incident, user=cleo, left_at__isnull=True).exists()
    assert pager.paged() == []


def test_who_passed_it_on_is_not_asked_again(payments: Service, pager: FakePager, ada: User, bo: User) -> None:
    make_incident("5xx", by=ada, services=["payments"])
    work_due()
    pass_on(page=Page.objects.get(), by=as_(Page.objects.get().user))
    minutes_pass(40)

    assert pager.paged()[0] == "cleo"
    assert set(pager.paged()[1:]) == {"bo"}


def test_a_way_that_is_switched_off_reaches_nobody(payments: Service, pager: FakePager, ada: User, cleo: User) -> None:
    lane = cleo.contact_methods.get().lane
    Connection.objects.filter(pk=lane.connection_id).update(paused_at=clock.now())
    other = make_connection("fake", name="Another way")
    Lane.objects.filter(contact_method__user__handle="bo").update(connection=other)

    make_incident("5xx", by=ada, services=["payments"])
    work_due()

    assert pager.paged() == ["bo"]


def test_what_fires_again_pages_again(payments: Service, pager: FakePager, ada: User, bo: User) -> None:
    incident = make_incident("5xx", by=ada, services=["payments"])
    work_due()
    resolve_incident(number=incident.pk, by=SYSTEM)
    reopen_incident(number=incident.pk, by=SYSTEM, reason="the alert fires again")
    work_due()

    assert pager.paged() == ["cleo", "cleo"]
    resolve_incident(number=incident.pk, by=as_(bo))
    reopen_incident(number=incident.pk, by=as_(bo), reason="it was not over yet")
    work_due()
    assert pager.paged() == ["cleo", "cleo"]
