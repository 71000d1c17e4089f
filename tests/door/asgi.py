"""Knocking at the door without a server: one request as ASGI messages, and the answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.kit.door import HookDoor


@dataclass
class Answer:
    """What came back, and how many messages of the body were asked for."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    read: int = 0

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def knock(
    door: HookDoor,
    path: str,
    body: bytes | Iterable[bytes] | AsyncIterator[bytes] = b"",
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
) -> Answer:
    """Send one request: the body as bytes, or in pieces."""
    answer = Answer()
    pieces = _pieces(body)

    async def receive() -> dict[str, Any]:
        answer.read += 1
        try:
            return {"type": "http.request", "body": await anext(pieces), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            answer.body += message["body"]

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in (headers or {}).items()],
    }
    await door(scope, receive, send)
    return answer


async def _pieces(body: bytes | Iterable[bytes] | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
    elif isinstance(body, AsyncIterator):
        async for piece in body:
            yield piece
    else:
        for piece in body:
            yield piece


async def trickle(piece: bytes, seconds: float) -> AsyncIterator[bytes]:
    """A body that never ends, a piece now and then."""
    while True:
        yield piece
        await asyncio.sleep(seconds)
