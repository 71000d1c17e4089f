"""Nudges: "incident 142 has reached sequence 881". A nudge may be lost; readers also ask by themselves.

One event loop per process owns the channel layer; other threads hand their nudges to it. In a web process
that is the server's loop (`own_loop`), elsewhere a small thread of ours.
"""

import asyncio
import logging
import threading
from typing import Any

from channels.layers import get_channel_layer
from django.db import transaction

log = logging.getLogger(__name__)

#: the group that every process holding open rooms listens to.
GROUP = "rooms"

_loop: asyncio.AbstractEventLoop | None = None
_lock = threading.Lock()
_trouble = False


def own_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """The server says which loop owns the channel layer in this process."""
    global _loop
    _loop = loop


def nudge_after_commit(number: int, sequence: int, access_version: int) -> None:
    """Nudge once per incident and transaction, with the highest sequence, after commit."""
    connection = transaction.get_connection()
    heads: dict[int, tuple[int, int]] | None = getattr(connection, "_warroom_heads", None)
    if heads is None:
        heads = connection._warroom_heads = {}
    heads[number] = (sequence, access_version)
    # Every event registers: the first to run after commit takes the head, the others find nothing. What a
    # rollback left behind is overwritten by the next event of that incident.
    transaction.on_commit(lambda: _flush(number, heads), robust=True)


def _flush(number: int, heads: dict[int, tuple[int, int]]) -> None:
    head = heads.pop(number, None)
    if head:
        send({"type": "room.nudge", "number": number, "sequence": head[0], "access": head[1]})


def send(message: dict[str, Any]) -> None:
    """Hand a message for every process to the loop that owns the channel layer. Never blocks or raises."""
    loop = _loop or _own_thread()
    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        running = None
    if running is loop:
        loop.create_task(_send(message))
    elif not loop.is_closed():
        asyncio.run_coroutine_threadsafe(_send(message), loop)


async def _send(message: dict[str, Any]) -> None:
    global _trouble
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        await asyncio.wait_for(layer.group_send(GROUP, message), timeout=2)
        _trouble = False
    except Exception as error:
        if not _trouble:
            log.warning("the channel layer does not answer, rooms go on by asking: %s", error)
        _trouble = True


def in_trouble() -> bool:
    """True when the last nudge could not be sent (shown on Health)."""
    return _trouble


def _own_thread() -> asyncio.AbstractEventLoop:
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="live", daemon=True).start()
    return _loop
