"""Whatever comes in: refused by name, never a fault."""

import json
from typing import Any

import pytest

from accounts.models import User
from tests.cast import Api
from tests.factories import make_incident

pytestmark = pytest.mark.django_db

URL = "/api/v1/incidents"

DEEP = b'{"title": ' + b"[" * 100 + b"]" * 100 + b"}"
ABYSS = b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

BODIES = [
    (b"", 400, "title"),
    (b"{}", 400, "title"),
    (b"null", 400, "body"),
    (b"[]", 400, "body"),
    (b'"text"', 400, "body"),
    (b"5", 400, "body"),
    (b"{", 400, "body"),
    (b"{'title': 1}", 400, "body"),
    (b"\xff\xfe{}", 400, "body"),
    (b"\xef\xbb\xbf{}", 400, "body"),
    (b'{"title": NaN}', 400, "body"),
    (b'{"title": "x", "severity": Infinity}', 400, "body"),
    (b'{"title": "x", "severity": -Infinity}', 400, "body"),
    (b'{"title": "a\\u0000b"}', 400, "title"),
    (b'{"title": "a\\ud800b"}', 400, "title"),
    (b'{"ti\\ud800tle": "a"}', 400, "body"),
    (b'{"title": "x", "tags": ["a\\u0000"]}', 400, "tags"),
    (b'{"title": "x", "title": "y"}', 400, "title"),
    (DEEP, 400, "title"),
    (ABYSS, 400, "body"),
    (b'{"title": "x", "tags": [' + b"1," * 100_001 + b"1]}", 400, "tags"),
    (b'{"title": "x", "severity": ' + b"9" * 5000 + b"}", 400, "body"),
    (b'{"title": "' + b"x" * 1_100_000 + b'"}', 413, "body"),
    (b'{"title": "' + b"x" * 201 + b'"}', 400, "title"),
    (b'{"title": 5}', 400, "title"),
    (b'{"title": null}', 400, "title"),
    (b'{"title": true}', 400, "title"),
    (b'{"title": ["x"]}', 400, "title"),
    (b'{"title": {"x": 1}}', 400, "title"),
    (b'{"title": "   "}', 400, "title"),
    (b'{"title": "x", "severity": "huge"}', 400, "severity"),
    (b'{"title": "x", "severity": 0}', 400, "severity"),
    (b'{"title": "x", "severity": 6}', 400, "severity"),
    (b'{"title": "x", "severity": 1.5}', 400, "severity"),
    (b'{"title": "x", "severity": true}', 400, "severity"),
    (b'{"title": "x", "severity": {}}', 400, "severity"),
    (b'{"title": "x", "private": "yes"}', 400, "private"),
    (b'{"title": "x", "private": 1}', 400, "private"),
    (b'{"title": "x", "private": null}', 400, "private"),
    (b'{"title": "x", "is_private": true}', 400, "is_private"),
    (b'{"title": "x", "services": "checkout"}', 400, "services"),
    (b'{"title": "x", "services": ["ghost"]}', 400, "services"),
    (b'{"title": "x", "services": [5]}', 400, "services.0"),
    (b'{"title": "x", "tags": ["two words"]}', 400, "tag"),
    (b'{"title": "x", "tags": {"a": 1}}', 400, "tags"),
    (b'{"title": "x", "summary": 5}', 400, "summary"),
    (b'{"title": "x", "summary": "' + b"y" * 10_001 + b'"}', 400, "summary"),
    (b'{"title": "x\\u202ey"}', 400, "title"),
    (b'{"title": "x\\u0007y"}', 400, "title"),
]


@pytest.mark.parametrize(("body", "status", "field"), BODIES, ids=[str(n) for n in range(len(BODIES))])
@pytest.mark.parametrize("key", ["", "k"])
def test_a_bad_body_is_refused_by_name(api: Api, bo: User, body: bytes, status: int, field: str, key: str) -> None:
    headers = {"Idempotency-Key": key} if key else {}

    answer = api(bo).generic("POST", URL, body, content_type="application/json", headers=headers)

    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == field
    assert answer.json()["title"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense"])
def test_other_content_types_are_refused(api: Api, bo: User, kind: str) -> None:
    answer = api(bo).generic("POST", URL, b"title=x", content_type=kind)

    assert answer.status_code == 415
    assert answer.json()["code"] == "wrong-type"
    assert "application/json" in answer.json()["hint"]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_is_json_however_it_is_written(api: Api, bo: User, kind: str) -> None:
    assert api(bo).generic("POST", URL, b'{"title": "\xc3\xa9"}', content_type=kind).status_code == 201


def test_a_body_over_every_limit_is_too_large(api: Api, bo: User, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = json.dumps({"title": "x", "summary": "y" * 2000}).encode()

    answer = api(bo).generic("POST", URL, body, content_type="application/json", headers={"Idempotency-Key": "k"})

    assert answer.status_code == 413
    assert answer.json()["code"] == "too-large"


def test_wrong_methods_are_told(api: Api, bo: User) -> None:
    number = make_incident().pk

    for method, address in (("put", URL), ("delete", f"{URL}/{number}"), ("get", f"{URL}/{number}/status")):
        answer = getattr(api(bo), method)(address)
        assert answer.status_code == 405
        assert answer.json()["code"] == "wrong-method"


def test_head_and_options_are_answered(api: Api, bo: User) -> None:
    number = make_incident().pk

    for address in (URL, f"{URL}/{number}", f"{URL}/{number}/timeline"):
        assert api(bo, "read").head(address).status_code == 200
        assert api(bo, "read").options(address).status_code == 200


@pytest.mark.parametrize("page_size", ["0", "-1", "x", "10000", "9" * 400])
def test_odd_page_sizes_are_brought_into_bounds(api: Api, bo: User, page_size: str) -> None:
    make_incident()

    for address in (URL, f"{URL}/1/timeline", "/api/v1/users"):
        answer = api(bo).get(f"{address}?page_size={page_size}")
        assert answer.status_code in (200, 404)


def test_addresses_nobody_knows_are_problems_too(api: Api, bo: User) -> None:
    for address in ("/api/v1/nothing", "/api/v1/incidents/x", "/api/v1/incidents/1/nothing"):
        answer = api(bo).get(address)
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "not-found"


def test_limits_are_kept_and_told(api: Api, bo: User, cleo: User, monkeypatch: Any) -> None:
    from accounts.api.throttling import PerToken

    monkeypatch.setattr(PerToken, "get_rate", lambda self: "2/min")
    client = api(bo)

    answers = [client.get(URL) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "too-many-requests"
    assert int(answers[2]["Retry-After"]) > 0
    assert api(cleo).get(URL).status_code == 200
