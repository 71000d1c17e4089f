"""An organisation in which every address leads somewhere."""

import pytest
from django.core import signing

from accounts.models import Identity, User
from accounts.operations import password_link
from alerts.models import AlertGroup
from config.demo.organisation import seed_demo
from connections.models import Connection, Received
from incidents.models import Incident, TimelineEvent


@pytest.fixture
def values(ada: User) -> dict[str, str]:
    """What stands for each part of an address."""
    seed_demo()
    incident = Incident.objects.get(status="fixing")
    line = TimelineEvent.objects.filter(incident=incident, kind="message").first()
    connection = Connection.objects.create(kind="pagerduty", name="PagerDuty")
    Received.objects.create(connection=connection, door="pagerduty", outside_id="1", state="done", outcome="done")
    AlertGroup.objects.create(connection=connection, key="k", title="t")
    Identity.objects.create(realm="slack:T1", outside_id="U1", name="Bo")
    assert line is not None
    reset = password_link(ada).rsplit("/", 2)[-2]
    return {
        "number": str(incident.pk),
        "sequence": str(line.sequence),
        "item": "1",
        "pk": "1",
        "kind": "pagerduty",
        "slug": "checkout",
        "face": "3-bo",
        "verb": "lead",
        "act": "pin",
        "role": "commander",
        "uidb36": reset.split("-", 1)[0],
        "key": reset.split("-", 1)[1],
        "token": signing.dumps(["slack:T1", "U1"], salt="warroom.link"),
        "app_label": "incidents",
        "object_id": "1",
        "url": "incidents/incident/",
        "content_type_id": "1",
    }
