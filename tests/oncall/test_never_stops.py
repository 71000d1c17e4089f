"""Escalation that never stops: what follows when nobody answers, when things merge, get worse or are taken back."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from accounts.operations import deactivate_person
from common import clock
from common.errors import Conflict, PartnerTrouble
from connections.holding import hold, release
from connections.models import Delivery, Lane
from incidents.models import Incident
from incidents.operations.facts import set_severity
from incidents.operations.lifecycle import merge_incidents, resolve_incident
from incidents.operations.people import remove_member
from oncall.models import EscalationRun, Page, Service
from oncall.operations.paging import acknowledge, page_targets, pass_on, snooze
from oncall.proof import proofs
from oncall.rules.escalation import SLOW, Target
from tests.factories import layer, make_incident, make_private_incident, make_schedule, make_service
from tests.factories.escalation import level, make_contact, make_policy
from tests.fakes.pager import FakePager
from tests.oncall.paging_kit import later, minutes_pass, work_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def payments(pager: FakePager, ada: User, bo: User, cleo: User) -> Service:
    """Cleo is asked, five minutes later Bo, and Ada stands behind everything."""
    for user in (ada, bo, cleo):
        make_contact(user)
    make_policy("Everything else", level(ada), is_catch_all=True)
    service = make_service("Payments")
    service.policy = make_policy("Payments", level(cleo), level(bo))
    service.save()
    return service


def as_(user: User) -> Actor:
    return Actor.person(user, "web")


def page_of(user: User, **about: object) -> Page:
    return Page.objects.filter(user=user, **about).latest("pk")


def lines(incident: Incident, kind: str) -> list[str]:
    return [event.text for event in incident.events.filter(kind=kind).order_by("sequence")]


# --- nobody answers ---------------------------------------------------------------------------------------


def test_nobody_answers_so_the_catch_all_is_asked_and_then_everybody_slowly_until_somebody_does(
    payments: Service, pager: FakePager, dan: User, ada: User
) -> None:
    incident = make_incident("Checkout 5xx", by=dan, services=["payments"])
    minutes_pass(11)
    assert pager.paged() == ["cleo", "bo", "ada"]
    assert "catch-all, because nobody has answered" in lines(incident, "page.asked")[-1]
    assert lines(incident, "page.unanswered") == []

    minutes_pass(5)
    assert "Nobody has answered" in lines(incident, "page.unanswered")[0]
    assert sorted(pager.paged()[3:]) == ["ada", "cleo"]

    for _ in range(2):
        later(seconds=SLOW.total_seconds())
    assert len(pager.paged()) == 5 + 2 * 2
    assert len(lines(incident, "page.unanswered")) == 1
    acknowledge(page=page_of(ada), by=as_(ada))
    later(seconds=SLOW.total_seconds() + 60)
    assert len(pager.paged()) == 5 + 2 * 2


def test_each_level_of_the_catch_all_has_its_turn_as_often_as_it_says(
    pager: FakePager, ada: User, bo: User, cleo: User, dan: User
) -> None:
    for user in (ada, bo, cleo):
        make_contact(user)
    make_policy("Last", level(ada), level(bo), is_catch_all=True, repeats=1)
    make_service("Shop", policy=make_policy("Shop", level(cleo)))

    make_incident(by=dan, services=["shop"])
    minutes_pass(22)

    assert pager.paged() == ["cleo", "ada", "bo", "ada", "bo"]


def test_while_nobody_answers_every_page_says_so_to_who_may_see_it(
    payments: Service, client: Client, dan: User, bo: User, ada: User
) -> None:
    number = make_incident("Checkout 5xx", by=bo, services=["payments"]).pk
    make_private_incident("Leaked key", by=bo, services=["payments"])
    minutes_pass(20)
    client.force_login(dan, backend="allauth.account.auth_backends.AuthenticationBackend")
    for path in ("/", "/incidents", "/people"):
        text = client.get(path).content.decode()
        assert f"Nobody answers the pages about #{number} Checkout 5xx" in text
        assert "Leaked" not in text

    acknowledge(page=page_of(ada, subject_id=number), by=as_(ada))

    assert "Nobody answers" not in client.get("/incidents").content.decode()


def test_where_nobody_can_be_asked_every_page_says_so_until_somebody_can(
    pager: FakePager, client: Client, dan: User, bo: User
) -> None:
    gap = make_schedule("Days", layer([bo], starts_at="2099-01-01T00:00"))
    make_service("Shop", policy=make_policy("Shop", level(gap, bo)))
    number = make_incident("Checkout 5xx", by=dan, services=["shop"]).pk
    client.force_login(dan, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert f"Nobody answers the pages about #{number}" in client.get("/").content.decode()

    make_contact(bo)
    minutes_pass(2)

    assert pager.paged() == ["bo"]
    assert "Nobody answers" not in client.get("/incidents").content.decode()


def test_who_shall_ask_at_once_may_after_the_last_level_too(
    payments: Service, pager: FakePager, dan: User, bo: User
) -> None:
    from oncall.operations.escalating import escalate

    make_incident(by=dan, services=["payments"])
    for _ in range(4):
        escalate(run=EscalationRun.objects.get(), by=as_(bo))
        work_due()

    assert pager.paged()[:3] == ["cleo", "bo", "ada"]
    assert len(pager.paged()) > 4


# --- merging ----------------------------------------------------------------------------------------------


def test_merging_does_not_end_what_asks_in_favour_of_what_has_gone_quiet(
    payments: Service, pager: FakePager, dan: User, ada: User
) -> None:
    quiet = make_incident("Old", by=dan, services=["payments"])
    minutes_pass(17)
    asking = make_incident("New", by=dan, services=["payments"])
    run = EscalationRun.objects.get(subject_id=asking.pk)

    merge_incidents(source=asking.pk, into=quiet.pk, by=as_(ada))

    assert list(EscalationRun.objects.filter(ended_at__isnull=True).values_list("pk", "subject_id")) == [
        (run.pk, quiet.pk)
    ]
    assert set(Delivery.objects.filter(thing_id__in=run.pages.values("pk")).values_list("incident_number")) == {
        (quiet.pk,)
    }


def test_merging_keeps_asking_people_of_another_policy(
    payments: Service, pager: FakePager, dan: User, ada: User, bo: User
) -> None:
    make_service("Mail", policy=make_policy("Mail", level(bo)))
    one = make_incident("One", by=dan, services=["payments"])
    other = make_incident("Other", by=dan, services=["mail"])
    acknowledge(page=page_of(bo, subject_id=other.pk), by=as_(bo))

    merge_incidents(source=one.pk, into=other.pk, by=as_(ada))
    minutes_pass(6)

    run = EscalationRun.objects.get(acked_at__isnull=True)
    assert (run.subject_id, run.ended_at) == (other.pk, None)
    assert pager.paged() == ["cleo", "bo"]


def test_merging_where_the_same_people_have_it_already_is_their_answer(
    payments: Service, pager: FakePager, dan: User, ada: User, cleo: User
) -> None:
    one = make_incident("One", by=dan, services=["payments"])
    other = make_incident("Other", by=dan, services=["payments"])
    acknowledge(page=page_of(cleo, subject_id=other.pk), by=as_(cleo))

    merge_incidents(source=one.pk, into=other.pk, by=as_(ada))
    minutes_pass(10)

    assert pager.paged() == []


def test_what_is_open_is_not_merged_into_what_is_over(payments: Service, dan: User, ada: User) -> None:
    over = make_incident("Old", by=dan)
    resolve_incident(number=over.pk, by=as_(ada))
    asking = make_incident("New", by=dan, services=["payments"])

    with pytest.raises(Conflict, match="is not over"):
        merge_incidents(source=asking.pk, into=over.pk, by=as_(ada))

    assert EscalationRun.objects.get(subject_id=asking.pk).ended_at is None


# --- sends that fail --------------------------------------------------------------------------------------


def test_each_retry_of_one_send_does_not_use_up_another_rule(
    pager: FakePager, dan: User, cleo: User, ada: User
) -> None:
    for minutes, name in enumerate(("mail", "sms", "call", "push")):
        make_contact(cleo, 10 * minutes, address=name)
    make_service("Shop", policy=make_policy("Shop", level(cleo, wait=60)))
    pager.refuses = {"mail": PartnerTrouble("busy")}

    make_incident(by=dan, services=["shop"])
    minutes_pass(5)

    assert pager.paged() == ["sms"]
    minutes_pass(6)
    assert pager.paged() == ["sms", "call"]


def test_a_failed_send_does_not_undo_five_more_minutes(pager: FakePager, dan: User, cleo: User) -> None:
    make_contact(cleo, 0, address="mail")
    make_contact(cleo, 3, address="sms")
    make_service("Shop", policy=make_policy("Shop", level(cleo, wait=60)))
    pager.faults = [PartnerTrouble("busy")] * 2
    make_incident(by=dan, services=["shop"])
    work_due()

    snooze(page=page_of(cleo), by=as_(cleo))
    minutes_pass(4)
    assert pager.paged() == []

    minutes_pass(2)
    assert pager.paged() == ["mail"]


def test_a_way_that_waits_for_its_provider_is_not_waited_for(pager: FakePager, dan: User, cleo: User) -> None:
    """A lane that was told to come back in ten minutes, or that hangs: the next way is used within a minute."""
    method = make_contact(cleo, 0, address="mail")
    make_contact(cleo, 10, address="sms")
    make_service("Shop", policy=make_policy("Shop", level(cleo, wait=60)))
    wait_until = clock.now() + timedelta(minutes=9)
    Lane.objects.filter(pk=method.lane_id).update(next_at=wait_until, due_at=wait_until)

    make_incident(by=dan, services=["shop"])
    minutes_pass(1)

    assert pager.paged() == ["sms"]


# --- one answer -------------------------------------------------------------------------------------------


def test_one_answer_is_for_every_run_in_which_one_is_asked(
    payments: Service, pager: FakePager, dan: User, bo: User, cleo: User
) -> None:
    make_service("Shop", policy=make_policy("Shop", level(cleo), level(dan)))
    make_service("Mail", policy=make_policy("Mail", level(bo), level(cleo)))
    incident = make_incident(by=dan, services=["payments", "shop", "mail"])

    acknowledge(page=page_of(cleo), by=as_(cleo))
    minutes_pass(4)

    asking = EscalationRun.objects.filter(subject_id=incident.pk, acked_at__isnull=True)
    assert [run.policy.name for run in asking if run.policy] == ["Mail"]
    assert len(lines(incident, "page.acked")) == 1
    assert not Page.objects.filter(user=cleo, status=Page.OPEN).exists()


def test_a_schedule_is_not_paged_twice_at_a_time(pager: FakePager, ada: User, cleo: User) -> None:
    make_contact(cleo)
    schedule = make_schedule("Primary", layer([cleo], starts_at="2026-01-05T09:00"))
    incident = make_incident(by=ada)
    target = Target("schedule", schedule.pk, schedule.name)

    def page() -> None:
        page_targets(subject_kind="incident", subject_id=incident.pk, targets=[target, target], by=as_(ada))

    page()
    with pytest.raises(Conflict, match="Primary is being paged"):
        page()
    assert EscalationRun.objects.count() == 1
    acknowledge(page=page_of(cleo), by=as_(cleo))
    page()

    assert EscalationRun.objects.filter(ended_at__isnull=True, acked_at__isnull=True).count() == 1


# --- an answer while a send is on its way -----------------------------------------------------------------


def test_what_was_on_its_way_when_somebody_answered_is_taken_back(
    payments: Service, pager: FakePager, dan: User, cleo: User
) -> None:
    pager.during = lambda page: acknowledge(page=page, by=as_(cleo)) and None

    make_incident(by=dan, services=["payments"])
    work_due()

    assert [entry.act for entry in pager.journal] == ["page", "withdraw"]
    assert [one.state for one in proofs([page_of(cleo)])[page_of(cleo).pk]] == ["taken back"]


def test_what_can_not_be_taken_back_stays_sent(payments: Service, pager: FakePager, dan: User, cleo: User) -> None:
    pager.takes_back = False
    make_incident(by=dan, services=["payments"])
    work_due()

    acknowledge(page=page_of(cleo), by=as_(cleo))
    work_due()

    assert [one.state for one in proofs([page_of(cleo)])[page_of(cleo).pk]] == ["sent"]


@pytest.mark.parametrize(("finds", "state"), [(True, "taken back"), (False, "perhaps sent")])
def test_an_answer_that_was_lost_before_the_ack_is_not_called_not_sent(
    payments: Service, pager: FakePager, dan: User, cleo: User, finds: bool, state: str
) -> None:
    pager.lost, pager.finds = 1, finds
    make_incident(by=dan, services=["payments"])
    for lane in Lane.claim():
        lane.work()

    acknowledge(page=page_of(cleo), by=as_(cleo))
    minutes_pass(1)

    assert [one.state for one in proofs([page_of(cleo)])[page_of(cleo).pk]] == [state]
    assert pager.paged() == ["cleo"]


def test_an_answer_while_the_provider_is_being_reached_stops_the_send(
    payments: Service, pager: FakePager, dan: User, cleo: User
) -> None:
    """Drawing it and connecting takes its time: it is looked once more at the moment of handing over."""
    pager.before = lambda page: acknowledge(page=page, by=as_(cleo)) and None

    make_incident(by=dan, services=["payments"])
    work_due()

    assert pager.journal == []
    assert [one.state for one in proofs([page_of(cleo)])[page_of(cleo).pk]] == ["not sent"]


# --- after a restore --------------------------------------------------------------------------------------


def test_after_a_restore_what_is_declared_pages_and_what_waited_waits(
    payments: Service, pager: FakePager, dan: User, bo: User, cleo: User
) -> None:
    before = make_incident("Before", by=dan, services=["payments"])
    hold()
    minutes_pass(10)
    assert pager.paged() == []

    after = make_incident("After", by=dan, services=["payments"])
    work_due()
    assert [entry.title for entry in pager.journal] == [f"#{after.pk} After"]
    acknowledge(page=page_of(cleo), by=as_(cleo))

    release()
    work_due()
    assert f"#{before.pk} Before" in [entry.title for entry in pager.journal]


def test_after_a_restore_asking_by_hand_pages_although_it_was_asked_before(
    payments: Service, pager: FakePager, dan: User, ada: User, cleo: User
) -> None:
    incident = make_incident("Before", by=dan, services=["payments"])
    hold()

    page_targets(
        subject_kind="incident",
        subject_id=incident.pk,
        targets=[Target("service", payments.pk, payments.name)],
        by=as_(ada),
    )
    work_due()

    assert pager.paged() == ["cleo"]


# --- it gets worse ----------------------------------------------------------------------------------------


def test_what_could_wait_and_can_not_any_more_is_paged_urgently(
    payments: Service, pager: FakePager, dan: User, ada: User, cleo: User
) -> None:
    make_contact(cleo, address="mail", urgency="low")
    incident = make_incident(by=dan, services=["payments"], severity=4)
    work_due()
    assert pager.paged() == ["mail"]

    set_severity(number=incident.pk, severity=1, by=as_(ada))
    work_due()

    assert pager.paged() == ["mail", "cleo"]
    assert EscalationRun.objects.get().urgency == page_of(cleo).urgency == "high"
    minutes_pass(5)
    assert pager.paged() == ["mail", "cleo", "bo"]
    assert "Cleo asked anew" in lines(incident, "page.raised")[0]


def test_what_got_less_bad_or_was_asked_gently_on_purpose_stays_as_it_is(
    payments: Service, pager: FakePager, dan: User, ada: User
) -> None:
    incident = make_incident(by=dan, services=["payments"], severity=2)
    set_severity(number=incident.pk, severity=4, by=as_(ada))

    assert EscalationRun.objects.get().urgency == "high"


# --- who is waited for ------------------------------------------------------------------------------------


def test_who_can_not_be_reached_is_not_waited_for_when_another_passes_on(
    pager: FakePager, ada: User, bo: User, cleo: User, dan: User
) -> None:
    make_contact(cleo)
    make_contact(ada)
    make_service("Shop", policy=make_policy("Shop", level(cleo, bo), level(ada)))
    make_incident(by=dan, services=["shop"])
    work_due()

    pass_on(page=page_of(cleo), by=as_(cleo))
    work_due()

    assert pager.paged() == ["cleo", "ada"]


def test_who_is_taken_out_is_not_asked_any_more_and_the_next_is(
    payments: Service, pager: FakePager, ada: User, bo: User, cleo: User
) -> None:
    incident = make_private_incident("Leak", by=ada, services=["payments"])
    work_due()

    remove_member(number=incident.pk, user=cleo, by=as_(ada))
    minutes_pass(1)

    assert page_of(cleo).status == Page.SUPERSEDED
    assert pager.paged() == ["cleo", "bo"]
    for _ in range(4):
        later(minutes=16)
    assert pager.paged().count("cleo") == 1


def test_who_has_left_is_not_waited_for(
    payments: Service, pager: FakePager, ada: User, bo: User, cleo: User, dan: User
) -> None:
    make_incident(by=dan, services=["payments"])
    work_due()

    deactivate_person(user=cleo, by=as_(ada))
    minutes_pass(1)

    assert pager.paged() == ["cleo", "bo"]
    assert not Page.objects.filter(user=cleo, status=Page.OPEN).exists()
