"""The fake's Socket Mode: `apps.connections.open` gives an address, envelopes go to one of the websockets.

Each envelope and its acknowledgement are in `sent`; what nobody acknowledges is sent again, as Slack does.
"""

import itertools
import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.fakes.slack_server.outbox import Delivered, Parcel
from tests.fakes.slack_server.params import Params
from tests.fakes.slack_server.registry import Answer, method
from tests.fakes.slack_server.world import Refusal, World

KINDS = {"events": "events_api", "commands": "slash_commands", "interactions": "interactive"}
MOST = 10
_DISABLED = "access_denied"


@dataclass
class Envelope:
    """One envelope on its way: through which websocket, and how it was acknowledged (None: not yet)."""

    id: str
    kind: str
    attempt: int
    through: "Link"
    ack: Mapping[str, Any] | None = None


@dataclass(eq=False)
class Link:
    """One websocket, from our hello to its end."""

    wire: ServerConnection
    is_leaving: bool = False
    is_over: bool = False

    def send(self, frame: Mapping[str, Any]) -> None:
        try:
            self.wire.send(json.dumps(frame))
        except ConnectionClosed:
            self.is_over = True


@dataclass
class Sockets:
    """All websockets of the app, and what went through them."""

    links: list[Link] = field(default_factory=list)
    sent: list[Envelope] = field(default_factory=list)
    #: how many addresses were given out
    opened: int = 0
    is_switched_off: bool = False
    #: greet nobody: the websocket opens and stays silent
    is_mute: bool = False
    most: int = MOST
    patience: float = 3.0
    _tickets: set[str] = field(default_factory=set)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)
    _server: Server | None = None

    # --- the server -------------------------------------------------------------------------------
    def _start(self) -> Server:
        server = serve(self._serve, "127.0.0.1", 0, compression=None)
        threading.Thread(target=server.serve_forever, name="slack sockets", daemon=True).start()
        return server

    def stop(self) -> None:
        for link in self.open_links():
            link.wire.close()
        if self._server is not None:
            self._server.shutdown()

    def new_address(self) -> str:
        """The address that `apps.connections.open` gives: for one use."""
        ticket = uuid4().hex
        with self._news:
            self._server = self._server or self._start()
            self._tickets.add(ticket)
            self.opened += 1
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/link/?ticket={ticket}&app_id=A1"

    def _serve(self, wire: ServerConnection) -> None:
        ticket = (wire.request.path if wire.request else "").partition("ticket=")[2].partition("&")[0]
        with self._news:
            if ticket not in self._tickets:
                return
            self._tickets.remove(ticket)
            link = Link(wire)
            is_too_many = len(self._open()) >= self.most
            if not is_too_many:
                self.links.append(link)
        if is_too_many:
            link.send({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": "fake"}})
            return
        if not self.is_mute:
            link.send(
                {
                    "type": "hello",
                    "num_connections": len(self.open_links()),
                    "debug_info": {"host": "fake", "approximate_connection_time": 18060},
                    "connection_info": {"app_id": "A1"},
                }
            )
        with self._news:
            self._news.notify_all()
        try:
            for frame in wire:
                self._acknowledged(json.loads(frame))
        except ConnectionClosed:
            pass
        finally:
            with self._news:
                link.is_over = True
                self._news.notify_all()

    def _acknowledged(self, frame: Mapping[str, Any]) -> None:
        with self._news:
            for envelope in self.sent:
                if envelope.id == frame.get("envelope_id"):
                    envelope.ack = frame
            self._news.notify_all()

    # --- what tests program -----------------------------------------------------------------------
    def _open(self) -> list[Link]:
        return [link for link in self.links if not link.is_over]

    def open_links(self) -> list[Link]:
        """The websockets that are open now."""
        with self._news:
            return self._open()

    def wait(self, until: Callable[["Sockets"], Any], what: str, seconds: float = 10.0) -> None:
        """Return as soon as the condition holds.

        :raises AssertionError: it did not within the time.
        """
        with self._news:
            if not self._news.wait_for(lambda: until(self), timeout=seconds):
                raise AssertionError(
                    f"{what}: not within {seconds} s; {len(self._open())} open, {self.opened} asked for"
                )

    def wait_open(self, count: int, seconds: float = 10.0) -> list[Link]:
        """Return the open websockets once there are exactly so many."""
        self.wait(lambda s: len(s._open()) == count, f"{count} websockets are open", seconds)
        return self.open_links()

    def disconnect(self, link: Link, reason: str) -> None:
        """Say that this websocket is to end; no new envelope goes through it."""
        link.is_leaving = True
        link.send({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}})

    def cut(self, link: Link) -> None:
        """It is gone, without a word."""
        link.wire.socket.shutdown(socket.SHUT_RDWR)

    def send(self, parcel: Parcel, *, link: Link | None = None, attempt: int = 0) -> Envelope:
        """Send it once, through this websocket or the next in turn; does not wait.

        :raises AssertionError: no websocket is open.
        """
        with self._news:
            there = [one for one in self._open() if not one.is_leaving]
            assert link or there, "no websocket is open"
            through = link or there[next(self._turn) % len(there)]
            envelope = Envelope(str(uuid4()), KINDS[parcel.door], attempt, through)
            self.sent.append(envelope)
        payload = payload_of(parcel)
        frame = {
            "envelope_id": envelope.id,
            "type": envelope.kind,
            "payload": payload,
            "accepts_response_payload": parcel.door != "events",
        }
        if parcel.door == "events":
            frame |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        through.send(frame)
        return envelope

    def acknowledged(self, envelope: Envelope, seconds: float | None = None) -> bool:
        """Wait for the acknowledgement, as long as Slack does."""
        with self._news:
            return self._news.wait_for(lambda: envelope.ack is not None, timeout=seconds or self.patience)

    def deliver(self, parcel: Parcel, address: str = "", *, retry: int = 0) -> Delivered:
        """Send it until it is acknowledged, four times at most (commands and interactions once)."""
        for attempt in range(4 if parcel.door == "events" else 1):
            self.wait(lambda s: any(not one.is_leaving for one in s._open()), "a websocket is open", 30)
            envelope = self.send(parcel, attempt=attempt)
            if self.acknowledged(envelope):
                payload = (envelope.ack or {}).get("payload")
                return Delivered(parcel, 200, json.dumps(payload).encode() if payload is not None else b"", retry)
        return Delivered(parcel, 0, retry=retry)


def payload_of(parcel: Parcel) -> dict[str, Any]:
    """What the envelope carries: over HTTP it is JSON, a form, or JSON in a form."""
    found: dict[str, Any]
    if parcel.door == "events":
        found = json.loads(parcel.body)
    elif parcel.door == "commands":
        found = dict(parse_qsl(parcel.body.decode(), keep_blank_values=True))
    else:
        found = json.loads(dict(parse_qsl(parcel.body.decode()))["payload"])
    return found


@method("apps.connections.open")
def open_connection(world: World, params: Params) -> Answer:
    sockets: Sockets | None = world.sockets
    if sockets is None or sockets.is_switched_off:
        raise Refusal(_DISABLED)
    return {"url": sockets.new_address()}
