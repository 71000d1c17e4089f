"""Redis may be gone at any time; people sign in all the same."""

import time
from collections.abc import Iterator

import pytest
from django.core.cache import cache, caches
from django.test import Client, override_settings

from accounts.models import User
from tests.processes.harness import free_port
from tests.processes.silent import SilentServer


@pytest.fixture(params=["refused", "silent"])
def no_redis(request: pytest.FixtureRequest) -> Iterator[None]:
    """The cache's Redis is gone, or never answers."""
    with SilentServer() as silent:
        port = silent.port if request.param == "silent" else free_port()
        options = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
        there = {"BACKEND": "common.cache.RedisOrOwn", "LOCATION": f"redis://127.0.0.1:{port}/0", "OPTIONS": options}
        with override_settings(CACHES={"default": there}):
            yield


@pytest.mark.django_db
def test_people_sign_in_without_redis(no_redis: None, ada: User) -> None:
    ada.set_password("a good long one 7")
    ada.save()

    with override_settings(ACCOUNT_RATE_LIMITS={"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}):
        answer = Client().post("/accounts/login/", {"login": ada.email, "password": "a good long one 7"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.django_db
def test_guessing_is_still_limited(no_redis: None, ada: User) -> None:
    with override_settings(ACCOUNT_RATE_LIMITS={"login_failed": "3/5m/key"}):
        said = [
            Client().post("/accounts/login/", {"login": ada.email, "password": "wrong"}).content.decode()
            for _ in range(4)
        ]

    assert "Too many" not in said[2]
    assert "Too many" in said[3]


def test_only_the_first_waits(no_redis: None) -> None:
    cache.get("a")
    before = time.monotonic()

    for _ in range(100):
        cache.set("a", 1)
        assert cache.get("a") == 1

    assert time.monotonic() - before < 0.4


def test_it_does_what_a_cache_does(no_redis: None) -> None:
    assert cache.add("a", 1)
    assert not cache.add("a", 2)
    assert cache.incr("a") == 2
    assert "a" in cache
    assert cache.touch("a", 100)
    assert cache.get_many(["a", "b"]) == {"a": 2}
    assert cache.delete("a")
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")
    cache.set("b", 1)
    caches["default"].clear()
    assert cache.get("b", "gone") == "gone"
