"""The door for machines: the small, hot path in front of Django for everything under /hooks/.

Find the connection (cached), check the signature over the raw bytes, store the raw row together with
whatever arrives at the same moment, commit, answer. Nothing is parsed here.
"""

import asyncio
import hmac
import json
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.db.models import F

from common.ids import digest
from common.testing.killpoint import killpoint
from connections.models import Connection
from connections.secrets import LostKey
from integrations.kit.arriving import kept, ring, stable_id
from integrations.kit.manifest import Door, Headers, manifests
from integrations.kit.writer import Arrived, Writer

log = logging.getLogger(__name__)

_NOT_STORED = b'{"title":"Not stored; send it again."}'

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_FRESH = 2.0
_READ_SECONDS = 10.0
# Senders give up after 3 to 5 seconds; then they had better hear 503 and send it again.
_STORE_SECONDS = 4.0
_PATIENCE = 0.5


@dataclass(frozen=True)
class Known:
    """What the door needs of a connection."""

    pk: int
    secrets: dict[str, Any]
    key_digests: tuple[str, ...]


class HookDoor:
    """An ASGI application for /hooks/."""

    def __init__(self) -> None:
        self._writer = Writer(after_commit=ring)
        self._doors: dict[str, tuple[str, Door]] = {}
        self._known: dict[str, list[Known]] = {}
        self._read_at = 0.0
        self._is_blind = True
        self._reading: asyncio.Future[None] | None = None
        self._refused: dict[int, int] = {}
        self._writes_soon = False

    def start(self) -> None:
        """Learn the doors and start the writer."""
        self._doors = {door.path: (manifest.slug, door) for manifest in manifests().values() for door in manifest.doors}
        self._writer.start()

    def stop(self) -> None:
        self._writer.stop()

    def forget(self) -> None:
        """A connection changed in this process: read them again at the next request."""
        self._read_at = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope["path"])[len("/hooks/") :].rstrip("/")
        key = ""
        found = self._doors.get(path)
        if found is None and "/" in path:
            path, _, key = path.rpartition("/")
            found = self._doors.get(path)
        if found is None or bool(key) != found[1].by_key:
            await _answer(send, 404, b'{"title":"There is no hook at this address."}')
            return
        kind, door = found
        if scope["method"] != "POST":
            await _answer(send, 405, b'{"title":"Hooks take POST."}')
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        await self._take(kind, door, key, headers, receive, send)

    async def _take(
        self, kind: str, door: Door, key: str, headers: dict[str, str], receive: Receive, send: Send
    ) -> None:
        limit = settings.ALERT_BODY_LIMIT if door.is_alert_source else settings.HOOK_BODY_LIMIT
        if headers.get("content-encoding", "identity") not in ("identity", ""):
            await _answer(send, 415, b'{"title":"Send the body without compression."}')
            return
        try:
            raw = await asyncio.wait_for(_read(receive, headers, limit), _READ_SECONDS)
        except TimeoutError:
            await _answer(send, 408, b'{"title":"The body came too slowly."}')
            return
        known = await self._connections(kind)
        if raw is None:
            await self._too_large(known, door, key, limit, send)
            return
        connection = _match(known, door, key, headers, raw)
        if connection is None and time.monotonic() - self._read_at > 0.2:
            self.forget()
            connection = _match(await self._connections(kind), door, key, headers, raw)
        if connection is None and self._is_blind:
            await _answer(send, 503, _NOT_STORED, retry=True)
            return
        if connection is None:
            self._count_refused(known)
            await _answer(send, 401, b'{"title":"Missing or wrong signature or key."}')
            return
        killpoint("K1")
        arrived = Arrived(
            connection_id=connection.pk,
            door=door.path,
            outside_id=stable_id(door, headers, raw),
            headers=kept(headers),
            body=raw,
        )
        if not await self._stored(arrived):
            await _answer(send, 503, _NOT_STORED, retry=True)
            return
        killpoint("K2")
        now = door.answer(raw) if door.answer else None
        if now is not None:
            await _answer(send, now[0], now[2], content_type=now[1])
        else:
            await _answer(send, door.accepted_status, b"" if door.accepted_status == 200 else b'{"status":"accepted"}')

    async def _stored(self, arrived: Arrived) -> bool:
        """Store it; False when that failed or takes too long (it may still be stored: then a repeat is known)."""
        try:
            await asyncio.wait_for(self._writer.store(arrived), _STORE_SECONDS)
        except Exception as error:
            log.error("a hook could not be stored: %r", error)
            return False
        return True

    async def _connections(self, kind: str) -> list[Known]:
        """The connections of a kind, at most two seconds old; older where the database lets us wait."""
        if time.monotonic() - self._read_at > _FRESH:
            if self._reading is None or self._reading.done():
                self._reading = asyncio.get_running_loop().run_in_executor(None, self._read_connections)
            await asyncio.wait([self._reading], timeout=_PATIENCE)
        return self._known.get(kind, [])

    def _read_connections(self) -> None:
        close_old_connections()
        try:
            found: dict[str, list[Known]] = {}
            for row in Connection.objects.filter(is_on=True):
                found.setdefault(row.kind, []).append(Known(row.pk, _secrets_of(row), _keys_of(row)))
            self._known, self._is_blind = found, False
            self._flush_refused()
        except Exception as error:
            self._is_blind = True
            log.warning("connections can't be read, the last known ones are used: %s", error)
        finally:
            self._read_at = time.monotonic()
            close_old_connections()

    def _count_refused(self, known: list[Known]) -> None:
        for connection in known:
            self._refused[connection.pk] = self._refused.get(connection.pk, 0) + 1
        if known and not self._writes_soon:
            # The page of the connection is being looked at while somebody sets it up: nothing else may come.
            self._writes_soon = True
            asyncio.get_running_loop().call_later(_FRESH, self._write_refused)

    def _write_refused(self) -> None:
        self._writes_soon = False
        asyncio.get_running_loop().run_in_executor(None, self._read_connections)

    def _flush_refused(self) -> None:
        refused, self._refused = self._refused, {}
        for pk, count in list(refused.items()):
            Connection.objects.filter(pk=pk).update(refused_count=F("refused_count") + count)

    async def _too_large(self, known: list[Known], door: Door, key: str, limit: int, send: Send) -> None:
        """A body over the limit: the owner of a keyed address sees a failed row that says how to shrink it."""
        wanted = digest(key) if key else ""
        connection = next((c for c in known if key and _has_key(c, wanted)), None)
        text = f"The body is larger than {limit // 1024} kB. Send fewer alerts in one message."
        if connection is not None:
            minute = int(time.time() // 60)
            await self._stored(Arrived(connection.pk, door.path, f"too-large:{minute}", "{}", b"", failed=text))
        else:
            self._count_refused(known)
        await _answer(send, 413, json.dumps({"title": text}).encode())


def _match(known: list[Known], door: Door, key: str, headers: Headers, raw: bytes) -> Known | None:
    if door.by_key:
        wanted = digest(key)
        return next((c for c in known if _has_key(c, wanted)), None)
    now = time.time()
    return next((c for c in known if door.verify(headers, raw, c.secrets, now)), None)


def _keys_of(row: Connection) -> tuple[str, ...]:
    """Its key, and the former one while it is rotated."""
    return tuple(found for found in (row.key_digest, row.former_key_digest) if found)


def _has_key(known: Known, wanted: str) -> bool:
    return any([hmac.compare_digest(found, wanted) for found in known.key_digests])


def _secrets_of(row: Connection) -> dict[str, Any]:
    """The secrets; without the key that opens them there are none, and only this connection refuses."""
    try:
        return row.secrets
    except LostKey as error:
        log.error("the secrets of the connection “%s” can't be read: %s", row.name, error)
        return {}


async def _read(receive: Receive, headers: Headers, limit: int) -> bytes | None:
    """Return the body, or None when it is larger than the limit (what follows is not read)."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        return None
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise TimeoutError
        body = message.get("body", b"")
        size += len(body)
        if size > limit:
            return None
        parts.append(body)
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(
    send: Send, status: int, body: bytes, *, content_type: str = "application/json", retry: bool = False
) -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if retry:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
