"""The authorisation matrix: every address × every kind of person × open and private incidents.

An address without a row fails; so does every answer that is not in the table.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from accounts.models import AuditEntry, User
from incidents.models import Incident, TimelineEvent
from tests.api.matrix import rules
from tests.api.matrix.routes import every_route, every_socket
from tests.api.matrix.rows import ROWS, Row
from tests.api.matrix.rules import ACTORS
from tests.api.matrix.world import CANARY, Clients, a_file, build, fill, verdict

pytestmark = pytest.mark.django_db

_METHODS = ("get", "post", "patch", "put", "delete")
#: addresses that others own: their own sign-in pages, and the stock admin.
_ANY, _ADMIN_SITE = "accounts/", "admin/"


@pytest.fixture
def cast(ada: User, bo: User, cleo: User, dan: User) -> dict[str, User]:
    return {"ada": ada, "bo": bo, "cleo": cleo, "dan": dan}


def ask(clients: Clients, row: Row, world: dict[str, Any]) -> Any:
    """Ask, and undo what it did. A page may refuse within its form: then nothing was written."""
    client = clients.api if row.is_api else clients.pages
    body = fill(row.body, world)
    form = "json" if row.is_api else "multipart"
    if row.has_file:
        body, form = {**body, "file": a_file()}, "multipart"
    more = {} if row.method == "get" else {"data": body, "format": form}
    with transaction.atomic():
        before = _written()
        answer = getattr(client, row.method)(row.url.format(**world), **more)
        answer.said = b"".join(answer.streaming_content) if answer.streaming else answer.content
        answer.wrote = _written() != before
        transaction.set_rollback(True)
    return answer


def _written() -> tuple[int, int]:
    return AuditEntry.objects.count(), TimelineEvent.objects.count()


@pytest.mark.parametrize("is_private", [False, True], ids=["open", "private"])
@pytest.mark.parametrize("actor", ACTORS)
def test_everybody_meets_what_the_table_says(cast: dict[str, User], actor: str, is_private: bool) -> None:
    world = build(cast, is_private=is_private)
    clients = Clients(actor, cast, world["number"])
    rows = [row for row in ROWS if row.concerns_incident or not is_private]

    surprises = []
    for row in rows:
        expected = row.rule.expected(actor, is_private=is_private)
        answer = ask(clients, row, world)
        met = verdict(answer)
        if expected == "n" and met == "i" and not row.is_api and not answer.wrote:
            met = "n"
        if met == "!" or expected not in (met, "."):
            surprises.append(f"{row.method.upper()} {row.url}: {expected} → {met} ({answer.status_code})")

    assert not surprises, "\n".join(surprises)


@pytest.mark.parametrize("actor", ["viewer", "responder", "administrator", "reading token", "anonymous"])
def test_a_private_incident_is_found_nowhere(cast: dict[str, User], actor: str) -> None:
    world = build(cast, is_private=True)
    clients = Clients(actor, cast, world["number"])

    leaks = []
    for row in ROWS:
        if actor == "administrator" and row.url.endswith("/join"):
            continue
        answer = ask(clients, row, world)
        told = answer.said.decode("utf-8", "replace") + str(dict(answer.headers))
        if CANARY in told:
            leaks.append(f"{row.method.upper()} {row.url}")

    assert leaks == []


@pytest.mark.parametrize("actor", ["viewer", "member", "administrator"])
def test_reading_changes_nothing(cast: dict[str, User], actor: str) -> None:
    """GET writes nothing but when a session and a token were last used."""
    world = build(cast, is_private=False)
    clients = Clients(actor, cast, world["number"])

    writes = []
    for row in (row for row in ROWS if row.method == "get"):
        with CaptureQueriesContext(connection) as queries:
            ask(clients, row, world)
        writes += [
            f"{row.url}: {query['sql'][:120]}"
            for query in queries
            if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
            and not query["sql"].startswith(('UPDATE "accounts_token"', 'UPDATE "django_session"'))
        ]

    assert not writes, "\n".join(writes)


def test_members_do_find_it(cast: dict[str, User]) -> None:
    """The canary sings where it may: else the test above would prove nothing."""
    world = build(cast, is_private=True)
    clients = Clients("member", cast, world["number"])

    heard = [row.url for row in ROWS if row.method == "get" and CANARY.encode() in ask(clients, row, world).said]

    assert len([url for url in heard if url.startswith("/api/")]) >= 12


# --- every address has a row ------------------------------------------------------------------------


def covered() -> set[tuple[str, str]]:
    """(route, method) of every row."""
    numbers = {name: 1 for name in re.findall(r"{(\w+)}", " ".join(row.url for row in ROWS))}
    return {(resolve(row.url.format(**numbers).split("?")[0]).route, row.method) for row in ROWS}


def test_every_address_has_a_row() -> None:
    known = {route for route, _ in covered()}

    missing = [route for route in every_route() if route not in known and not route.startswith((_ANY, _ADMIN_SITE))]

    assert missing == [], "add rows for these to tests/api/matrix/rows.py"


def test_every_method_of_the_api_has_a_row() -> None:
    known = covered()

    missing = []
    for route, view in every_route().items():
        cls = getattr(view, "view_class", None) or getattr(view, "cls", None)
        if route.startswith("api/") and cls is not None:
            missing += [
                f"{method.upper()} {route}"
                for method in _METHODS
                if hasattr(cls, method) and (route, method) not in known
            ]

    assert missing == []


def plain(route: str) -> str:
    """An address of this route, with something in each place."""
    route = re.sub(r"\^|\$|\\", "", route)
    route = re.sub(r"\(\?P<(\w+)>[^)]*\)", "1", route)
    return "/" + re.sub(r"<[^>]+>", "1", route)


def others(prefix: str) -> Iterator[str]:
    return (plain(route) for route in every_route() if route.startswith(prefix))


@pytest.mark.parametrize("actor", ACTORS)
def test_the_stock_admin_is_for_administrators(cast: dict[str, User], actor: str) -> None:
    world = build(cast, is_private=False)
    clients = Clients(actor, cast, world["number"])
    expected = rules.ADMIN_SITE.expected(actor, is_private=False)

    surprises = []
    for address in others(_ADMIN_SITE):
        if any(word in address for word in ("login", "logout", "password_change")):
            continue
        answer = clients.pages.get(address)
        met = verdict(answer)
        # What may not be added or changed by hand is refused to administrators too.
        if met == "!" or (met != expected and not (expected == "i" and met in "gn")):
            surprises.append(f"{address}: {expected} → {met} ({answer.status_code})")

    assert not surprises, "\n".join(surprises)


@pytest.mark.parametrize("actor", ["anonymous", "viewer", "administrator"])
def test_the_sign_in_pages_never_fail(cast: dict[str, User], actor: str) -> None:
    clients = Clients(actor, cast, build(cast, is_private=False)["number"])

    assert [address for address in others(_ANY) if verdict(clients.pages.get(address)) == "!"] == []


# --- sockets ----------------------------------------------------------------------------------------

SOCKETS = {
    "ws/incidents/<int:number>": "/ws/incidents/{number}?after=0",
    # Every other address; it opens for nobody.
    "(?s)^.*$": "/ws/elsewhere",
}


def test_every_socket_has_a_row() -> None:
    assert sorted(SOCKETS) == sorted(every_socket())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_private", [False, True], ids=["open", "private"])
@pytest.mark.parametrize("actor", ACTORS)
def test_sockets_open_for_who_may_read(cast: dict[str, User], actor: str, is_private: bool) -> None:
    from asgiref.sync import async_to_sync

    world = build(cast, is_private=is_private)
    clients = Clients(actor, cast, world["number"])
    headers = [(b"origin", b"http://testserver")]
    if actor.endswith("token"):
        headers = [(b"authorization", clients.pages._credentials["HTTP_AUTHORIZATION"].encode())]
    elif "sessionid" in clients.pages.cookies:
        headers.append((b"cookie", f"sessionid={clients.pages.cookies['sessionid'].value}".encode()))

    opened = async_to_sync(_opens)(SOCKETS["ws/incidents/<int:number>"].format(**world), headers)

    # A chat token reads nothing, so its socket is closed like a stranger's.
    assert opened == (rules.READ.expected(actor, is_private=is_private) == "i")
    assert Incident.objects.filter(pk=world["number"]).exists()


@pytest.mark.django_db(transaction=True)
def test_no_other_socket_opens_for_anybody(cast: dict[str, User]) -> None:
    from asgiref.sync import async_to_sync

    token = Clients("reading token", cast, build(cast, is_private=False)["number"]).pages._credentials
    header = (b"authorization", token["HTTP_AUTHORIZATION"].encode())

    assert not async_to_sync(_opens)(SOCKETS["(?s)^.*$"], [header])


async def _opens(address: str, headers: list[tuple[bytes, bytes]]) -> bool:
    from channels.testing.websocket import WebsocketCommunicator

    from web.room.sockets import socket_application

    communicator = WebsocketCommunicator(socket_application, address, headers=headers)
    opened, _ = await communicator.connect(timeout=5)
    await communicator.disconnect()
    return bool(opened)
