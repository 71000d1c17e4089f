"""The one client for addresses that people give: feeds, push services, web hooks of their own.

Such an address must not lead into the network that Warroom stands in. So a name is resolved once, every address it
has is checked, and the connection goes to a checked address, not to the name: a name that answers differently the
second time gains nothing. Redirects are checked the same way. What an operator allows stands in
WARROOM_OUTBOUND_ALLOW. Proxies of the environment are not used: behind one the address can't be checked.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NoAnswerYet
from dataclasses import dataclass, field
from functools import lru_cache
from http.client import HTTPException
from time import monotonic
from typing import TypeAlias
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from common.errors import Invalid, PartnerTrouble

#: seconds for all of it: name, connection, answer, redirects
TIME = 5.0
#: bytes of an answer's body
MOST_BYTES = 1_000_000
MOST_REDIRECTS = 3
_MOST_URL = 2_000
_PORTS = {"http": 80, "https": 443}
_MOVED = {301, 302, 303, 307, 308}
#: what may go on to another host when an answer points there
_HARMLESS = {"accept", "user-agent", "if-none-match", "if-modified-since"}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: all of IPv6 that is given out for the internet (IANA); the rest is local, old or special
_UNICAST = ipaddress.ip_network("2000::/3")

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Answer:
    """What came back. `url` is where it came from after redirects; header names are in lower case."""

    status: int
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Allowed:
    network: ipaddress.IPv4Network | ipaddress.IPv6Network
    port: int | None


def check_url(url: str, *, field: str = "url") -> str:
    """Return an address as it is kept, after what can be told without asking anybody.

    :raises Invalid: it is no http or https address, carries a password, or plainly leads into the network.
    """
    clean = url.strip()
    try:
        parts = _split(clean)
        literal = _literal(parts.hostname or "")
        if literal is not None:
            _require_allowed(parts, [literal])
    except PartnerTrouble as trouble:
        raise Invalid(str(trouble), field=field) from None
    return clean


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    seconds: float = TIME,
    most_bytes: int = MOST_BYTES,
    anywhere: bool = False,
) -> Answer:
    """Call an address that a person gave, and return what it answers, whatever the status.

    `anywhere`: the operator gave this address in the environment; it and what it leads to may stand in the network.
    Redirects (three at most) are followed for GET and HEAD alone, and never from https to http.

    :raises PartnerTrouble: it may not be called (permanent), is not there, is too slow, or answers too much;
        `unclear` where it may have been done although no answer came.
    """
    end = monotonic() + seconds
    sent = {"user-agent": "Warroom", **{name.lower(): value for name, value in (headers or {}).items()}}
    follows = method in ("GET", "HEAD")
    for _ in range(MOST_REDIRECTS + 1):
        parts = _split(url)
        answer = _call(method, parts, sent, body, end, most_bytes, anywhere=anywhere)
        where = answer.headers.get("location", "")
        if not (follows and answer.status in _MOVED and where):
            return answer
        url = urljoin(url, where)
        there = _split(url)
        if parts.scheme == "https" and there.scheme == "http":
            raise PartnerTrouble("The address leads on to one that is not encrypted.", permanent=True)
        if (there.scheme, there.netloc) != (parts.scheme, parts.netloc):
            sent = {name: value for name, value in sent.items() if name in _HARMLESS}
    raise PartnerTrouble(f"The address leads on and on: more than {MOST_REDIRECTS} redirects.", permanent=True)


def _call(
    method: str,
    parts: SplitResult,
    headers: Mapping[str, str],
    body: bytes | None,
    end: float,
    most: int,
    *,
    anywhere: bool,
) -> Answer:
    host = parts.hostname or ""
    addresses = _resolve(parts, end)
    if not anywhere:
        _require_allowed(parts, addresses)
    watch = _Watch(end)
    kinds: dict[str, Callable[..., HTTPConnection]] = {"http": _Plain, "https": _Encrypted}
    connection = kinds[parts.scheme](host, _port(parts), timeout=max(0.1, end - monotonic()))
    connection.reach = (addresses, watch)  # type: ignore[attr-defined]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    asked = False
    try:
        connection.connect()
        asked = True
        connection.request(
            method, target, body=body, headers={**headers, "accept-encoding": "identity"}, preload_content=False
        )
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, parts.geturl(), _read(response, named, most, watch), named)
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        said = "does not answer in time" if watch.is_over or isinstance(error, TimeoutError) else "can't be reached"
        if isinstance(error, ssl.SSLError):
            said = "has no certificate that can be trusted"
        unclear = asked and method not in ("GET", "HEAD")
        raise PartnerTrouble(f"{host} {said}.", unclear=unclear, code="no_answer") from error
    finally:
        watch.stop()
        connection.close()


def _read(response: HTTPResponse, headers: Mapping[str, str], most: int, watch: "_Watch") -> bytes:
    if headers.get("content-encoding", "identity") != "identity":
        raise PartnerTrouble("The answer is compressed although that was not asked for.", permanent=True)
    said = headers.get("content-length", "")
    whole = bytearray()
    while len(whole) <= most and not (said.isdigit() and int(said) > most):
        piece = response.read1(65_536)
        if not piece:
            if watch.is_over:
                raise TimeoutError
            return bytes(whole)
        whole += piece
    raise PartnerTrouble(f"The answer is larger than {most:,} bytes.", permanent=True, code="too_large")


# --- Where it may go ------------------------------------------------------------------------------------


def _split(url: str) -> SplitResult:
    """Take an address apart, or refuse what is none that may be called."""
    wrong = PartnerTrouble("Write a whole address, as in https://example.com/calendar.ics.", permanent=True)
    if len(url) > _MOST_URL or any(c <= " " or c in '\\"<>^`{|}' or c == "\x7f" for c in url):
        raise wrong
    try:
        parts = urlsplit(url)
        port = _port(parts)
    except (ValueError, KeyError):
        raise wrong from None
    if not parts.hostname or not 0 < port < 65_536 or not url.isascii():
        raise wrong
    if parts.username is not None or parts.password is not None:
        raise PartnerTrouble("An address must not carry a name or a password.", permanent=True)
    return parts._replace(fragment="")


def _port(parts: SplitResult) -> int:
    """:raises KeyError: a scheme that is not called here; ValueError: no port."""
    usual = _PORTS[parts.scheme]
    return usual if parts.port is None else parts.port


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


_asking = ThreadPoolExecutor(max_workers=8, thread_name_prefix="names")


def _resolve(parts: SplitResult, end: float) -> list[Address]:
    """The addresses of a name."""
    host, port = parts.hostname or "", _port(parts)
    asked: Future[list[str]] = _asking.submit(addresses_of, host, port)
    try:
        found = asked.result(timeout=max(0.0, end - monotonic()))
    except NoAnswerYet:
        asked.cancel()
        raise PartnerTrouble(f"The name {host} could not be looked up in time.", code="no_answer") from None
    except (OSError, UnicodeError):
        raise PartnerTrouble(f"There is no {host}: the name could not be looked up.", code="no_answer") from None
    addresses = [ipaddress.ip_address(one.partition("%")[0]) for one in found]
    if not addresses:
        raise PartnerTrouble(f"There is no {host}: the name has no address.", code="no_answer")
    return addresses


def addresses_of(host: str, port: int) -> list[str]:
    """Every address of a name, as the system's resolver has it.

    :raises OSError: there is none.
    """
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _require_allowed(parts: SplitResult, addresses: Iterable[Address]) -> None:
    port = _port(parts)
    for address in map(_meant, addresses):
        if any(address in one.network and one.port in (None, port) for one in _allowed_here()):
            continue
        if not address.is_global or address.is_multicast or (address.version == 6 and address not in _UNICAST):
            raise PartnerTrouble(
                "This address leads into the network that Warroom stands in. "
                "An operator can allow it by WARROOM_OUTBOUND_ALLOW.",
                permanent=True,
                code="address_refused",
            )
        if port not in _PORTS.values():
            raise PartnerTrouble(
                f"Only ports 80 and 443 are called, not {port}. An operator can allow it by WARROOM_OUTBOUND_ALLOW.",
                permanent=True,
                code="address_refused",
            )


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _allowed_here() -> tuple[_Allowed, ...]:
    return _parsed(tuple(settings.OUTBOUND_ALLOW))


@lru_cache(maxsize=8)
def _parsed(words: tuple[str, ...]) -> tuple[_Allowed, ...]:
    return tuple(map(parse_allowed, words))


def parse_allowed(word: str) -> _Allowed:
    """Read one entry of WARROOM_OUTBOUND_ALLOW: `network[:port]`, IPv6 with a port in brackets.

    :raises ValueError: it is none.
    """
    network, port = word.strip(), ""
    if network.startswith("["):
        network, _, port = network[1:].partition("]")
        port = port.removeprefix(":")
    elif network.count(":") == 1:
        network, _, port = network.partition(":")
    return _Allowed(ipaddress.ip_network(network, strict=False), int(port) if port else None)


# --- The connection ---------------------------------------------------------------------------------------


class _Watch:
    """Ends a connection when its time is over: a socket's own limit begins anew with each byte."""

    def __init__(self, end: float) -> None:
        self.is_over = False
        self._handle: socket.socket | None = None
        self._timer = threading.Timer(max(0.0, end - monotonic()), self._cut)
        self._timer.daemon = True

    def over(self, connection: socket.socket) -> None:
        """From now on it is this connection. The copy of the handle stays good when encryption takes the first."""
        self._handle = connection.dup()
        self._timer.start()

    def stop(self) -> None:
        self._timer.cancel()
        if self._handle is not None:
            self._handle.close()

    def _cut(self) -> None:
        self.is_over = True
        if self._handle is not None:
            try:
                self._handle.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed meanwhile, which is what was wanted


class _Reaching(HTTPConnection):
    """Connects to the first of the addresses that were checked that is there, whatever the name says now."""

    reach: tuple[list[Address], _Watch]

    def _new_conn(self) -> socket.socket:
        addresses, watch = self.reach
        for address in addresses:
            try:
                connection = socket.create_connection((str(address), self.port), timeout=self.timeout)
            except OSError:
                if address == addresses[-1]:
                    raise
            else:
                watch.over(connection)
                return connection
        raise OSError("no address")


class _Plain(_Reaching):
    """http."""


class _Encrypted(_Reaching, HTTPSConnection):
    """https: the certificate is checked against the name."""

    def __init__(self, host: str, port: int, *, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout, ssl_context=ssl.create_default_context())


__all__ = ["MOST_BYTES", "TIME", "Answer", "check_url", "parse_allowed", "request"]
