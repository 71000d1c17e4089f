"""The frame around every page: where one can go."""

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("person", ["ada", "bo", "dan"])
def test_everybody_who_may_see_a_page_finds_it_in_the_rail(
    client: Client, request: pytest.FixtureRequest, person: str
) -> None:
    user: User = request.getfixturevalue(person)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")

    shown = client.get("/people").content.decode()

    for address in ("/", "/incidents", "/postmortems", "/people", "/connections", "/health"):
        assert f'class="rail__link" href="{address}"' in shown
        assert client.get(address).status_code == 200
    assert 'href="/people" aria-current="page"' in shown


def test_the_signed_out_find_no_rail(client: Client) -> None:
    assert "rail__link" not in client.get("/accounts/login/").content.decode()
