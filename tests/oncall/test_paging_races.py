"""Many at once: one ack wins, one step is taken, and an ack is never overtaken by a send."""

from datetime import timedelta
from functools import partial

import pytest

from accounts.actors import Actor
from accounts.models import User
from common import clock
from incidents.models import Status
from oncall.models import EscalationRun, Page
from oncall.operations.escalating import start_run, take_step
from oncall.operations.paging import acknowledge, page_targets, use_next_rule
from oncall.targets import of_person
from tests.factories import make_incident
from tests.factories.escalation import level, make_contact, make_policy
from tests.fakes.pager import FakePager
from tests.oncall.paging_kit import work_due
from tests.threads import together

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 50


def test_fifty_acks_at_once_are_one(pager: FakePager, ada: User, bo: User, cleo: User) -> None:
    for user in (bo, cleo):
        make_contact(user)
    incident = make_incident(by=ada)
    targets = [of_person(bo), of_person(cleo)]
    page_targets(subject_kind="incident", subject_id=incident.pk, targets=targets, by=Actor.person(ada, "web"))
    pages = list(Page.objects.select_related("user").order_by("pk"))

    together(
        *(partial(acknowledge, page=pages[n % 2], by=Actor.person(pages[n % 2].user, "api")) for n in range(AT_ONCE))
    )
    work_due()

    incident.refresh_from_db()
    assert sorted(Page.objects.values_list("status", flat=True)) == [Page.ACKED, Page.SUPERSEDED]
    assert incident.events.filter(kind="page.acked").count() == 1
    assert incident.status == Status.INVESTIGATING
    assert pager.journal == []
    assert list(incident.events.order_by("sequence").values_list("sequence", flat=True)) == list(
        range(1, incident.last_sequence + 1)
    )


def test_a_step_that_several_take_at_once_is_taken_once(pager: FakePager, ada: User, bo: User, cleo: User) -> None:
    """As when a lease ran out on a worker that lives: both go on."""
    for user in (bo, cleo):
        make_contact(user)
    incident = make_incident(by=ada)
    policy = make_policy("Shop", level(cleo), level(bo))
    run = start_run(subject_kind="incident", subject_id=incident.pk, policy=policy, by=Actor.person(ada, "web"))
    clock.shift(timedelta(minutes=5, seconds=1))

    together(*(partial(take_step, EscalationRun.objects.get(pk=run.pk)) for _ in range(8)))
    work_due()

    assert list(Page.objects.order_by("pk").values_list("user__handle", "step")) == [("cleo", 1), ("bo", 2)]
    assert sorted(pager.paged()) == ["bo", "cleo"]


def test_a_rule_that_several_use_at_once_is_used_once(pager: FakePager, ada: User, cleo: User) -> None:
    make_contact(cleo, 0, address="mail")
    make_contact(cleo, 2, address="sms")
    incident = make_incident(by=ada)
    by = Actor.person(ada, "web")
    page_targets(subject_kind="incident", subject_id=incident.pk, targets=[of_person(cleo)], by=by)
    clock.shift(timedelta(minutes=2, seconds=1))
    page = Page.objects.get()

    together(*(partial(use_next_rule, Page.objects.get(pk=page.pk)) for _ in range(8)))
    work_due()

    assert pager.paged() == ["mail", "sms"]


def test_an_ack_and_a_step_at_the_same_moment_leave_one_answer(
    pager: FakePager, ada: User, bo: User, cleo: User
) -> None:
    for user in (bo, cleo):
        make_contact(user)
    incident = make_incident(by=ada)
    policy = make_policy("Shop", level(cleo), level(bo))
    run = start_run(subject_kind="incident", subject_id=incident.pk, policy=policy, by=Actor.person(ada, "web"))
    clock.shift(timedelta(minutes=5, seconds=1))
    page = Page.objects.get()

    together(
        partial(acknowledge, page=page, by=Actor.person(cleo, "web")),
        partial(take_step, EscalationRun.objects.get(pk=run.pk)),
    )

    run.refresh_from_db()
    assert run.acked_at is not None
    assert run.due_at is None
    assert not Page.objects.filter(status=Page.OPEN).exists()
