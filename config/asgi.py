"""The ASGI entry: the hook door, WebSockets, Django."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.db import DatabaseError, connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

from common import live  # noqa: E402
from config.proxies import BehindProxies, Proxies  # noqa: E402
from config.running import WatchThread  # noqa: E402
from integrations.kit.door import HookDoor  # noqa: E402
from integrations.kit.environment import connections_from_environment  # noqa: E402
from web.room.sockets import socket_application, start_watching, stop_watching  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)
door = HookDoor()
#: seconds that the start waits for a database that does not answer
_PATIENCE = 5.0


async def _application(scope: Scope, receive: Receive, send: Send) -> None:
    """Send each connection to who serves it."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "websocket":
        await socket_application(scope, receive, send)
    elif scope["type"] == "http" and scope["path"].startswith("/hooks/"):
        await door(scope, receive, send)
    else:
        await django_application(scope, receive, send)  # type: ignore[arg-type]


async def _lifespan(receive: Receive, send: Send) -> None:
    watch = WatchThread()
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            live.own_loop(asyncio.get_running_loop())
            await _connect_what_the_environment_names()
            door.start()
            await start_watching()
            watch.start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            watch.stop()
            await stop_watching()
            door.stop()
            live.own_loop(None)
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _connect_what_the_environment_names() -> None:
    """Nobody declares here before the chat that the environment names is known, whichever process starts first."""

    def connect() -> None:
        try:
            connections_from_environment()
        except DatabaseError as error:
            log.warning("connections of the environment wait for the clock's start: %s", error)
        finally:
            connection.close()

    await asyncio.wait([asyncio.create_task(asyncio.to_thread(connect))], timeout=_PATIENCE)


application = BehindProxies(_application, Proxies(settings.TRUSTED_PROXIES))
