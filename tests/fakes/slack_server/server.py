"""The HTTP side of the fake: reads a request, lets the workspace answer, misbehaves where asked to."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from tests.fakes.slack_server import (  # noqa: F401 - most are there to register their methods
    chat,
    conversations,
    hosting,
    oauth,
    sockets,
    spec,
    views,
)
from tests.fakes.slack_server.faults import Fault, Faults
from tests.fakes.slack_server.forms import Hands
from tests.fakes.slack_server.journal import Entry, Journal, Window
from tests.fakes.slack_server.outbox import Outbox, event_parcel
from tests.fakes.slack_server.params import Params, read_params
from tests.fakes.slack_server.people import People
from tests.fakes.slack_server.registry import ALL_SCOPES, METHODS
from tests.fakes.slack_server.sockets import Sockets
from tests.fakes.slack_server.world import Channel, Refusal, World

#: methods whose limit counts per channel, so their Retry-After does too
_PER_CHANNEL = {"chat.postMessage"}
_RESPONSE = "response_url"
#: a request for the bytes of a file, by this name in the journal and for faults
_FILE = "file"
_FILES = ("/files-pri/", "/upload/")
_MOST_RESPONSES, _RESPONSE_SECONDS = 5, 30 * 60
#: events that reach an app wherever it is a member
_EVERYWHERE = {"channel_created", "user_change"}


@dataclass
class Reply:
    """What goes out on the wire; None as body means: never answer."""

    status: int = 200
    body: bytes | None = b""
    headers: Mapping[str, str] = ()  # type: ignore[assignment]
    cut: bool = False


class FakeSlack(People, Hands):
    """One workspace, one app, one server."""

    def __init__(
        self, *, signing_secret: str = "shhh", token: str = "xoxb-1-2-three", app_token: str = "xapp-1-A1-2-three"
    ) -> None:
        self.world = World()
        self.world.scopes = set(ALL_SCOPES)
        self.world.tokens |= {token: "ok", app_token: "ok"}
        self.world.sockets = self.sockets = Sockets()
        self.world.emit = self._emit
        self.token, self.app_token, self.signing_secret = token, app_token, signing_secret
        self.journal = Journal()
        self.faults = Faults()
        self.outbox = Outbox(signing_secret, self.world.now)
        self.responses: dict[str, list[dict[str, Any]]] = {}
        self.violations: list[str] = []
        self._events = 0
        self._born: dict[str, float] = {}
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler, self)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.api_url = f"{self.address}/api/"
        self.world.address = self.address

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), name="slack", daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.closing.set()
        self.sockets.stop()
        self._server.shutdown()
        self._server.server_close()

    # --- what tests program -----------------------------------------------------------------------
    def fail(
        self,
        method: str,
        fault: Fault,
        *,
        times: int | None = 1,
        where: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> None:
        """The next `times` requests of a method (`*`: any, `response_url`: answers) go wrong."""
        self.faults.add(method, fault, times, where)

    def heal(self) -> None:
        """Everything works again."""
        self.faults.heal()

    def shift(self, seconds: float) -> None:
        """Move the workspace's time."""
        self.world.offset += seconds

    def revoke_token(self) -> None:
        self.world.tokens[self.token] = "token_revoked"

    def posts(self, channel: Channel | str) -> list[dict[str, Any]]:
        """Our messages in a channel as they stand now, oldest first, without Slack's own notices."""
        found = self.world.channels[channel] if isinstance(channel, str) else channel
        return [m.as_json() for m in found.in_order() if m.is_ours and "subtype" not in m.extra]

    def _emit(self, event: dict[str, Any], channel: Channel | None) -> None:
        if channel is None or self.world.bot.id in channel.members or event["type"] in _EVERYWHERE:
            self.outbox.put(event_parcel(self.envelope(event)))

    # --- what the handler calls -------------------------------------------------------------------
    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request, or misbehave."""
        place = urlsplit(path).path
        is_api = place.startswith("/api/")
        method = place.removeprefix("/api/") if is_api else _FILE if place.startswith(_FILES) else _RESPONSE
        if not is_api and not place.startswith(("/response/", *_FILES)):
            return Reply(404, b"not here")
        params = {"content": body} if method == _FILE else read_params(path, headers.get("Content-Type", ""), body)
        token = headers.get("Authorization", "").removeprefix("Bearer ") or str(params.pop("token", ""))
        with self.world.lock:
            entry = self.journal.open(method, params, self.world.now(), token)
        reply = self._answer(entry, place)
        entry.status = reply.status if reply.body is not None and not reply.cut else entry.status or -1
        self.journal.changed()
        return reply

    def _answer(self, entry: Entry, place: str) -> Reply:
        held = self._held(entry)
        if held is not None:
            return held
        fault = self.faults.take(entry.method, entry.params)
        if fault is not None:
            entry.fault = str(fault)
        if fault is None or fault.applies:
            reply = self._do(entry, place)
            return reply if fault is None else self._spoil(fault, reply)
        return self._fault_alone(fault, entry)

    def _held(self, entry: Entry) -> Reply | None:
        """429 again while a Retry-After runs; such a request is marked in the journal."""
        channel = str(entry.params.get("channel", ""))
        for window in self.journal.windows:
            if window.covers(entry.method, channel, entry.at):
                entry.inside_window = True
                return self._limited(entry, window.until - entry.at)
        return None

    def _limited(self, entry: Entry, seconds: float) -> Reply:
        entry.answer = {"ok": False, "error": "ratelimited"}
        wait = str(max(1, int(seconds + 0.999)))
        return Reply(429, json.dumps(entry.answer).encode(), {"Retry-After": wait})

    def _fault_alone(self, fault: Fault, entry: Entry) -> Reply:
        if fault.kind == "rate_limited":
            channel = str(entry.params.get("channel", "")) if entry.method in _PER_CHANNEL else ""
            self.journal.windows.append(Window(entry.method, channel, entry.at, entry.at + fault.seconds))
            return self._limited(entry, fault.seconds)
        if fault.kind == "refused":
            return self._refusal(entry, Refusal(fault.code, **fault.extra))
        return self._spoil(fault, Reply())

    def _spoil(self, fault: Fault, reply: Reply) -> Reply:
        if fault.kind == "slow":
            self.closing.wait(fault.seconds)
            return reply
        if fault.kind == "broken":
            return Reply(fault.status, b"<html>upstream error</html>")
        return Reply(body=None, cut=fault.kind == "reset")

    def _do(self, entry: Entry, place: str) -> Reply:
        try:
            with self.world.lock:
                if entry.method == _FILE:
                    entry.answer, entry.applied = {"ok": True}, True
                    if place.startswith("/upload/"):
                        return Reply(*hosting.take(self.world, place, entry.params["content"]))
                    return Reply(*hosting.give(self.world, self.world.files, place, entry.token))
                if entry.method == _RESPONSE:
                    return self._take_response(entry, place.removeprefix("/response/"))
                entry.answer = {"ok": True, **self._call(entry)}
                entry.applied = True
        except Refusal as refusal:
            return self._refusal(entry, refusal)
        return Reply(200, json.dumps(entry.answer).encode(), {"X-OAuth-Scopes": ",".join(sorted(self.world.scopes))})

    def _refusal(self, entry: Entry, refusal: Refusal) -> Reply:
        entry.answer = {"ok": False, "error": refusal.code, **refusal.extra}
        return Reply(200, json.dumps(entry.answer).encode(), {"X-OAuth-Scopes": ",".join(sorted(self.world.scopes))})

    def _call(self, entry: Entry) -> dict[str, Any]:
        self.violations += spec.violations(entry.method, entry.params)
        if entry.method == oauth.METHOD:
            return oauth.access(self.world, Params(entry.params), entry.token)
        found = METHODS.get(entry.method)
        if found is None:
            raise Refusal("unknown_method", req_method=entry.method)
        state = self.world.tokens.get(entry.token, "invalid_auth" if entry.token else "not_authed")
        if state != "ok":
            raise Refusal(state)
        if entry.token.startswith("xapp-") != (entry.method == "apps.connections.open"):
            raise Refusal("not_allowed_token_type")
        if found.scopes and not self.world.scopes.intersection(found.scopes):
            provided = ",".join(sorted(self.world.scopes))
            raise Refusal("missing_scope", needed=found.scopes[0], provided=provided)
        return found.function(self.world, Params(entry.params))

    def _take_response(self, entry: Entry, name: str) -> Reply:
        """A response_url takes five answers within half an hour."""
        taken = self.responses.setdefault(name, [])
        born = self._born.setdefault(name, entry.at)
        if len(taken) >= _MOST_RESPONSES or entry.at - born > _RESPONSE_SECONDS:
            code = "used_url" if len(taken) >= _MOST_RESPONSES else "expired_url"
            entry.answer = {"ok": False, "error": code}
            return Reply(404, json.dumps(entry.answer).encode())
        taken.append(dict(entry.params))
        entry.answer, entry.applied = {"ok": True}, True
        return Reply(200, b"ok")

    def response_address(self) -> str:
        address = super().response_address()
        self._born[address.rsplit("/", 1)[-1]] = self.world.now()
        return address


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    #: with the default of 5 a ninth client at once is dropped, and its system tries again a full second later
    request_queue_size = 128
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], slack: FakeSlack) -> None:
        super().__init__(address, handler)
        self.slack = slack

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {key.title(): value for key, value in self.headers.items()}
        reply = self.server.slack.answer(self.path, headers, body)
        if reply.cut:
            # Linger 0: closing sends a reset instead of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        if reply.body is None:
            self.server.slack.closing.wait(60)
            return
        self.send_response(reply.status)
        headers = {"Content-Type": "application/json; charset=utf-8", **dict(reply.headers)}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """The journal says it better."""
