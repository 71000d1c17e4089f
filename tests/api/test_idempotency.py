"""`Idempotency-Key` on every POST."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.actors import SYSTEM
from accounts.models import IdempotencyKey, User
from common import clock
from connections import operations as connecting
from incidents.models import Incident, TimelineEvent
from incidents.operations.people import invite, remove_member
from tests.cast import Api
from tests.factories import make_connection, make_incident

pytestmark = pytest.mark.django_db

URL = "/api/v1/incidents"


def with_key(key: str) -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": key}}


def test_the_same_key_and_body_give_the_same_answer(api: Api, bo: User) -> None:
    client = api(bo)

    first = client.post(URL, {"title": "x"}, **with_key("k"))
    again = client.post(URL, {"title": "x"}, **with_key("k"))

    assert again.status_code == 201
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert Incident.objects.count() == 1


def test_another_body_or_address_is_refused(api: Api, bo: User) -> None:
    client = api(bo)
    number = client.post(URL, {"title": "x"}, **with_key("k")).json()["number"]

    for answer in (
        client.post(URL, {"title": "y"}, **with_key("k")),
        client.post(f"{URL}/{number}/messages", {"text": "x"}, **with_key("k")),
    ):
        assert answer.status_code == 422
        assert answer.json()["code"] == "key-reused"
    assert Incident.objects.count() == 1


def test_who_was_removed_is_not_told_the_answer_again(api: Api, bo: User, cleo: User) -> None:
    client, theirs = api(bo), api(cleo)
    number = client.post(URL, {"title": "canary-3e", "private": True}, **with_key("k")).json()["number"]
    address = f"{URL}/{number}/action-items"
    invite(number=number, user=cleo, by=SYSTEM)
    assert theirs.post(address, {"text": "canary-3e"}, **with_key("a")).status_code == 201
    for person in (bo, cleo):
        remove_member(number=number, user=person, by=SYSTEM)

    answers = [
        client.post(URL, {"title": "canary-3e", "private": True}, **with_key("k")),
        theirs.post(address, {"text": "canary-3e"}, **with_key("a")),
    ]

    for answer in answers:
        assert answer.status_code == 404
        assert "canary-3e" not in answer.content.decode()
        assert "Location" not in answer
    assert Incident.objects.count() == 1


def test_keys_belong_to_their_token(api: Api, bo: User, cleo: User) -> None:
    for client in (api(bo), api(bo), api(cleo)):
        assert client.post(URL, {"title": "x"}, **with_key("k")).status_code == 201

    assert Incident.objects.count() == 3


def test_a_session_has_keys_too(browser: Any, bo: User) -> None:
    for _ in range(2):
        assert browser(bo).post(URL, {"title": "x"}, **with_key("k")).status_code == 201

    assert Incident.objects.count() == 1


def test_a_refusal_is_not_remembered(api: Api, bo: User) -> None:
    number = make_incident(by=bo).pk
    client = api(bo)
    address, body = f"{URL}/{number}/reopen", {"reason": "it came back again"}

    assert client.post(address, body, **with_key("k")).status_code == 409
    client.post(f"{URL}/{number}/resolve", {})
    assert client.post(address, body, **with_key("k")).status_code == 200


def test_a_key_ends_after_a_day(api: Api, bo: User) -> None:
    client = api(bo)
    client.post(URL, {"title": "x"}, **with_key("k"))
    IdempotencyKey.objects.update(created_at=clock.now() - timedelta(hours=25))

    assert client.post(URL, {"title": "y"}, **with_key("k")).status_code == 201
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.parametrize("key", ["x" * 201, "a\tb", "é\x7f"])
def test_a_bad_key_is_named(api: Api, bo: User, key: str) -> None:
    answer = api(bo).post(URL, {"title": "x"}, **with_key(key))

    assert answer.status_code == 400
    assert answer.json()["field"] == "Idempotency-Key"


def test_an_answer_without_body_is_remembered(api: Api, bo: User, cleo: User) -> None:
    number = make_incident(by=bo).pk
    client = api(cleo)
    client.post(f"{URL}/{number}/join")

    for _ in range(2):
        answer = client.post(f"{URL}/{number}/leave", **with_key("k"))
        assert answer.status_code == 204
        assert answer.content == b""
    assert TimelineEvent.objects.filter(kind="member.left").count() == 1


@pytest.mark.django_db(transaction=True)
def test_in_parallel_it_is_done_once(api: Api, bo: User) -> None:
    header = api(bo)._credentials

    def post(_: int) -> tuple[int, Any]:
        client = APIClient()
        client.credentials(**header)
        try:
            answer = client.post(URL, {"title": "x"}, **with_key("k"))
            return answer.status_code, answer.json()["number"]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(24)))

    assert {status for status, _ in answers} == {201}
    assert len({number for _, number in answers}) == 1
    assert Incident.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_half_done_when_it_fails_in_the_middle(api: Api, bo: User, monkeypatch: Any) -> None:
    def broken(self: Any, row: Any, response: Any) -> None:
        raise RuntimeError("the power is gone")

    monkeypatch.setattr("accounts.api.idempotency.Idempotent._keep", broken)

    answer = api(bo).post(URL, {"title": "x"}, **with_key("k"))

    assert answer.status_code == 500
    assert answer.json()["reference"]
    assert "power" not in answer.content.decode()
    assert not Incident.objects.exists()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_call_to_the_outside_is_made_once_and_without_a_transaction(api: Api, ada: User, monkeypatch: Any) -> None:
    row = make_connection("pagerduty")
    asked: list[bool] = []

    def ask(found: Any) -> str:
        asked.append(connection.in_atomic_block)
        return "It knows us."

    monkeypatch.setitem(connecting._testers, "pagerduty", ask)
    client = api(ada)

    answers = [client.post(f"/api/v1/connections/{row.pk}/test", **with_key("k")) for _ in range(2)]

    assert [answer.json() for answer in answers] == [{"ok": True, "text": "It knows us."}] * 2
    assert asked == [False]
    IdempotencyKey.objects.update(status=0)
    under_way = client.post(f"/api/v1/connections/{row.pk}/test", **with_key("k"))
    assert (under_way.status_code, under_way.json()["code"]) == (409, "under-way")
    IdempotencyKey.objects.update(created_at=clock.now() - timedelta(minutes=5))
    assert client.post(f"/api/v1/connections/{row.pk}/test", **with_key("k")).status_code == 200
    assert asked == [False, False]


def test_every_post_of_the_api_takes_a_key() -> None:
    from config.api_urls import urlpatterns
    from tests.api.matrix.routes import views_under

    missing = []
    for route, view in views_under(urlpatterns):
        cls = getattr(view, "view_class", getattr(view, "cls", None))
        method = getattr(cls, "post", None)
        if method is None:
            continue
        names = set(method.__code__.co_names)
        helpers = {"post_once", "post_once_outside", "act", "once", "answer"}
        if not names & helpers:
            missing.append(route)
    assert missing == []
