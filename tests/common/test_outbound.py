"""Addresses that people give: what may be called, and what an answer may cost."""

import http.server
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from common import outbound
from common.errors import Invalid, PartnerTrouble


@dataclass
class Server:
    """A web server on loopback that answers as the test says, with a journal of what it was asked."""

    port: int = 0
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0
    answers: Callable[[Any], None] = lambda handler: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/feed.ics"


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    found = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            found.connections += 1
            super().setup()

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.asked.append((self.command, self.path, headers, body))
            found.answers(self)

        do_GET = do_POST = handle_one

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.daemon_threads = True
    found.port = web.server_address[1]
    found.answers = says(b"hello")
    settings.OUTBOUND_ALLOW = [f"127.0.0.1:{found.port}"]
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    yield found
    web.shutdown()
    web.server_close()
    thread.join()


def says(body: bytes, status: int = 200, **headers: str) -> Callable[[Any], None]:
    def run(handler: Any) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return run


def refusal(method: str, url: str, **more: Any) -> PartnerTrouble:
    with pytest.raises(PartnerTrouble) as caught:
        outbound.request(method, url, **more)
    return caught.value


# --- What works -----------------------------------------------------------------------------------------
def test_an_allowed_address_is_asked_and_its_answer_comes_back(server: Server) -> None:
    server.answers = says(b"BEGIN:VCALENDAR", ETag='"7"')

    answer = outbound.request("GET", server.url, headers={"If-None-Match": '"6"'})

    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"BEGIN:VCALENDAR", '"7"')
    [(method, path, headers, _)] = server.asked
    assert (method, path, headers["if-none-match"], headers["accept-encoding"]) == (
        "GET",
        "/feed.ics",
        '"6"',
        "identity",
    )
    assert headers["host"] == f"127.0.0.1:{server.port}"


def test_an_error_is_an_answer_too(server: Server) -> None:
    server.answers = says(b"gone", 410)

    assert outbound.request("POST", server.url, body=b"push").status == 410
    assert server.asked[0][3] == b"push"


# --- Where it may not go ----------------------------------------------------------------------------------
INSIDE = [
    *(
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
    ),
    *(
        "localhost",
        "LOCALHOST",
        "localhost.",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
    ),
    *("100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1"),
    *("255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[fc00::1]"),
    *(
        "[fd12:3456::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::a00:1]",
        "[2002:7f00:1::]",
    ),
    *("[2002:a00:1::1]", "[2001:db8::1]", "[::127.0.0.1]", "[0:0:0:0:0:ffff:7f00:0001]", "[100::1]", "0x7f.0.0.1"),
]


@pytest.mark.parametrize("host", INSIDE)
def test_no_form_of_an_address_leads_inside(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args, **more: connected.append(args))

    for scheme in ("http", "https"):
        trouble = refusal("GET", f"{scheme}://{host}/")
        assert trouble.permanent or trouble.code == "no_answer"

    assert connected == []


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com", "/etc/passwd", "file:///etc/passwd", "ftp://example.com/", "gopher://example.com/1"),
        *("http://", "http:///path", "http://user@example.com/", "http://a:b@example.com/", "http://example.com:0/"),
        *(
            "http://example.com:99999/",
            "http://example.com:abc/",
            "http://exa mple.com/",
            "http://example.com\\@127.0.0.1/",
        ),
        *(
            "http://example.com/\r\nX: 1",
            "http://example.com/\x00",
            "http://[::1",
            "http://bücher.example/",
            "javascript:1",
        ),
        *("http://①②⑦.⓪.⓪.①/", "//example.com/", "http://example.com/" + "a" * 2000),
    ],
)
def test_what_is_no_address_is_refused_by_name(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        outbound.check_url(url, field="feed")
    assert caught.value.field == "feed"
    assert refusal("GET", url).permanent


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "[::1]", "[::ffff:10.0.0.1]"])
def test_a_plain_inside_address_is_refused_when_it_is_entered(host: str) -> None:
    with pytest.raises(Invalid, match="WARROOM_OUTBOUND_ALLOW"):
        outbound.check_url(f"https://{host}/feed.ics")


def test_other_ports_need_an_operator(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "addresses_of", lambda host, port: ["93.184.216.34"])

    assert "Only ports 80 and 443" in str(refusal("GET", "http://example.com:8443/"))


def test_an_allowed_network_is_allowed_at_its_port_alone(server: Server, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = [f"127.0.0.1:{server.port + 1}", "10.0.0.0/8", "[fd00::/8]:8443"]

    assert refusal("GET", server.url).code == "address_refused"
    assert server.connections == 0


@pytest.mark.parametrize(
    ("word", "network", "port"),
    [
        ("10.0.0.0/8", "10.0.0.0/8", None),
        ("192.168.1.5:8443", "192.168.1.5/32", 8443),
        ("fd00::/8", "fd00::/8", None),
        ("[fd00::/8]:8443", "fd00::/8", 8443),
        ("[::1]", "::1/128", None),
    ],
)
def test_what_an_operator_allows_is_read(word: str, network: str, port: int | None) -> None:
    found = outbound.parse_allowed(word)

    assert (str(found.network), found.port) == (network, port)


def test_one_bad_address_among_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "addresses_of", lambda host, port: ["93.184.216.34", "10.0.0.1"])

    assert refusal("GET", "http://two-faced.example/").code == "address_refused"


def test_a_name_that_changes_its_answer_gains_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is asked once, and the connection goes to what was checked."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    monkeypatch.setattr(outbound, "addresses_of", lambda host, port: next(answers))
    reached: list[object] = []
    real = socket.create_connection

    def connect(address: tuple[str, int], *args: Any, **more: Any) -> socket.socket:
        reached.append(address)
        return real(address, *args, **more)

    monkeypatch.setattr(socket, "create_connection", connect)

    outbound.request("GET", f"http://rebinding.example:{server.port}/")

    assert reached == [("127.0.0.1", server.port)]
    assert server.asked[0][2]["host"] == f"rebinding.example:{server.port}"


def test_a_dead_address_of_a_name_is_passed_over(
    server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8", "::1"]
    monkeypatch.setattr(outbound, "addresses_of", lambda host, port: ["::1", "127.0.0.1"])

    assert outbound.request("GET", f"http://two.example:{server.port}/").status == 200


# --- Redirects -----------------------------------------------------------------------------------------------
def test_a_redirect_is_checked_like_the_first(server: Server) -> None:
    server.answers = says(b"", 302, location="http://169.254.169.254/latest/meta-data/")

    assert refusal("GET", server.url).code == "address_refused"
    assert len(server.asked) == 1


def test_redirects_end(server: Server) -> None:
    server.answers = says(b"", 302, location="/again")

    assert "redirects" in str(refusal("GET", server.url))
    assert len(server.asked) == 4


def test_a_post_follows_nobody(server: Server) -> None:
    server.answers = says(b"", 307, location="/elsewhere")

    assert outbound.request("POST", server.url, body=b"x").status == 307
    assert len(server.asked) == 1


def test_a_secret_stays_with_whom_it_was_meant_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def lead_on(handler: Any) -> None:
        here = f"http://other.example:{server.port}/there"
        (says(b"there") if handler.path == "/there" else says(b"", 302, location=here))(handler)

    monkeypatch.setattr(outbound, "addresses_of", lambda host, port: ["127.0.0.1"])
    server.answers = lead_on

    outbound.request("GET", server.url, headers={"Authorization": "Bearer secret", "Accept": "text/calendar"})

    first, second = (headers for _, _, headers, _ in server.asked)
    assert (first["authorization"], first["accept"]) == ("Bearer secret", "text/calendar")
    assert "authorization" not in second
    assert second["accept"] == "text/calendar"


# --- What it may cost -------------------------------------------------------------------------------------------
def test_a_huge_answer_is_not_read_to_its_end(server: Server) -> None:
    assert "larger than 100 bytes" in str(_with(server, says(b"x" * 101)))


def test_an_endless_answer_neither(server: Server) -> None:
    def drip(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for _ in range(10_000):
            try:
                handler.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            except OSError:
                return

    assert "larger than 100 bytes" in str(_with(server, drip))


def _with(server: Server, answers: Callable[[Any], None]) -> PartnerTrouble:
    server.answers = answers
    return refusal("GET", server.url, most_bytes=100)


def test_a_compressed_answer_is_refused_before_it_grows(server: Server) -> None:
    server.answers = says(b"\x1f\x8b", content_encoding="gzip")

    assert "compressed" in str(refusal("GET", server.url))


@pytest.mark.parametrize("where", ["nothing", "headers", "body"])
def test_slow_answers_end_when_the_time_is_over(server: Server, where: str) -> None:
    """Each byte comes well within a socket's limit; all of it does not."""
    stop = threading.Event()

    def drip(handler: Any) -> None:
        if where == "body":
            handler.send_response(200)
            handler.send_header("content-length", "1000")
            handler.end_headers()
        while not stop.wait(0.05):
            try:
                handler.wfile.write({"nothing": b"", "headers": b"H", "body": b"x"}[where])
                handler.wfile.flush()
            except OSError:
                return

    server.answers = drip
    began = time.monotonic()

    trouble = refusal("POST", server.url, seconds=0.6)

    stop.set()
    assert (str(trouble), trouble.unclear) == ("127.0.0.1 does not answer in time.", True)
    assert 0.5 <= time.monotonic() - began < 5


def test_nobody_there_is_clear(settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.OUTBOUND_ALLOW = [f"127.0.0.1:{port}"]

    trouble = refusal("POST", f"http://127.0.0.1:{port}/")

    assert (str(trouble), trouble.unclear, trouble.permanent) == ("127.0.0.1 can't be reached.", False, False)


def test_a_broken_connection_leaves_a_post_unclear(server: Server) -> None:
    server.answers = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)

    assert refusal("POST", server.url, body=b"x").unclear
    assert not refusal("GET", server.url).unclear


def test_a_certificate_that_nobody_vouches_for_is_refused(server: Server, settings: Any) -> None:
    """A server that speaks no TLS at all stands in for it: the talk ends before anything is sent."""
    settings.OUTBOUND_ALLOW = [f"127.0.0.1:{server.port}"]

    trouble = refusal("POST", f"https://127.0.0.1:{server.port}/", body=b"secret")

    assert not trouble.unclear
    assert server.asked == []
    assert ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED


def test_no_proxy_of_the_environment_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert outbound.request("GET", server.url).status == 200
