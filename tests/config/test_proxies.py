"""Who a request comes from: forwarded addresses are believed from trusted proxies only."""

import asyncio
import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from accounts.api.throttling import PerToken
from config.proxies import BehindProxies, BehindProxiesWsgi, Proxies
from tests.config.house import ROOT

PROXY, CLIENT, FORGED = "10.0.0.5", "203.0.113.9", "198.51.100.7"
TRUSTED = Proxies(["10.0.0.5", "172.16.0.0/12", "2001:db8::/32"])


def seen(
    peer: str | None, *headers: tuple[str, str], proxies: Proxies = TRUSTED, kind: str = "http", scheme: str = "http"
) -> dict[str, Any]:
    """The scope as the application behind it is given it."""
    found: dict[str, Any] = {}

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        found.update(scope)

    async def nothing(*args: Any) -> Any:
        raise AssertionError("nobody speaks here")

    scope = {
        "type": kind,
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "scheme": scheme,
        "server": ("warroom", 80),
        "client": (peer, 4000) if peer is not None else None,
        "headers": [(b"host", b"warroom.example.org"), *((k.encode(), v.encode()) for k, v in headers)],
    }
    asyncio.run(BehindProxies(inner, proxies)(scope, nothing, nothing))
    return found


def address(scope: dict[str, Any]) -> str:
    return str(scope["client"][0])


def test_a_trusted_proxy_is_believed() -> None:
    scope = seen(PROXY, ("X-Forwarded-For", CLIENT), ("X-Forwarded-Proto", "https"))

    request = ASGIRequest(scope, None)
    assert request.META["REMOTE_ADDR"] == CLIENT
    assert request.is_secure()
    assert request.build_absolute_uri("/").startswith("https://")


def test_anybody_else_changes_neither_address_nor_scheme() -> None:
    scope = seen(CLIENT, ("X-Forwarded-For", FORGED), ("X-Forwarded-Proto", "https"), ("X-Real-IP", FORGED))

    request = ASGIRequest(scope, None)
    assert request.META["REMOTE_ADDR"] == CLIENT
    assert not request.is_secure()
    assert PerToken().get_ident(request) == CLIENT  # type: ignore[arg-type]
    assert FORGED not in str(request.META)


def test_without_the_setting_nobody_is_believed() -> None:
    scope = seen("127.0.0.1", ("X-Forwarded-For", FORGED), ("X-Forwarded-Proto", "https"), proxies=Proxies([]))

    assert (address(scope), scope["scheme"]) == ("127.0.0.1", "http")
    assert scope["headers"] == [(b"host", b"warroom.example.org")]


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        (PROXY, [f"{FORGED}, {CLIENT}"], CLIENT),
        (PROXY, [FORGED, CLIENT], CLIENT),
        (PROXY, [f"{CLIENT}, 172.18.0.3"], CLIENT),
        (PROXY, [f"{FORGED}, {CLIENT}, 172.18.0.3, 10.0.0.5"], CLIENT),
        (PROXY, ["172.18.0.3"], "172.18.0.3"),
        (PROXY, [f"{CLIENT}:5711"], CLIENT),
        (PROXY, ["[2001:db9::1]:5711"], "2001:db9::1"),
        ("2001:db8::1", ["2001:db9::1"], "2001:db9::1"),
        ("::ffff:10.0.0.5", [CLIENT], CLIENT),
        ("172.31.255.255", [CLIENT], CLIENT),
        ("172.32.0.1", [CLIENT], "172.32.0.1"),
        (PROXY, [f"{FORGED}, unknown"], PROXY),
        (PROXY, ["<script>"], PROXY),
        (PROXY, [""], PROXY),
        (PROXY, [","], PROXY),
        (PROXY, ["1" * 5000], PROXY),
    ],
)
def test_the_client_is_the_nearest_that_is_no_proxy(peer: str, said: list[str], client: str) -> None:
    assert address(seen(peer, *(("X-Forwarded-For", value) for value in said))) == client


@pytest.mark.parametrize(
    ("said", "scheme"),
    [("https", "https"), ("http", "http"), ("http, https", "https"), ("https, http", "http"), ("HTTPS", "https")],
)
def test_the_scheme_is_what_the_nearest_proxy_says(said: str, scheme: str) -> None:
    assert seen(PROXY, ("X-Forwarded-Proto", said))["scheme"] == scheme


@pytest.mark.parametrize("said", ["", "gopher", "javascript"])
def test_a_scheme_that_is_none_changes_nothing(said: str) -> None:
    assert seen(PROXY, ("X-Forwarded-Proto", said), scheme="http")["scheme"] == "http"


def test_sockets_stay_sockets() -> None:
    scope = seen(PROXY, ("X-Forwarded-Proto", "https"), kind="websocket", scheme="ws")

    assert scope["scheme"] == "wss"


def test_a_unix_socket_is_trusted_by_its_name_only() -> None:
    forged = ("X-Forwarded-For", CLIENT)

    assert seen(None, forged)["client"] is None
    assert address(seen(None, forged, proxies=Proxies(["unix"]))) == CLIENT


def test_the_same_holds_for_wsgi(rf: RequestFactory) -> None:
    met: list[dict[str, Any]] = []
    application = BehindProxiesWsgi(lambda environ, start: met.append(environ), TRUSTED)
    for peer in (PROXY, FORGED):
        environ = rf.get(
            "/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": CLIENT, "X-Forwarded-Proto": "https"}
        ).environ
        application(environ, None)

    trusted, stranger = (WSGIRequest(environ) for environ in met)
    assert (trusted.META["REMOTE_ADDR"], trusted.scheme) == (CLIENT, "https")
    assert (stranger.META["REMOTE_ADDR"], stranger.scheme) == (FORGED, "http")
    assert CLIENT not in str(stranger.META)


@pytest.mark.parametrize("word", ["yes", "1", "*", "proxy.example.org", "10.0.0.0/99"])
def test_a_word_that_is_no_address_is_refused(word: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        Proxies([word])


def test_the_program_does_not_start_with_it() -> None:
    environ = {**os.environ, "TRUSTED_PROXIES": "yes", "DJANGO_SETTINGS_MODULE": "config.settings.test"}

    ended = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )

    assert ended.returncode != 0
    assert "“yes” is no address and no network" in ended.stderr


def test_the_served_application_stands_behind_it() -> None:
    from config.asgi import application as asgi
    from config.wsgi import application as wsgi

    assert isinstance(asgi, BehindProxies)
    assert isinstance(wsgi, BehindProxiesWsgi)
