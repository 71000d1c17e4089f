"""What stands beside the room can be taken off there."""

from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import User
from incidents.models import Incident
from incidents.operations import facts
from tests.factories import make_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(actor_bo: Actor, bo: User) -> Incident:
    found = make_incident("Checkout 5xx", by=bo)
    facts.add_link(number=found.pk, url="https://dash.example.org/d/7?from=now-1h&to=now", by=actor_bo, title="Board")
    facts.relate(number=found.pk, other=make_incident("Mail is slow", by=bo).pk, by=actor_bo)
    found.refresh_from_db()
    return found


def test_a_link_and_a_relation_are_taken_off_without_script(incident: Incident, browser: Any, bo: User) -> None:
    client = browser(bo)
    other = incident.related.get()
    page = client.get(f"/incidents/{incident.pk}").content.decode()
    assert "Take off Board" in page
    assert "dash.example.org</span>" in page
    assert f"/incident unrelate #{other.pk}" in page

    client.post(f"/incidents/{incident.pk}/say", {"text": f"/incident unlink {incident.links[0]['url']}"})
    client.post(f"/incidents/{incident.pk}/say", {"text": f"/incident unrelate #{other.pk}"})

    incident.refresh_from_db()
    assert incident.links == []
    assert not incident.related.exists()


def test_a_viewer_has_no_button_for_it(incident: Incident, browser: Any, dan: User) -> None:
    assert "Take off" not in browser(dan).get(f"/incidents/{incident.pk}").content.decode()
