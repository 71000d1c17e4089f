"""The doctor finds what must not be: each thing is broken by hand once, and named."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.actors import Actor
from accounts.models import User
from common import clock
from config.doctor_paging import CHECKS
from connections.models import Attempt, Delivery
from oncall.models import EscalationRun, Page
from oncall.operations.paging import acknowledge, page_targets
from oncall.targets import of_person
from tests.factories import make_incident
from tests.factories.escalation import make_contact
from tests.fakes.pager import FakePager
from tests.oncall.paging_kit import minutes_pass, work_due

pytestmark = pytest.mark.django_db


def complaints() -> list[str]:
    return [problem[: problem.index(":")] for check in CHECKS for problem in check()]


@pytest.fixture
def page(pager: FakePager, ada: User, cleo: User) -> Page:
    """Cleo was paged, and it was sent."""
    make_contact(cleo)
    incident = make_incident(by=ada)
    page_targets(
        subject_kind="incident", subject_id=incident.pk, targets=[of_person(cleo)], by=Actor.person(ada, "web")
    )
    work_due()
    return Page.objects.get()


def test_a_healthy_page_is_nothing_to_complain_of(page: Page, cleo: User) -> None:
    assert complaints() == []
    minutes_pass(6)
    acknowledge(page=Page.objects.latest("pk"), by=Actor.person(cleo, "web"))
    minutes_pass(2)

    assert complaints() == []


def _lose_delivery(page: Page) -> None:
    Delivery.objects.all().delete()


def _lose_run(page: Page) -> None:
    EscalationRun.objects.update(due_at=None)


def _leave_open(page: Page) -> None:
    EscalationRun.objects.update(acked_at=clock.now())


def _ask_out_of_order(page: Page) -> None:
    Page.objects.filter(pk=page.pk).update(step=2)
    later = Page.objects.get(pk=page.pk)
    later.pk, later.step = None, 1
    later.save(force_insert=True)


def _send_after_the_answer(page: Page) -> None:
    Page.objects.update(status=Page.ACKED, answered_at=clock.now() - timedelta(minutes=5))


def _say_sent(page: Page) -> None:
    Attempt.objects.update(ok=False, outside_ref="")


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (_lose_delivery, "I3"),
        (_lose_run, "I3"),
        (_leave_open, "I3"),
        (_ask_out_of_order, "I4"),
        (_send_after_the_answer, "I9"),
        (_say_sent, "I15"),
    ],
)
def test_what_must_not_be_is_named(page: Page, break_it: Callable[[Page], None], said: str) -> None:
    break_it(page)

    assert said in complaints()
