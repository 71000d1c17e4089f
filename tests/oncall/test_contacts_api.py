"""How I am reached, by API: my own methods and rules; of others only kinds, and only for administrators."""

import re

import pytest
from django.core import mail

from accounts.models import User
from connections.models import Connection
from tests.cast import Api
from tests.factories.paging import make_mail, reach

pytestmark = pytest.mark.django_db
METHODS = "/api/v1/me/contact-methods"
RULES = "/api/v1/me/notification-rules"


@pytest.fixture(autouse=True)
def mailing(db: None) -> Connection:
    return make_mail()


def test_from_an_address_to_a_rule(api: Api, bo: User) -> None:
    client = api(bo)
    made = client.post(METHODS, {"kind": "email", "address": "Home@example.org"})
    assert made.status_code == 201, made.content
    method = made.json()["id"]
    code = re.findall(r"\d{6}", mail.outbox[-1].subject)[0]
    wrong = client.post(f"{METHODS}/{method}/verify", {"code": "nonsense"})
    done = client.post(f"{METHODS}/{method}/verify", {"code": f"{code[:3]} {code[3:]}"})
    tested = client.post(f"{METHODS}/{method}/test")
    rule = client.post(RULES, {"method": method, "urgency": "high", "delay_minutes": 5})

    assert (wrong.status_code, wrong.json()["field"]) == (400, "code")
    assert (done.status_code, done.json()["verified"]) == (200, True)
    assert tested.json()["tested_at"]
    assert rule.status_code == 201
    shown = [(one["urgency"], one["delay_minutes"]) for one in client.get(RULES).json()["results"]]
    assert shown == [("high", 0), ("low", 0), ("high", 5)]
    listed = client.get(METHODS).json()["results"]
    assert [(one["label"], one["address"]) for one in listed] == [("E-mail", "home@example.org")]
    assert client.delete(f"{RULES}/{rule.json()['id']}").status_code == 204
    gone = client.delete(f"{METHODS}/{method}")
    assert gone.json() == {"lost": ["Nothing reaches you without it: no page of any urgency."]}
    assert client.get(METHODS).json()["results"] == []


def test_the_same_key_adds_once_and_sends_one_code(api: Api, bo: User) -> None:
    body = {"kind": "email", "address": "home@example.org"}

    client = api(bo)
    answers = [client.post(METHODS, body, HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(mail.outbox) == 1


def test_an_administrator_sees_kinds_and_no_address(api: Api, ada: User, cleo: User) -> None:
    reach(cleo)

    answer = api(ada).get(f"/api/v1/users/{cleo.pk}/contact-methods")

    [shown] = answer.json()["results"]
    assert set(shown) == {"id", "kind", "verified"}
    assert (shown["kind"], shown["verified"]) == ("email", True)
    assert b"@" not in answer.content


def test_a_mail_server_that_is_away_is_said(api: Api, bo: User, mailing: Connection) -> None:
    mailing.put_secrets({"url": "smtp://127.0.0.1:1"})
    mailing.save()

    answer = api(bo).post(METHODS, {"kind": "email", "address": "home@example.org"})

    assert answer.status_code == 503
    assert "can't be reached" in answer.json()["title"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "email"}, "address"),
        ({"kind": "email", "address": 5}, "address"),
        ({"kind": "email", "address": "x", "user": 1}, "user"),
        ({"kind": "pigeon", "address": "x"}, "kind"),
    ],
)
def test_what_is_wrong_is_named(api: Api, bo: User, body: dict[str, object], field: str) -> None:
    answer = api(bo).post(METHODS, body)

    assert answer.status_code == 400
    assert field in answer.content.decode()
