"""Services and alerts."""

from typing import Any

import pytest

from accounts.models import AuditEntry, User
from alerts.models import Alert
from incidents.models import IncidentAlert
from oncall.models import Service
from tests.cast import Api
from tests.factories import (
    make_alert,
    make_connection,
    make_group,
    make_incident,
    make_private_incident,
    make_received,
)

pytestmark = pytest.mark.django_db


# --- services ---------------------------------------------------------------------------------------


def test_services_are_listed(api: Api, dan: User, services: Any) -> None:
    client = api(dan, "read")

    assert [row["slug"] for row in client.get("/api/v1/services").json()["results"]] == [
        "checkout",
        "payments",
        "search",
    ]
    assert [row["slug"] for row in client.get("/api/v1/services?team=find").json()["results"]] == ["search"]
    assert [row["slug"] for row in client.get("/api/v1/services?q=PAY").json()["results"]] == ["payments"]
    assert client.get("/api/v1/services/checkout").json()["team"] == {"slug": "shop", "name": "Shop"}
    assert client.get("/api/v1/services/ghost").status_code == 404
    first = client.get("/api/v1/services?page_size=2").json()
    assert [row["slug"] for row in client.get(first["next"]).json()["results"]] == ["search"]


def test_administrators_write_the_catalogue(api: Api, ada: User, bo: User, services: Any) -> None:
    client = api(ada, "write")

    made = client.post("/api/v1/services", {"name": "Mail Relay", "team": "shop", "description": "SMTP"})
    changed = client.patch("/api/v1/services/mail-relay", {"name": "Mail", "team": None})

    assert made.status_code == 201
    assert made["Location"] == "/api/v1/services/mail-relay"
    assert (changed.json()["slug"], changed.json()["name"], changed.json()["team"]) == ("mail-relay", "Mail", None)
    assert AuditEntry.objects.filter(subject_kind="service").count() == 2
    assert client.post("/api/v1/services", {"name": "checkout"}).status_code == 409
    assert client.patch("/api/v1/services/mail-relay", {"name": "SEARCH"}).status_code == 409
    assert api(bo).post("/api/v1/services", {"name": "Ours"}).status_code == 403
    assert api(bo).patch("/api/v1/services/checkout", {"name": "Ours"}).status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "…"}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x", "team": "ghost"}, "team"),
        ({"name": "x", "team": 5}, "team"),
        ({"name": "x", "slug": "y"}, "slug"),
    ],
)
def test_a_malformed_service_is_named(api: Api, ada: User, body: Any, field: str) -> None:
    answer = api(ada).post("/api/v1/services", body)

    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert not Service.objects.exists()


# --- alerts -----------------------------------------------------------------------------------------


@pytest.fixture
def alert(db: None) -> Alert:
    connection = make_connection("pagerduty")
    received = make_received(connection, outcome="done", outcome_text="triggered")
    return make_alert(
        make_group(connection), "E1", received=received, outcome="declared #1", data={"service": {"name": "Checkout"}}
    )


def test_alerts_and_groups_are_read(api: Api, dan: User, alert: Alert) -> None:
    client = api(dan, "read")
    other = make_group(alert.connection, "other", state="resolved")

    listed = client.get("/api/v1/alerts").json()["results"]
    detail = client.get(f"/api/v1/alerts/{alert.pk}").json()
    groups = client.get("/api/v1/alert-groups").json()["results"]

    assert [row["id"] for row in listed] == [alert.pk]
    assert detail["data"] == {"service": {"name": "Checkout"}}
    assert [row["id"] for row in groups] == [other.pk, alert.group_id]
    assert [row["id"] for row in client.get("/api/v1/alert-groups?state=firing").json()["results"]] == [alert.group_id]
    assert client.get("/api/v1/alert-groups?state=x").json()["field"] == "state"
    assert client.get(f"/api/v1/alerts?group={other.pk}").json()["results"] == []
    assert client.get("/api/v1/alerts?kind=firing&connection=999").json()["results"] == []
    assert client.get(f"/api/v1/alert-groups/{other.pk}").json()["state"] == "resolved"
    assert client.get("/api/v1/alerts/999").status_code == 404
    assert client.get("/api/v1/alert-groups/999").status_code == 404
    assert api(dan).post("/api/v1/alerts", {}).status_code == 405


def test_why_tells_the_way(api: Api, dan: User, alert: Alert) -> None:
    client = api(dan)

    why = client.get(f"/api/v1/alerts/{alert.pk}/why").json()
    group = client.get(f"/api/v1/alert-groups/{alert.group_id}/why").json()

    assert why["outcome"] == "declared #1"
    assert "door “events”" in why["steps"][0]["text"]
    assert "triggered" in why["steps"][0]["text"]
    assert group["alert"] == alert.pk
    assert client.get("/api/v1/alerts/999/why").status_code == 404
    Alert.objects.update(received=None, group=None)
    assert "not kept any more" in client.get(f"/api/v1/alerts/{alert.pk}/why").json()["steps"][0]["text"]


def test_alerts_of_private_incidents_are_hidden(api: Api, ada: User, bo: User, alert: Alert) -> None:
    private, open_one = make_private_incident(by=bo), make_incident()
    hidden = make_alert(make_group(alert.connection, "hidden", title="canary"), outcome="canary")
    IncidentAlert.objects.create(incident=private, group=hidden.group)
    IncidentAlert.objects.create(incident=open_one, group=alert.group)
    received = make_received(alert.connection, is_private=True)
    loose = Alert.objects.create(
        connection=alert.connection, received=received, outside_id="L", kind="canary", occurred_at=alert.occurred_at
    )
    client = api(ada)

    assert [row["id"] for row in client.get("/api/v1/alerts").json()["results"]] == [alert.pk]
    assert [row["id"] for row in client.get("/api/v1/alert-groups").json()["results"]] == [alert.group_id]
    for address in (
        f"alerts/{hidden.pk}",
        f"alerts/{hidden.pk}/why",
        f"alerts/{loose.pk}",
        f"alert-groups/{hidden.group_id}",
        f"alert-groups/{hidden.group_id}/why",
    ):
        assert client.get(f"/api/v1/{address}").status_code == 404
    assert api(bo).get(f"/api/v1/alerts/{hidden.pk}").status_code == 200


def test_without_anybody_who_knows_nothing_is_shown(api: Api, bo: User, alert: Alert, monkeypatch: Any) -> None:
    monkeypatch.setattr("alerts.api.access._hidden", None)

    assert api(bo).get("/api/v1/alerts").status_code == 500
