"""A storm of pages to one person: five go alone, then one message a minute says what the others are. None is lost."""

import pytest

from accounts.actors import Actor
from accounts.models import User
from common.errors import PartnerTrouble
from connections.models import Delivery
from oncall.models import Page
from oncall.operations.paging import acknowledge
from oncall.proof import open_pages_of, proofs
from tests.factories import make_incident, make_service
from tests.factories.escalation import level, make_contact, make_policy
from tests.fakes.pager import Entry, FakePager
from tests.oncall.paging_kit import later, work_due

pytestmark = pytest.mark.django_db

MANY = 12


@pytest.fixture
def storm(pager: FakePager, dan: User, cleo: User) -> list[int]:
    """A dozen incidents within a few seconds; Cleo is on call for all of them."""
    make_contact(cleo)
    make_service("Shop", policy=make_policy("Shop", level(cleo, wait=60)))
    found = []
    for number in range(MANY):
        found.append(make_incident(f"Trouble {number}", by=dan, services=["shop"]).pk)
        work_due()
    return found


def pages(pager: FakePager) -> list[Entry]:
    return [entry for entry in pager.journal if entry.act == "page"]


def states(user: User) -> list[str]:
    rows = Page.objects.filter(user=user).order_by("pk")
    return [one.state for page in rows for one in proofs([page])[page.pk]]


def test_after_five_pages_what_comes_goes_in_one_message_a_minute(
    storm: list[int], pager: FakePager, cleo: User
) -> None:
    assert len(pages(pager)) == 6
    assert states(cleo) == ["sent"] * 6 + ["queued"] * 6

    later(seconds=30)
    assert len(pages(pager)) == 6
    later(seconds=31)

    assert len(pages(pager)) == 7
    last = pages(pager)[-1]
    assert last.title == f"+5 more pages: #{storm[6]} Trouble 6"
    assert [f"SEV3 #{number} Trouble {number - storm[0]}" for number in storm[7:]] == list(last.lines[-5:])
    assert states(cleo) == ["sent"] * MANY


def test_each_has_its_own_proof_and_its_own_answer(storm: list[int], pager: FakePager, cleo: User) -> None:
    later(seconds=61)
    seventh, eighth = Page.objects.filter(subject_id__in=storm[6:8]).order_by("pk")
    acknowledge(page=seventh, by=Actor.person(cleo, "web"))
    work_due()

    # The message stands for the others too: it is not taken back yet.
    assert [entry.page for entry in pager.journal if entry.act == "withdraw"] == []
    assert Delivery.objects.filter(thing_id=eighth.pk).get().attempts.get().ok is True

    for page in open_pages_of(cleo):
        acknowledge(page=page, by=Actor.person(cleo, "web"))
    later(seconds=61)
    assert len(pages(pager)) == 7
    assert Page.objects.filter(user=cleo, status=Page.ACKED).count() == MANY
    assert [entry.act for entry in pager.journal].count("withdraw") >= 6


def test_what_is_answered_meanwhile_is_not_in_it(storm: list[int], pager: FakePager, cleo: User) -> None:
    acknowledge(page=Page.objects.get(subject_id=storm[8]), by=Actor.person(cleo, "web"))
    later(seconds=61)

    assert pages(pager)[-1].title.startswith("+4 more pages")
    assert f"#{storm[8]}" not in " ".join(pages(pager)[-1].lines)
    later(seconds=61)
    assert states(cleo)[8] == "not sent"


@pytest.mark.parametrize("unclear", [True, False])
def test_a_bundle_that_fails_loses_none(storm: list[int], pager: FakePager, cleo: User, unclear: bool) -> None:
    if unclear:
        pager.lost = 1
    else:
        pager.faults = [PartnerTrouble("refused", permanent=True)]
    for _ in range(12):
        later(seconds=61)

    assert states(cleo) == ["sent"] * MANY
    if unclear:
        assert [entry.again for entry in pages(pager)[6:8]] == [False, True]
        assert pages(pager)[6].lines == pages(pager)[7].lines
