"""The ASGI entry: the hook door, WebSockets, Django."""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

from common import live  # noqa: E402
from config.proxies import BehindProxies, Proxies  # noqa: E402
from integrations.kit.door import HookDoor  # noqa: E402
from web.room.sockets import socket_application, start_watching, stop_watching  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

door = HookDoor()


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
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            live.own_loop(asyncio.get_running_loop())
            door.start()
            await start_watching()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await stop_watching()
            door.stop()
            live.own_loop(None)
            await send({"type": "lifespan.shutdown.complete"})
            return


application = BehindProxies(_application, Proxies(settings.TRUSTED_PROXIES))
