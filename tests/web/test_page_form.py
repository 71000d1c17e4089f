"""Paging somebody by the room's button: who that is and by what they are reached stands there before."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from incidents.models import Incident
from oncall.models import Page
from tests.factories import layer, make_incident, make_schedule, make_service, make_team
from tests.factories.escalation import level, make_policy
from tests.factories.paging import make_mail, reach

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(ada: User) -> Incident:
    return make_incident(by=Actor.person(ada, "web"), title="Checkout 5xx", severity=1)


@pytest.fixture
def as_bo(client: Client, bo: User) -> Client:
    client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def choices(client: Client, incident: Incident) -> dict[str, str]:
    """What can be chosen: words → value."""
    text = client.get(f"/incidents/{incident.pk}/page").content.decode()
    return {words.strip(): value for value, words in re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>', text)}


def test_names_and_channels_stand_there_before(as_bo: Client, incident: Incident, cleo: User, dan: User) -> None:
    make_mail()
    reach(cleo)
    make_schedule("Shop primary", layer([cleo]))
    make_schedule("Nights", layer([dan]))
    make_team("Nobody's")
    make_service("Payments", policy=make_policy("Shop", level(cleo)))

    found = choices(as_bo, incident)

    assert "Shop primary: Cleo (E-mail)" in found
    assert "Nights: Dan (can&#x27;t be reached)" in found
    assert "Nobody&#x27;s: nobody at this time" in found
    assert "Cleo (E-mail)" in found
    assert "Payments" in found


def test_the_button_pages(as_bo: Client, incident: Incident, cleo: User) -> None:
    schedule = make_schedule("Shop primary", layer([cleo]))

    answer: Any = as_bo.post(
        f"/incidents/{incident.pk}/page", {"target": f"schedule:{schedule.pk}", "text": "come", "can_wait": "on"}
    )

    assert answer.status_code == 302
    page = Page.objects.get()
    assert (page.user, page.text, page.urgency) == (cleo, "come", "low")
    assert "Shop primary is being paged." in as_bo.get(answer["Location"]).content.decode()
    again = as_bo.post(f"/incidents/{incident.pk}/page", {"target": f"schedule:{schedule.pk}"})
    assert again.status_code == 400
    assert "is being paged about this already" in again.content.decode()


@pytest.mark.parametrize("target", ["", "schedule:999", "person:x", "fax:1"])
def test_what_is_nobody_is_refused(as_bo: Client, incident: Incident, target: str) -> None:
    assert as_bo.post(f"/incidents/{incident.pk}/page", {"target": target}).status_code == 400
    assert not Page.objects.exists()
