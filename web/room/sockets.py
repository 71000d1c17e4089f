"""`/ws/incidents/<number>?after=<sequence>`: every event after that number, then everything new.

Presence and typing frames carry no sequence. A session cookie (Origin checked) or a Bearer header opens it.
"""

import asyncio
import json
import logging
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from channels.sessions import CookieMiddleware, SessionMiddleware
from django.conf import settings
from django.contrib.auth import aget_user
from django.db import close_old_connections
from django.urls import path, re_path

from accounts.api.authentication import token_of
from accounts.models import User
from common import live
from incidents.models import Incident
from web.room.hub import Hub
from web.room.presence import AGAIN, HERE, WHO, Presence
from web.room.standing import Pass, standing

log = logging.getLogger(__name__)

hub = Hub()
_MOST_PER_USER = 20
_QUEUE = 2000
#: what a browser says is short: {"type": "typing"}
_LONGEST_SAID = 2000
#: seconds between two looks at whose session, token or account has ended
_STANDING_EVERY = 2
_TYPING, _TYPING_EVERY = "room.typing", 2.0
_CLOSE_UNKNOWN, _CLOSE_FULL = 4404, 4429
_open: dict[int, int] = {}
_tasks: set[asyncio.Task[None]] = set()


class RoomSocket(AsyncWebsocketConsumer):
    """One browser, or program, reading one room."""

    #: no layer of that name: a socket has no channel of its own, the hub hands it everything, and it opens
    #: while the channel layer is away
    channel_layer_alias = "none"
    user: User
    opened_with: Pass
    number: int
    sequence = 0
    access = 0
    _is_shut = False
    _typed_at = 0.0

    async def connect(self) -> None:
        self.number = int(self.scope["url_route"]["kwargs"]["number"])
        self._out: asyncio.Queue[list[dict[str, Any]]] = asyncio.Queue(_QUEUE)
        self._sender: asyncio.Task[None] | None = None
        user = await self._who()
        incident = await _visible(user, self.number) if user else None
        if user is None or incident is None:
            await self.close(_CLOSE_UNKNOWN)
            return
        if _open.get(user.pk, 0) >= _MOST_PER_USER:
            await self.close(_CLOSE_FULL)
            return
        _open[user.pk] = _open.get(user.pk, 0) + 1
        self.user = user
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        after = query.get("after", ["0"])[0]
        self.sequence = int(after) if after.isdecimal() and len(after) < 18 else 0
        self.access = incident.access_version
        await self.accept()
        self._sender = asyncio.create_task(self._send_forever())
        hub.join(self.number, self)
        await hub.catch_up(self.number, self)
        presence.came(self.number)
        _spawn(presence.changed(self.number))

    async def _who(self) -> User | None:
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in self.scope["headers"]}
        if "authorization" in headers:
            token = await sync_to_async(token_of)(headers["authorization"])
            if token is None or not token.allows("read"):
                return None
            self.opened_with = Pass(token.user.pk, token.user.role, token.user.password, token=token.pk)
            return token.user
        if not _same_origin(headers.get("origin", "")):
            return None
        session = self.scope["session"]
        user = await aget_user(_Request(session))  # type: ignore[arg-type]
        if not isinstance(user, User) or not user.is_active:
            return None
        self.opened_with = Pass(user.pk, user.role, user.password, session=session.session_key or "")
        return user

    def offer(self, frames: list[dict[str, Any]]) -> None:
        """Queue frames; a reader that is too slow is cut off and comes back with its sequence number."""
        if self._is_shut:
            return
        new = [frame for frame in frames if frame.get("sequence", 1 << 62) > self.sequence]
        if not new:
            return
        numbers = [frame["sequence"] for frame in new if "sequence" in frame]
        if numbers:
            self.sequence = numbers[-1]
        try:
            self._out.put_nowait(new)
        except asyncio.QueueFull:
            _spawn(self._shut(_CLOSE_FULL))

    async def _send_forever(self) -> None:
        while True:
            for frame in await self._out.get():
                await self.send(text_data=_dump(frame))

    async def check_access(self) -> None:
        incident = await _visible(self.user, self.number)
        if incident is None:
            await self.end()
        else:
            self.access = incident.access_version

    async def end(self) -> None:
        """Who reads here may not any more."""
        await self._shut(_CLOSE_UNKNOWN)

    async def _shut(self, code: int) -> None:
        """Close once; nothing is sent from now on, whatever waits in the queue."""
        if self._is_shut:
            return
        self._is_shut = True
        hub.leave(self.number, self)
        if self._sender:
            self._sender.cancel()
        await self.close(code)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """The browser says only what is fleeting: typing, seen. Lines go by HTTP."""
        if len(text_data or "") > _LONGEST_SAID:
            return
        try:
            message = json.loads(text_data or "{}")
        except (ValueError, RecursionError):
            return
        if not isinstance(message, dict):
            return
        if message.get("type") == "ping":
            await self.send(text_data='{"type":"pong"}')
        elif message.get("type") == "typing":
            frame = {"type": "typing", "user": self.user.pk, "name": self.user.name}
            hub.tell(self.number, frame, but=self)
            self._type_elsewhere(frame)

    def _type_elsewhere(self, frame: dict[str, Any]) -> None:
        """Readers in other processes hear of it too, at most every other second."""
        now = time.monotonic()
        if now - self._typed_at > _TYPING_EVERY:
            self._typed_at = now
            live.send({"type": _TYPING, "process": presence.process, "number": self.number, "frame": frame})

    async def disconnect(self, code: int) -> None:
        if self._sender:
            self._sender.cancel()
        if hasattr(self, "user"):
            _open[self.user.pk] = max(0, _open.get(self.user.pk, 1) - 1)
            if not _open[self.user.pk]:
                _open.pop(self.user.pk, None)
            hub.leave(self.number, self)
            _spawn(presence.changed(self.number))


class _Request:
    """As much of a request as `aget_user` looks at."""

    def __init__(self, session: Any) -> None:
        self.session = session


def _dump(frame: dict[str, Any]) -> str:
    """Encode a frame once for all its readers."""
    text = frame.get("_text")
    if text is None:
        text = json.dumps(frame, ensure_ascii=False, default=str)
        frame["_text"] = text
    return str(text)


def _same_origin(origin: str) -> bool:
    if not origin:
        return False
    host = urlsplit(origin).netloc
    return origin == settings.BASE_URL or host.split(":")[0] in settings.ALLOWED_HOSTS


async def _visible(user: User, number: int) -> Incident | None:
    def look() -> Incident | None:
        close_old_connections()
        fresh = User.objects.filter(pk=user.pk, is_active=True).first()
        return Incident.objects.visible_to(fresh).filter(pk=number).first() if fresh else None

    return await sync_to_async(look)()


def _spawn(coroutine: Any) -> None:
    task = asyncio.ensure_future(coroutine)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _listen() -> None:
    """Take nudges from the channel layer for all rooms of this process."""
    layer = get_channel_layer()
    if layer is None:
        return
    while True:
        try:
            channel = await layer.new_channel("rooms")
            await layer.group_add(live.GROUP, channel)
            while True:
                message = await layer.receive(channel)
                if message["type"] == "room.nudge":
                    _spawn(hub.nudge(message["number"], message["sequence"], message["access"]))
                elif message["type"] == _TYPING:
                    if message["process"] != presence.process:
                        hub.tell(message["number"], dict(message["frame"]))
                elif message["type"] in (HERE, WHO):
                    _show_again(presence.hear(message))
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("the channel layer is gone, rooms go on by asking: %s", error)
            await asyncio.sleep(1)


def _show_again(numbers: list[int]) -> None:
    for number in numbers:
        _spawn(presence.changed(number, tell_others=False))


def _people_here(number: int) -> dict[int, str]:
    return {reader.user.pk: reader.user.name for reader in hub.readers(number) if isinstance(reader, RoomSocket)}


presence = Presence(here=_people_here, rooms=hub.open_rooms, show=hub.tell, send=lambda message: live.send(message))


async def _say_again() -> None:
    while True:
        await asyncio.sleep(AGAIN)
        _show_again(presence.again())


async def _look_around() -> None:
    while True:
        await asyncio.sleep(1)
        try:
            await hub.look()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("open rooms can't be asked for: %s", error)


async def _look_who_stands() -> None:
    """Signing out, a revoked token or a lost role end open sockets too, and not only the next request."""
    while True:
        await asyncio.sleep(_STANDING_EVERY)
        try:
            await end_fallen()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("it can't be asked who may still read: %s", error)


async def end_fallen() -> None:
    """Close the sockets of this process whose session, token or account has ended."""
    readers = [
        reader for number in hub.open_rooms() for reader in hub.readers(number) if isinstance(reader, RoomSocket)
    ]
    if not readers:
        return
    good = await sync_to_async(standing)({reader.opened_with for reader in readers})
    for reader in readers:
        if reader.opened_with not in good:
            await reader.end()


async def start_watching() -> None:
    """Begin to listen; called once the server's loop runs."""
    for coroutine in (_listen(), _look_around(), _look_who_stands(), _say_again()):
        _spawn(coroutine)


async def stop_watching() -> None:
    for task in list(_tasks):
        task.cancel()


class NoRoom(AsyncWebsocketConsumer):
    """Any other address: closed like a room that is not there."""

    channel_layer_alias = "none"

    async def connect(self) -> None:
        await self.close(_CLOSE_UNKNOWN)


socket_application = CookieMiddleware(
    SessionMiddleware(
        URLRouter([path("ws/incidents/<int:number>", RoomSocket.as_asgi()), re_path(r"(?s)^.*$", NoRoom.as_asgi())])
    )
)
