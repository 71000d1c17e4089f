"""The fixed cast: Ada commands (administrator), Bo and Cleo respond, Dan is an outsider (viewer).

`tests/conftest.py` imports everything here; tests elsewhere may do `from tests.cast import *` in a
conftest of theirs.
"""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.actors import Actor
from accounts.models import Role, User
from oncall.models import Service
from tests.factories import make_person, make_service, make_team, make_token

Api = Callable[..., APIClient]

__all__ = [
    "Api",
    "actor_ada",
    "actor_bo",
    "actor_cleo",
    "actor_dan",
    "ada",
    "api",
    "bo",
    "browser",
    "cleo",
    "dan",
    "services",
]


@pytest.fixture
def ada(db: None) -> User:
    """Administrator; commands."""
    return make_person("ada@example.com", role=Role.ADMIN)


@pytest.fixture
def bo(db: None) -> User:
    """Responder; deploys and approves."""
    return make_person("bo@example.com")


@pytest.fixture
def cleo(db: None) -> User:
    """Responder; on call."""
    return make_person("cleo@example.com")


@pytest.fixture
def dan(db: None) -> User:
    """Viewer; an outsider."""
    return make_person("dan@example.com", role=Role.VIEWER)


@pytest.fixture
def actor_ada(ada: User) -> Actor:
    return Actor.person(ada, "web")


@pytest.fixture
def actor_bo(bo: User) -> Actor:
    return Actor.person(bo, "web")


@pytest.fixture
def actor_cleo(cleo: User) -> Actor:
    return Actor.person(cleo, "web")


@pytest.fixture
def actor_dan(dan: User) -> Actor:
    return Actor.person(dan, "web")


@pytest.fixture
def api(db: None) -> Api:
    """`api(user, *scopes)`: a client with a bearer token of that person (no user: nobody is signed in).

    The token's row is at `client.token`. `trusts_emails=True` makes a bridge that may vouch for addresses.
    """

    def client(user: User | None = None, *scopes: str, trusts_emails: bool = False) -> APIClient:
        made = APIClient(raise_request_exception=False)
        if user is not None:
            token, secret = make_token(user, *scopes, trusts_emails=trusts_emails)
            made.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
            made.token = token  # type: ignore[attr-defined]
        return made

    return client


@pytest.fixture
def browser(db: None) -> Callable[..., APIClient]:
    """`browser(user)`: a signed-in session; its API writes need the CSRF token with `checks_csrf=True`."""

    def client(user: User | None = None, *, checks_csrf: bool = False) -> APIClient:
        made = APIClient(enforce_csrf_checks=checks_csrf, raise_request_exception=False)
        if user is not None:
            made.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return made

    return client


@pytest.fixture
def services(ada: User, bo: User, cleo: User) -> dict[str, Service]:
    """The catalogue by slug: checkout and payments (team Shop), search (team Find)."""
    shop, find = make_team("Shop", ada, bo), make_team("Find", cleo)
    found = [
        make_service("Checkout", team=shop),
        make_service("Payments", team=shop),
        make_service("Search", team=find),
    ]
    return {service.slug: service for service in found}
