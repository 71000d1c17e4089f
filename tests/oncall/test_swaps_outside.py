"""Requests about shifts by the API, by form and by notice."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from common import clock
from connections.models import Lane
from integrations.fakechat.models import FakeMessage
from oncall.models import Notice, Schedule, ShiftRequest
from oncall.operations.swaps import ask_swap, withdraw_request
from tests.cast import Api
from tests.factories import layer, link_identity, make_connection, make_schedule
from tests.factories.paging import make_mail, reach

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.standing_still(NOW):
        yield


@pytest.fixture
def schedule(ada: User, bo: User, cleo: User) -> Schedule:
    return make_schedule("Shop primary", layer([ada], [bo], [cleo], starts_at="2026-06-01T09:00"))


def notices_go_out() -> None:
    for table in (Notice, Lane):
        for row in table.claim():
            row.work()


# --- the API ------------------------------------------------------------------------------------------


def test_asked_looked_at_and_taken(api: Api, bo: User, cleo: User, schedule: Schedule) -> None:
    asked = api(bo, "all").post(
        "/api/v1/schedules/shop-primary/requests",
        {"shift": "shop-primary:primary:1", "reason": "I fly"},
        headers={"Idempotency-Key": "one"},
    )

    assert asked.status_code == 201
    number = asked.json()["id"]
    assert asked.headers["Location"] == f"/api/v1/shift-requests/{number}"
    assert {name: asked.json()[name] for name in ("schedule", "kind", "status", "from", "to", "reason")} == {
        "schedule": "shop-primary",
        "kind": "cover",
        "status": "open",
        "from": "2026-06-08T07:00:00.000Z",
        "to": "2026-06-15T07:00:00.000Z",
        "reason": "I fly",
    }
    assert asked.json()["parts"][0]["shift"] == "shop-primary:primary:1"
    effect = api(cleo, "all").get(f"/api/v1/shift-requests/{number}/effect").json()
    assert effect["seconds"] == {"bo": -604_800, "cleo": 604_800}
    assert effect["nights_in_a_row"] == {"cleo": 14}
    assert effect["warnings"] == ["Cleo can't be reached: no verified contact method."]
    took = api(cleo, "all").post(f"/api/v1/shift-requests/{number}/take", headers={"Idempotency-Key": "two"})
    assert (took.status_code, took.json()["status"], took.json()["taken_by"]["handle"]) == (200, "taken", "cleo")
    final = api(cleo, "all").get("/api/v1/schedules/shop-primary/final?from=2026-06-09T00:00Z&to=2026-06-10T00:00Z")
    assert final.json()["final"][0]["replaced"] == [{"user": "bo", "by": "cleo", "swap": number}]
    why = api(cleo, "all").get("/api/v1/schedules/shop-primary/why?at=2026-06-09T00:00Z").json()
    assert why["by_hand"][0]["kind"] == "swap"


def test_the_list_and_its_filters(api: Api, dan: User, cleo: User, actor_bo: Actor, schedule: Schedule) -> None:
    ask_swap(slug="shop-primary", turn=("primary", 1), of=cleo, by=actor_bo)
    client = api(dan, "read")

    assert len(client.get("/api/v1/shift-requests?status=open&schedule=shop-primary").json()["results"]) == 1
    assert client.get("/api/v1/shift-requests?status=taken").json()["results"] == []
    assert client.get("/api/v1/shift-requests?status=lost").status_code == 400
    assert client.get("/api/v1/shift-requests/4711").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "shift"),
        ({"shift": "tomorrow"}, "shift"),
        ({"shift": "nights:primary:1"}, "shift"),
        ({"user": "cleo"}, "shift"),
        ({"shift": "shop-primary:primary:1", "user": "cleo", "in_return": "x"}, "in_return"),
        ({"from": "2026-06-09T00:00Z", "to": "2026-06-01T00:00Z"}, "to"),
    ],
)
def test_what_is_wrong_is_named(api: Api, bo: User, schedule: Schedule, body: dict[str, Any], field: str) -> None:
    answer = api(bo, "all").post("/api/v1/schedules/shop-primary/requests", body, headers={"Idempotency-Key": "one"})

    assert answer.status_code in (400, 404)
    assert answer.json()["field"] == field


# --- pages --------------------------------------------------------------------------------------------


def page(client: Client, user: User, path: str) -> str:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(path)
    assert answer.status_code == 200, answer.content[:300]
    return re.sub(r"\s+", " ", answer.content.decode())


def test_by_form_from_asking_to_taking(client: Client, bo: User, cleo: User, schedule: Schedule) -> None:
    assert 'value="shop-primary:primary:1"' in page(client, bo, "/schedules/shop-primary/ask")
    client.post("/schedules/shop-primary/ask", {"shift": "shop-primary:primary:1", "of": cleo.pk, "reason": "I fly"})

    row = ShiftRequest.objects.get()
    shown = page(client, cleo, "/schedules/shop-primary")
    assert "Bo asks Cleo" in shown
    assert "Requests" in re.findall(r'lanes__name"[^>]*>([^<]+)<', shown)
    look = page(client, cleo, f"/shift-requests/{row.pk}")
    assert "If you say yes" in look
    assert "Bo -168 h, Cleo +168 h" in look
    assert "Cleo would have 14 nights in a row." in look
    assert "Decline" in look
    client.post(f"/shift-requests/{row.pk}", {"do": "take"})
    row.refresh_from_db()
    assert row.status == ShiftRequest.TAKEN
    assert "Cleo for Bo" in page(client, bo, "/schedules/shop-primary")
    assert "Withdraw it" in page(client, bo, f"/shift-requests/{row.pk}")


def test_a_form_with_nothing_in_it_says_so(client: Client, bo: User, schedule: Schedule) -> None:
    client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")

    answer = client.post("/schedules/shop-primary/ask", {})

    assert answer.status_code == 400
    assert "Say which shift, or from when to when." in answer.content.decode()


# --- notices ------------------------------------------------------------------------------------------


def test_the_one_who_is_asked_gets_a_mail(cleo: User, actor_bo: Actor, schedule: Schedule) -> None:
    make_mail()
    reach(cleo)
    asked = ask_swap(slug="shop-primary", turn=("primary", 1), of=cleo, by=actor_bo, reason="I fly")

    notices_go_out()

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["cleo@example.com"], "Bo asks you to take a shift on Shop primary")
    assert "Mon 8 Jun 07:00 to Mon 15 Jun 07:00 (UTC)" in str(sent.body)
    assert "I fly" in str(sent.body)
    assert f"/oncall take {asked.pk}" in str(sent.body)
    assert Notice.objects.get().told_at == NOW
    notices_go_out()
    assert len(mail.outbox) == 1


def test_in_a_chat_it_is_a_direct_message(cleo: User, actor_bo: Actor, schedule: Schedule) -> None:
    make_connection("fakechat")
    link_identity(cleo, "fakechat", "person-cleo")
    reach(cleo, "chat")
    ask_swap(slug="shop-primary", turn=("primary", 1), of=cleo, by=actor_bo)

    notices_go_out()

    assert FakeMessage.objects.get(address="person-cleo").text == "Bo asks you to take a shift on Shop primary"


def test_what_is_over_before_working_hours_is_not_told(cleo: User, actor_bo: Actor, schedule: Schedule) -> None:
    make_mail()
    reach(cleo)
    with clock.standing_still(NOW + timedelta(hours=12)):
        asked = ask_swap(slug="shop-primary", turn=("primary", 1), of=cleo, by=actor_bo)
        withdraw_request(number=asked.pk, by=actor_bo)

    with clock.standing_still(NOW + timedelta(hours=23)):
        notices_go_out()

    assert mail.outbox == []
    assert Notice.objects.get().state == Notice.DONE
