"""One websocket, by slack_sdk's built-in client: it lives once and never opens another by itself.

The client of slack_sdk 3.47 reconnects on every `disconnect` frame, `link_disabled` included, and answers on
the new websocket what came through the old one. So here each websocket is a client of its own; which one
follows which is decided in `group`.
"""

import contextlib
import json
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from common import clock

log = logging.getLogger(__name__)
#: slack_sdk writes whole frames at some levels, and errors that we see and handle ourselves
_quiet = logging.getLogger("integrations.slack.sdk")

_PING_SECONDS = 5.0
_AT_ONCE = 10
#: slack_sdk reads a frame piece by piece, one call deeper for each
_PIECE = 64 * 1024

Request = SocketModeRequest
Response = SocketModeResponse
#: stores a request and says what to acknowledge; None: nothing
Taker = Callable[[SocketModeRequest], SocketModeResponse | None]


class Websocket(SocketModeClient):
    """Connected by `connect()`; `on_change` is called (by any thread) when its state is another."""

    def __init__(self, app_token: str, url: str, *, take: Taker, on_change: Callable[[], None]) -> None:
        super().__init__(
            app_token,
            logger=_quiet,
            auto_reconnect_enabled=False,
            ping_interval=_PING_SECONDS,
            receive_buffer_size=_PIECE,
            concurrency=_AT_ONCE,
            on_close_listeners=[lambda code, reason: on_change()],
        )
        self.wss_uri = url
        self._take, self._on_change = take, on_change
        self._counting = threading.Lock()
        self.born_at = clock.now()
        self.is_greeted = False
        #: why Slack wants it to end ("" as long as it does not), and since when
        self.told_to_go = ""
        self.told_at = self.born_at
        #: envelopes that are not answered yet
        self.in_hand = 0
        self.socket_mode_request_listeners.append(self._answer)

    def enqueue_message(self, message: str) -> None:
        """Called with each frame, before anything else looks at it."""
        frame = _frame(message)
        kind = frame.get("type")
        if kind == "hello":
            self.is_greeted = True
            self._on_change()
        elif kind == "disconnect":
            self.told_to_go, self.told_at = str(frame.get("reason") or "unknown"), clock.now()
            self._on_change()
        elif "envelope_id" in frame:
            self._count(1)
            super().enqueue_message(message)

    def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Never: the group opens the next one."""

    def close(self) -> None:
        """End it. slack_sdk waits for its own reading, up to three seconds; cut off, that ends at once."""
        session = self.current_session
        wire = session.sock if session is not None else None
        if wire is not None:
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
        super().close()

    def _answer(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        try:
            response = self._take(request)
            if response is not None:
                self.send_socket_mode_response(response)
        except (SlackClientError, OSError) as error:
            # It is stored; Slack sends it again and hears it then.
            log.info("an acknowledgement could not be sent: %s", error)
        finally:
            self._count(-1)
            self._on_change()

    def _count(self, change: int) -> None:
        with self._counting:
            self.in_hand += change


def _frame(message: str) -> dict[str, Any]:
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
