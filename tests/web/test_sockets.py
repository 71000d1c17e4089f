"""The room's socket: who may open it, what it sends, and when it closes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actors import SYSTEM, Actor
from accounts.models import Role, Token, User
from accounts.operations import deactivate_person, make_token, revoke_token, set_role
from incidents.models import Incident
from incidents.operations import people, talk
from incidents.operations.declare import declare_incident
from tests.factories import make_person
from web.room import sockets
from web.room.standing import standing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest_asyncio.fixture
async def watching() -> AsyncIterator[None]:
    """The hub listens to nudges and asks for heads, as in a web process."""
    from common import live

    live.own_loop(asyncio.get_running_loop())
    await sockets.start_watching()
    yield
    await sockets.stop_watching()
    live.own_loop(None)


def _setup() -> tuple[User, User, Incident]:
    ada, dan = make_person("ada@example.com", role="admin"), make_person("dan@example.com", role="viewer")
    return ada, dan, declare_incident(by=Actor.person(ada, "web"), title="Checkout returns 5xx")


@pytest_asyncio.fixture
async def scene() -> tuple[User, User, Incident]:
    return await sync_to_async(_setup)()


def _token(user: User, *scopes: str) -> str:
    return make_token(user=user, name="test", scopes=list(scopes) or ["read"], by=SYSTEM)[1]


def _cookie(user: User) -> str:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies["sessionid"].value


def connection(number: int, headers: dict[str, str], after: int = 0) -> WebsocketCommunicator:
    found = WebsocketCommunicator(
        sockets.socket_application,
        f"/ws/incidents/{number}?after={after}",
        headers=[(name.encode(), value.encode()) for name, value in headers.items()],
    )
    return found


async def frames(socket: WebsocketCommunicator, until: int, seconds: float = 5) -> list[dict[str, Any]]:
    """Read frames with a sequence up to a number; presence and typing are passed over."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["sequence"] < until:
        frame = json.loads(await socket.receive_from(timeout=seconds))
        if "sequence" in frame:
            found.append(frame)
    return found


async def test_a_token_reads_everything_after_a_sequence_and_what_follows(scene: Any, watching: None) -> None:
    ada, _, incident = scene
    by = Actor.person(ada, "web")
    for n in range(3):
        await sync_to_async(talk.say)(number=incident.pk, text=f"line {n}", by=by)
    token = await sync_to_async(_token)(ada)
    socket = connection(incident.pk, {"authorization": f"Bearer {token}"}, after=2)

    assert (await socket.connect())[0]
    missed = await frames(socket, 4)
    await sync_to_async(talk.say)(number=incident.pk, text="live **now**", by=by)
    live = await frames(socket, 5)

    assert [frame["sequence"] for frame in missed + live] == [3, 4, 5]
    assert live[0]["kind"] == "message"
    assert "<strong>now</strong>" in live[0]["html"]
    await socket.disconnect()


async def test_an_edit_names_its_target_and_brings_the_line_folded(scene: Any, watching: None) -> None:
    ada, _, incident = scene
    by = Actor.person(ada, "web")
    line = await sync_to_async(talk.say)(number=incident.pk, text="38 %", by=by)
    token = await sync_to_async(_token)(ada)
    socket = connection(incident.pk, {"authorization": f"Bearer {token}"}, after=line.sequence)
    await socket.connect()

    await sync_to_async(talk.edit_line)(number=incident.pk, sequence=line.sequence, text="3.8 %", by=by)
    (frame,) = await frames(socket, line.sequence + 1)

    assert frame["target"] == line.sequence
    assert frame["folded"]["text"] == "3.8 %"
    assert frame["folded"]["edited"] is True
    await socket.disconnect()


async def test_a_lost_nudge_is_made_good_by_asking(scene: Any, watching: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, _, incident = scene
    token = await sync_to_async(_token)(ada)
    socket = connection(incident.pk, {"authorization": f"Bearer {token}"}, after=incident.last_sequence)
    await socket.connect()
    monkeypatch.setattr("common.live.send", lambda message: None)

    await sync_to_async(talk.say)(number=incident.pk, text="quiet", by=Actor.person(ada, "web"))
    (frame,) = await frames(socket, incident.last_sequence + 1)

    assert frame["text"] == "quiet"
    await socket.disconnect()


async def test_the_browsers_session_opens_it_from_our_own_pages(scene: Any) -> None:
    ada, _, incident = scene
    cookie = await sync_to_async(_cookie)(ada)
    socket = connection(incident.pk, {"cookie": f"sessionid={cookie}", "origin": "http://testserver"})

    assert (await socket.connect())[0]
    await socket.disconnect()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://testserver"},
        {"authorization": "Bearer wr_wrong"},
        {"authorization": "Basic abc"},
        {"cookie": "sessionid=wrong", "origin": "http://testserver"},
    ],
)
async def test_nobody_else_opens_it(scene: Any, headers: dict[str, str]) -> None:
    socket = connection(scene[2].pk, headers)

    assert not (await socket.connect())[0]


async def test_a_session_from_another_site_does_not_open_it(scene: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    ada, _, incident = scene
    cookie = await sync_to_async(_cookie)(ada)
    for origin in ("https://elsewhere.example", "null", ""):
        socket = connection(incident.pk, {"cookie": f"sessionid={cookie}", "origin": origin})

        assert not (await socket.connect())[0], origin


async def test_a_chat_token_does_not_read_rooms(scene: Any) -> None:
    ada, _, incident = scene
    token = await sync_to_async(_token)(ada, "chat")

    assert not (await connection(incident.pk, {"authorization": f"Bearer {token}"}).connect())[0]


async def test_a_private_room_is_closed_to_outsiders_and_like_one_that_is_not_there(scene: Any) -> None:
    ada, dan, _ = scene
    private = await sync_to_async(declare_incident)(by=Actor.person(ada, "web"), title="Leak", is_private=True)
    token = await sync_to_async(_token)(dan)
    answers = [
        await connection(number, {"authorization": f"Bearer {token}"}).connect() for number in (private.pk, 99_999)
    ]

    assert answers[0] == answers[1]
    assert answers[0][0] is False


async def test_who_is_removed_is_cut_off_within_five_seconds(scene: Any, watching: None) -> None:
    ada, dan, incident = scene
    by = Actor.person(ada, "web")
    await sync_to_async(people.invite)(number=incident.pk, user=dan, by=by)
    await sync_to_async(people.set_private)(number=incident.pk, is_private=True, by=by)
    token = await sync_to_async(_token)(dan)
    socket = connection(incident.pk, {"authorization": f"Bearer {token}"}, after=9_999)
    assert (await socket.connect())[0]

    await sync_to_async(people.remove_member)(number=incident.pk, user=dan, by=by)
    closed = await _closed(socket, 5)
    await sync_to_async(talk.say)(number=incident.pk, text="secret", by=by)

    assert closed == 4404
    assert await socket.receive_nothing()


async def test_what_is_made_private_right_after_opening_is_not_read_on(scene: Any) -> None:
    ada, dan, incident = scene
    by = Actor.person(ada, "web")
    reading, member = await _open(dan, incident.pk), await _open(ada, incident.pk)

    await sync_to_async(people.set_private)(number=incident.pk, is_private=True, by=by)
    said = await sync_to_async(talk.say)(number=incident.pk, text="secret", by=by)
    await sockets.hub.look()

    assert await _closed(reading, 5) == 4404
    assert await reading.receive_nothing()
    assert (await frames(member, said.sequence))[-1]["text"] == "secret"
    await member.disconnect()


async def test_a_late_nudge_hands_no_private_line_to_who_came_before(scene: Any) -> None:
    ada, dan, incident = scene
    by = Actor.person(ada, "web")
    first = await sync_to_async(talk.say)(number=incident.pk, text="open", by=by)
    access = (await sync_to_async(Incident.objects.get)(pk=incident.pk)).access_version
    reading = await _open(dan, incident.pk, after=first.sequence - 1)
    await frames(reading, first.sequence)
    for reader in sockets.hub.readers(incident.pk):
        reader.sequence = first.sequence - 1

    await sync_to_async(people.set_private)(number=incident.pk, is_private=True, by=by)
    await sync_to_async(talk.say)(number=incident.pk, text="secret", by=by)
    await sockets.hub.nudge(incident.pk, first.sequence, access)

    assert await _closed(reading, 5) == 4404


async def test_who_is_invited_to_a_private_room_goes_on_reading(scene: Any) -> None:
    ada, dan, incident = scene
    by = Actor.person(ada, "web")
    await sync_to_async(people.invite)(number=incident.pk, user=dan, by=by)
    reading = await _open(dan, incident.pk)

    await sync_to_async(people.set_private)(number=incident.pk, is_private=True, by=by)
    said = await sync_to_async(talk.say)(number=incident.pk, text="for us", by=by)
    await sockets.hub.look()

    assert (await frames(reading, said.sequence))[-1]["text"] == "for us"
    await reading.disconnect()


async def _open(user: User, number: int, after: int | None = None) -> WebsocketCommunicator:
    """A socket that begins at the newest line."""
    token = await sync_to_async(_token)(user)
    if after is None:
        after = (await sync_to_async(Incident.objects.get)(pk=number)).last_sequence
    before = len(sockets.hub.readers(number))
    socket = connection(number, {"authorization": f"Bearer {token}"}, after=after)
    assert (await socket.connect())[0]
    while len(sockets.hub.readers(number)) == before:
        await asyncio.sleep(0)
    return socket


def _sign_out(cookie: str) -> None:
    client = Client()
    client.cookies["sessionid"] = cookie
    client.post("/accounts/logout/")


async def test_signing_out_closes_the_rooms_that_were_open(scene: Any, watching: None) -> None:
    _, dan, incident = scene
    cookie, other = await sync_to_async(_cookie)(dan), await sync_to_async(_cookie)(dan)
    here, elsewhere = [
        connection(incident.pk, {"cookie": f"sessionid={each}", "origin": "http://testserver"}, after=99)
        for each in (cookie, other)
    ]
    assert (await here.connect())[0]
    assert (await elsewhere.connect())[0]

    await sync_to_async(_sign_out)(cookie)

    assert await _closed(here, 5) == 4404
    await elsewhere.send_to(text_data='{"type":"ping"}')
    assert await _pong(elsewhere)
    await elsewhere.disconnect()


async def _pong(socket: WebsocketCommunicator) -> bool:
    frame = json.loads(await socket.receive_from(timeout=3))
    while frame["type"] == "presence":
        frame = json.loads(await socket.receive_from(timeout=3))
    return bool(frame == {"type": "pong"})


def _revoke(user: User, by: Actor) -> None:
    for token in Token.objects.filter(user=user):
        revoke_token(token=token, by=by)


ENDS: dict[str, Callable[[User, Actor], object]] = {
    "a revoked token": _revoke,
    "a deactivated account": lambda user, by: deactivate_person(user=user, by=by),
    "a role that was taken": lambda user, by: set_role(user=user, role=Role.VIEWER, by=by),
    "a changed password": lambda user, by: _new_password(user),
}


def _new_password(user: User) -> None:
    user.set_password("another long one 81")
    user.save()


@pytest.mark.parametrize("end", ["a revoked token", "a deactivated account", "a role that was taken"])
async def test_a_token_that_stands_no_more_closes_its_socket(scene: Any, end: str) -> None:
    ada, dan, incident = scene
    await sync_to_async(User.objects.filter(pk=dan.pk).update)(role=Role.RESPONDER)
    reading, other = await _open(dan, incident.pk), await _open(ada, incident.pk)

    await sync_to_async(ENDS[end])(await sync_to_async(User.objects.get)(pk=dan.pk), Actor.person(ada, "web"))
    await sockets.end_fallen()

    assert await _closed(reading, 5) == 4404
    assert len(sockets.hub.readers(incident.pk)) == 1
    await other.disconnect()


@pytest.mark.parametrize("end", ["a deactivated account", "a role that was taken", "a changed password"])
async def test_a_session_that_stands_no_more_closes_its_socket(scene: Any, end: str) -> None:
    ada, dan, incident = scene
    await sync_to_async(User.objects.filter(pk=dan.pk).update)(role=Role.RESPONDER)
    cookie = await sync_to_async(_cookie)(dan)
    reading = connection(incident.pk, {"cookie": f"sessionid={cookie}", "origin": "http://testserver"}, after=99)
    assert (await reading.connect())[0]

    await sync_to_async(ENDS[end])(await sync_to_async(User.objects.get)(pk=dan.pk), Actor.person(ada, "web"))
    await sockets.end_fallen()

    assert await _closed(reading, 5) == 4404


async def test_asking_who_still_stands_costs_the_same_for_many(scene: Any) -> None:
    ada, dan, incident = scene
    costs = []
    opened: list[WebsocketCommunicator] = []

    def cost() -> int:
        with CaptureQueriesContext(database) as asked:
            standing({reader.opened_with for reader in sockets.hub.readers(incident.pk)})  # type: ignore[attr-defined]
        return len(asked)

    for readers in ([dan], [ada] * 5 + [dan] * 5):
        opened += [await _open(user, incident.pk) for user in readers]
        costs.append(await sync_to_async(cost)())

    assert costs[0] == costs[1] <= 3
    for socket in opened:
        await socket.disconnect()


@pytest.mark.parametrize("address", ["/ws/incidents/5\x00", "/ws/incidents/x", "/ws", "/ws/incidents/" + "9" * 5000])
async def test_an_address_of_no_room_is_closed_like_a_room_that_is_not_there(address: str) -> None:
    socket = WebsocketCommunicator(sockets.socket_application, "/")
    socket.scope["path"] = address

    assert await socket.connect() == (False, 4404)


async def _closed(socket: WebsocketCommunicator, seconds: float) -> int | None:
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        message = await socket.receive_output(timeout=seconds)
        if message["type"] == "websocket.close":
            return int(message["code"])
    return None


async def test_twenty_sockets_a_person_and_no_more(scene: Any) -> None:
    ada, _, incident = scene
    token = await sync_to_async(_token)(ada)
    opened: list[WebsocketCommunicator] = []
    make: Callable[[], WebsocketCommunicator] = lambda: connection(  # noqa: E731
        incident.pk, {"authorization": f"Bearer {token}"}
    )
    for _ in range(20):
        socket = make()
        assert (await socket.connect())[0]
        opened.append(socket)

    assert not (await make().connect())[0]
    for socket in opened:
        await socket.disconnect()


async def test_nonsense_from_the_browser_is_ignored(scene: Any) -> None:
    ada, _, incident = scene
    token = await sync_to_async(_token)(ada)
    socket = connection(incident.pk, {"authorization": f"Bearer {token}"}, after=99)
    await socket.connect()

    for text in (
        "[" * 60_000,
        '{"a":' * 60_000,
        "{",
        "[]",
        '"x"',
        '{"type": "typing", "name": "<script>"}',
        '{"type":"ping"}',
    ):
        await socket.send_to(text_data=text)

    answer = json.loads(await socket.receive_from(timeout=3))
    while answer.get("type") == "presence":
        answer = json.loads(await socket.receive_from(timeout=3))
    assert answer == {"type": "pong"}
    await socket.disconnect()
