"""The page of one page: was I paged, why, by what, and why not by something else."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from incidents.models import Incident
from oncall.models import Page
from oncall.operations.escalating import start_run
from oncall.operations.paging import acknowledge
from tests.factories import make_incident
from tests.factories.escalation import level, make_contact, make_policy
from tests.factories.paging import make_mail, reach
from tests.fakes.pager import FakePager
from tests.oncall.paging_kit import later, work_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(ada: User) -> Incident:
    return make_incident(by=Actor.person(ada, "web"), title="Checkout 5xx", severity=1)


@pytest.fixture
def page(pager: FakePager, incident: Incident, cleo: User, bo: User) -> Page:
    """Cleo by mail, and by a pager five minutes later; then Bo."""
    make_mail()
    reach(cleo)
    make_contact(cleo, 5)
    make_contact(bo)
    policy = make_policy("Shop", level(cleo, wait=3), level(bo))
    start_run(subject_kind="incident", subject_id=incident.pk, policy=policy, by=Actor.person(cleo, "web"))
    work_due()
    return Page.objects.get()


def shown(client: Client, user: User, page: Page) -> str:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer: Any = client.get(f"/pages/{page.pk}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_it_says_why_and_by_which_ways(client: Client, page: Page, cleo: User) -> None:
    text = shown(client, cleo, page)

    assert "You were paged" in text
    assert "You are asked by name. The policy is Shop." in text
    assert "0 min E-mail used" in text
    assert "5 min fake pager not due yet, at" in text
    assert re.search(r"E-mail handed to the provider, which calls it &lt;page\.", text)
    assert "Nobody else. Who is not here was not asked: the next are asked at" in text
    assert len(mail.outbox) == 1


def test_it_says_who_answered_and_what_was_not_used(client: Client, page: Page, cleo: User, bo: User) -> None:
    later(minutes=4)
    acknowledge(page=page, by=Actor.person(bo, "web"))
    work_due()

    text = shown(client, cleo, page)

    assert "5 min fake pager not used: it was answered, or over, before" in text
    assert "Acked by Bo, in Warroom" in text
    assert re.search(r"Who else was asked.* Bo ", text)


def test_others_see_channels_and_no_address(client: Client, page: Page, bo: User) -> None:
    text = shown(client, bo, page)

    assert "Cleo was paged" in text
    assert "cleo@example.com" not in text


def test_a_page_of_what_one_may_not_see_is_none(client: Client, page: Page, dan: User, incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(is_private=True)
    client.force_login(dan, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get(f"/pages/{page.pk}").status_code == 404


def test_the_inbox_leads_to_it(client: Client, page: Page, cleo: User) -> None:
    client.force_login(cleo, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert f'href="/pages/{page.pk}"' in client.get("/inbox").content.decode()
