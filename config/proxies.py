"""Who a request comes from, where proxies stand in front.

`X-Forwarded-For` and `X-Forwarded-Proto` are words of whoever connects. They are believed from the addresses
in `TRUSTED_PROXIES` only; from everybody else they are taken away before anything reads them, so nothing
further in (limits per address, secure cookies, links) has to ask again.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: for a server behind a unix socket, where the peer has no address.
UNIX = "unix"
_FOR, _PROTO = "x-forwarded-for", "x-forwarded-proto"
_SAID = {_FOR, _PROTO, "forwarded", "x-forwarded-host", "x-forwarded-port", "x-forwarded-server", "x-real-ip"}
_SECURE = {"http": "https", "ws": "wss"}


class Proxies:
    """The proxies that are believed: addresses, networks, and `unix`.

    :raises ImproperlyConfigured: a word is none of these.
    """

    def __init__(self, words: Iterable[str]) -> None:
        given = list(words)
        self._unix = UNIX in given
        self._networks = [_network(word) for word in given if word != UNIX]

    def __bool__(self) -> bool:
        return self._unix or bool(self._networks)

    def trusts(self, peer: str) -> bool:
        """Tell whether this peer is one of them; "" is the other end of a unix socket."""
        if not peer:
            return self._unix
        address = address_of(peer)
        return address is not None and any(address in network for network in self._networks)

    def client(self, peer: str, forwarded_for: Sequence[str]) -> str:
        """The nearest address that is no proxy of ours, read from the peer backwards.

        What stands before it was written by somebody who is not believed.
        """
        found = peer
        for word in reversed([word for value in forwarded_for for word in value.split(",")]):
            address = address_of(word.strip())
            if not self.trusts(found) or address is None:
                break
            found = str(address)
        return found

    def is_secure(self, forwarded_proto: Sequence[str]) -> bool | None:
        """Whether the nearest proxy was spoken to by https; None where it does not say."""
        said = ",".join(forwarded_proto).rpartition(",")[2].strip().lower()
        return {"https": True, "wss": True, "http": False, "ws": False}.get(said)


def _network(word: str) -> Network:
    try:
        return ipaddress.ip_network(word, strict=False)
    except ValueError:
        raise ImproperlyConfigured(
            f"TRUSTED_PROXIES: “{word}” is no address and no network; write 127.0.0.1, 172.16.0.0/12 or {UNIX}"
        )


def address_of(word: str) -> Address | None:
    """Read an address, with a port or in brackets too; an IPv4 address in IPv6 clothes is IPv4."""
    if word.startswith("["):
        word = word[1:].partition("]")[0]
    elif word.count(":") == 1:
        word = word.partition(":")[0]
    try:
        found = ipaddress.ip_address(word)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


class BehindProxies:
    """Wraps the ASGI application: client and scheme as a trusted proxy says, or as the connection is."""

    def __init__(self, application: Application, proxies: Proxies) -> None:
        self._application = application
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = self._seen(scope)
        await self._application(scope, receive, send)

    def _seen(self, scope: Scope) -> Scope:
        said: dict[str, list[str]] = {}
        kept = []
        for name, value in scope["headers"]:
            word = name.decode("latin-1").lower()
            if word in _SAID:
                said.setdefault(word, []).append(value.decode("latin-1"))
            else:
                kept.append((name, value))
        if not said:
            return scope
        seen = {**scope, "headers": kept}
        peer = str(scope["client"][0]) if scope.get("client") else ""
        if self._proxies.trusts(peer):
            client = self._proxies.client(peer, said.get(_FOR, []))
            if client != peer:
                seen["client"] = (client, 0)
            secure = self._proxies.is_secure(said.get(_PROTO, []))
            if secure is not None:
                plain = "ws" if scope["type"] == "websocket" else "http"
                seen["scheme"] = _SECURE[plain] if secure else plain
        return seen


class BehindProxiesWsgi:
    """The same for the WSGI application."""

    def __init__(self, application: Callable[..., Any], proxies: Proxies) -> None:
        self._application = application
        self._proxies = proxies

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        names = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in _SAID}
        said = {name: environ.pop(key) for name, key in names.items() if key in environ}
        peer = str(environ.get("REMOTE_ADDR") or "")
        if said and self._proxies.trusts(peer):
            environ["REMOTE_ADDR"] = self._proxies.client(peer, [said.get(_FOR, "")])
            secure = self._proxies.is_secure([said.get(_PROTO, "")])
            if secure is not None:
                environ["wsgi.url_scheme"] = "https" if secure else "http"
        return self._application(environ, start_response)
