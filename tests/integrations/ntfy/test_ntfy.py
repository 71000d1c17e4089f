"""Paging by ntfy, against a server with a journal."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import User
from common.errors import Invalid, PartnerTrouble, Unavailable
from connections.models import Connection
from integrations.ntfy.pager import NtfyPager
from oncall.links import answer_url
from oncall.models import ContactMethod
from oncall.operations import contacts
from oncall.ports import Facts
from tests.factories import make_connection
from tests.factories.paging import make_page

pytestmark = pytest.mark.django_db


class Server(ThreadingHTTPServer):
    daemon_threads = True
    journal: list[tuple[dict[str, Any], str]]
    status = 200


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.journal.append((body, self.headers.get("Authorization", "")))
        said = json.dumps({"id": f"m{len(self.server.journal)}"}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """The journal says it better."""


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.journal = []
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    settings.OUTBOUND_ALLOW = [f"127.0.0.1:{made.server_address[1]}"]
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def ntfy(db: None, server: Server) -> Connection:
    url = f"http://127.0.0.1:{server.server_address[1]}"
    return make_connection("ntfy", secrets={"token": "tk_invented"}, settings={"server": f"{url}/"})


@pytest.fixture
def method(ntfy: Connection, server: Server, actor_cleo: Actor) -> ContactMethod:
    added = contacts.add_method(kind="ntfy", address="cleo-9f3kq", by=actor_cleo)
    contacts.send_code(method=added, by=actor_cleo)
    contacts.verify_method(method=added, code=server.journal[-1][0]["title"][:6], by=actor_cleo)
    return added


FACTS = Facts("#142 Checkout 5xx", "/incidents/142", "SEV1", lines=("Nobody leads yet.",))


def test_a_page_is_loud_and_its_button_takes_it(server: Server, method: ContactMethod, cleo: User) -> None:
    page = make_page(cleo)

    handed = NtfyPager().send_page(method, page, FACTS, again=False)

    said, token = server.journal[-1]
    assert (handed.ref, token) == ("m2", "Bearer tk_invented")
    assert (said["topic"], said["title"], said["priority"]) == ("cleo-9f3kq", "[SEV1] #142 Checkout 5xx", 5)
    assert said["message"] == "Nobody leads yet."
    assert (said["actions"][0]["url"], said["actions"][0]["body"]) == (answer_url(page), "do=ack")


def test_nothing_private_is_published(server: Server, method: ContactMethod, cleo: User) -> None:
    facts = Facts("Private incident #150", "/incidents/150", "SEV1", lines=("canary",), is_private=True)

    NtfyPager().send_page(method, make_page(cleo), facts, again=False)

    assert "canary" not in str(server.journal)


def test_the_token_goes_to_its_own_server_alone(server: Server, ntfy: Connection, method: ContactMethod) -> None:
    Connection.objects.update(settings={"server": "https://ntfy.example.org"})

    NtfyPager().send_test(method)

    assert server.journal[-1][1] == ""


@pytest.mark.parametrize(("status", "permanent"), [(403, True), (413, True), (429, False), (507, False)])
def test_what_a_refusal_means(server: Server, method: ContactMethod, cleo: User, status: int, permanent: bool) -> None:
    server.status = status

    with pytest.raises(PartnerTrouble) as caught:
        NtfyPager().send_page(method, make_page(cleo), FACTS, again=False)

    assert caught.value.permanent == permanent


@pytest.mark.parametrize("address", ["", "a topic", "https://ntfy.example.org/", "ftp://x/y", "http://10.0.0.1/topic"])
def test_what_is_no_topic_is_refused(ntfy: Connection, actor_cleo: Actor, address: str) -> None:
    with pytest.raises(Invalid):
        contacts.add_method(kind="ntfy", address=address, by=actor_cleo)


def test_without_a_connection_no_topic_can_be_added(actor_cleo: Actor) -> None:
    with pytest.raises(Unavailable, match="not set up here"):
        contacts.add_method(kind="ntfy", address="https://ntfy.example.org/cleo", by=actor_cleo)
