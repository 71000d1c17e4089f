"""Declaring by the form."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from incidents.models import Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(bo: User) -> Client:
    found = Client()
    found.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
    return found


def test_a_form_that_is_sent_twice_declares_once(client: Client) -> None:
    id_ = re.search(r'name="id" value="([^"]+)"', client.get("/incidents/new").content.decode())
    assert id_ is not None
    form: dict[str, Any] = {"title": "Checkout 5xx", "id": id_[1]}

    first, second = client.post("/incidents/new", form), client.post("/incidents/new", form)

    assert first.headers["Location"] == second.headers["Location"]
    assert Incident.objects.count() == 1


def test_each_form_declares_its_own(client: Client) -> None:
    for id_ in ("a", "b", ""):
        assert client.post("/incidents/new", {"title": "Checkout 5xx", "id": id_}).status_code == 302

    assert Incident.objects.count() == 3


def test_a_refused_form_keeps_its_id(client: Client) -> None:
    page = client.post("/incidents/new", {"title": "", "id": "once-only"})

    assert page.status_code == 400
    assert 'name="id" value="once-only"' in page.content.decode()


def test_the_admin_tells_a_responder_that_it_is_not_for_them(client: Client) -> None:
    answer = client.get("/admin/", follow=True)

    assert answer.status_code == 403
    assert "for administrators" in answer.content.decode()
