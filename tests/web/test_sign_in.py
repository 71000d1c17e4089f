"""Who is not signed in comes back to what they asked for."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client, override_settings

from accounts.models import User
from config.settings import base

pytestmark = pytest.mark.django_db


def test_after_signing_in_one_is_where_one_wanted_to_be_with_every_filter(ada: User) -> None:
    ada.set_password("a good long one 7")
    ada.save()
    wanted = "/incidents?state=open&severity=1&q=a%26b"
    client = Client()

    sent = client.get(wanted)
    answer = client.post(sent.headers["Location"], {"login": ada.email, "password": "a good long one 7"})

    assert (answer.status_code, answer.headers["Location"]) == (302, wanted)


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x"])
def test_nobody_is_sent_elsewhere(ada: User, elsewhere: str) -> None:
    ada.set_password("a good long one 7")
    ada.save()

    answer = Client().post(f"/accounts/login/?next={elsewhere}", {"login": ada.email, "password": "a good long one 7"})

    assert answer.headers["Location"] == "/"


@pytest.fixture
def limits() -> Iterator[None]:
    """As in production; the other tests sign in without."""
    cache.clear()
    with override_settings(ACCOUNT_RATE_LIMITS=base.ACCOUNT_RATE_LIMITS):
        yield
    cache.clear()


def _signs_in(person: User, password: str) -> str:
    """What a try comes to: in, wrong or limited."""
    answer = Client().post("/accounts/login/", {"login": person.email, "password": password})
    if answer.status_code == 302:
        return "in"
    return "limited" if answer.status_code == 429 or "Too many" in answer.content.decode() else "wrong"


def test_wrong_tries_for_one_account_do_not_keep_others_of_the_address_out(limits: None, cleo: User, bo: User) -> None:
    for person in (cleo, bo):
        person.set_password("a good long one 7")
        person.save()

    tries = [_signs_in(cleo, "wrong") for _ in range(30)]

    assert tries == ["wrong"] * 10 + ["limited"] * 20
    assert _signs_in(cleo, "a good long one 7") == "limited"
    assert _signs_in(bo, "a good long one 7") == "in"


def test_one_address_can_not_try_every_account(limits: None, db: None) -> None:
    people = [User(email=f"nobody{n}@example.com") for n in range(120)]

    tries = [_signs_in(person, "wrong") for person in people]

    assert tries[:50] == ["wrong"] * 50
    assert tries[-1] == "limited"
