"""Every refusal of the API is a problem document whose type the docs list."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from accounts.api.problem_codes import PROBLEM_CODES
from accounts.models import User
from tests.cast import Api
from tests.factories import make_incident
from web import errors

pytestmark = pytest.mark.django_db

CODES = {known.code: known.status for known in PROBLEM_CODES}
SOURCES = ("accounts", "common", "connections", "alerts", "oncall", "incidents", "actions", "chatops", "web")


def check(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"/docs/problems#{code}"
    assert (body["code"], body["status"]) == (code, status)
    assert body["title"]
    assert code in CODES
    assert not [name for name, value in body.items() if value in ("", None, [])]
    return body


def test_refusals_of_the_views(api: Api, bo: User, dan: User) -> None:
    incident = make_incident(by=bo)
    client, viewer = api(bo), api(dan)
    address = f"/api/v1/incidents/{incident.pk}"

    check(client.post("/api/v1/incidents", {}), 400, "invalid")
    check(client.get("/api/v1/incidents/999"), 404, "not-found")
    check(viewer.patch(address, {"title": "x"}), 403, "not-allowed")
    check(client.put(address, {}), 405, "wrong-method")
    check(client.post("/api/v1/incidents", "x", content_type="text/plain"), 415, "wrong-type")
    check(Client().get("/api/v1/incidents"), 401, "not-signed-in")


def test_an_address_that_is_no_resource(client: Client) -> None:
    for address in ("/api/", "/api/v1", "/api/v1/nothing", "/api/v2/incidents"):
        check(client.get(address), 404, "not-found")


def test_what_goes_wrong_before_a_view_is_reached(rf: RequestFactory) -> None:
    request = rf.get("/api/v1/incidents")

    check_made(errors.bad_request(request), 400, "invalid")
    check_made(errors.forbidden(request), 403, "not-allowed")
    check_made(errors.csrf_failed(request), 403, "not-allowed")
    assert check_made(errors.fault(request), 500, "fault")["reference"]


def check_made(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The same for an answer that no test client has read."""
    import json

    answer.json = lambda: json.loads(answer.content)
    return check(answer, status, code)


def test_a_fault_of_ours_has_a_reference(api: Api, bo: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("accounts.api.views.Response", broken)
    client = api(bo)
    client.raise_request_exception = False

    assert check(client.get("/api/v1/me"), 500, "fault")["reference"]


def test_pages_answer_scripts_with_the_same_document(client: Client, bo: User) -> None:
    client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")

    check(client.post("/incidents/999/say", {"text": "x"}, headers={"Accept": "application/json"}), 404, "not-found")


def test_scripts_of_signed_out_browsers_are_told_so(client: Client) -> None:
    check(client.get("/palette/suggest?q=x", headers={"Accept": "application/json"}), 401, "not-signed-in")


def test_the_type_leads_to_its_place_on_a_page(browser: Any, bo: User) -> None:
    page = browser(bo).get("/docs/problems").content.decode()

    for code in CODES:
        assert f'id="{code}"' in page
