"""Paging in the admin: nobody finds an address or a link there."""

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import make_incident
from tests.factories.paging import make_mail, make_page, reach

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def admin(ada: User) -> Client:
    client = Client()
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_an_administrator_sees_kinds_and_can_not_ask_for_an_address(admin: Client, cleo: User) -> None:
    make_mail()
    method = reach(cleo)
    place = "/admin/oncall/contactmethod/"

    shown = admin.get(place).content + admin.get(f"{place}{method.pk}/change/").content
    asked = admin.get(f"{place}?address__startswith=cleo")

    assert b"cleo@example.com" not in shown
    assert b"email" in shown
    assert asked.status_code == 400


def test_no_link_can_be_made_of_what_is_shown(admin: Client, ada: User, cleo: User) -> None:
    page = make_page(cleo, make_incident(by=ada).pk, token_digest="abcdef0123456789")

    shown = admin.get(f"/admin/oncall/page/{page.pk}/change/")

    assert shown.status_code == 200
    assert b"abcdef0123456789" not in shown.content
    assert admin.get("/admin/oncall/page/?token_digest=abcdef0123456789").status_code == 400
