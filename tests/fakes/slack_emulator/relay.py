"""Between the emulator and Warroom: every signed event goes on several times, and out of order."""

import http.client
import queue
import random
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

_PASSED_ON = ("Content-Type", "X-Slack-Request-Timestamp", "X-Slack-Signature")
#: events that come closer together than this (seconds) are shuffled with one another
_GATHER = 0.3


@dataclass(frozen=True)
class _Event:
    headers: dict[str, str]
    body: bytes


class Relay:
    """`address` takes the emulator's events; they are delivered once `to` says where."""

    def __init__(self, *, copies: int, seed: int) -> None:
        self._copies, self._random = copies, random.Random(seed)
        self._events: queue.SimpleQueue[_Event | None] = queue.SimpleQueue()
        self._target = ""
        self.taken = 0
        self.refused: list[int] = []

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.relay = self
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/events"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self._worker: threading.Thread | None = None
        return self

    def __exit__(self, *error: object) -> None:
        self.halt()
        self._server.shutdown()
        self._server.server_close()

    def to(self, url: str) -> None:
        """Deliver from now on, to Warroom at this address."""
        self._target = url
        self._worker = threading.Thread(target=self._work, daemon=True)
        self._worker.start()

    def halt(self) -> None:
        """Deliver what has come, and nothing more: Warroom is about to stop."""
        if self._worker is not None:
            self._events.put(None)
            self._worker.join(timeout=30)
            assert not self._worker.is_alive()
            self._worker = None

    def put(self, event: _Event) -> None:
        self._events.put(event)

    def _work(self) -> None:
        while (first := self._events.get()) is not None:
            batch = [first]
            while True:
                try:
                    event = self._events.get(timeout=_GATHER)
                except queue.Empty:
                    break
                if event is None:
                    self._events.put(None)
                    break
                batch.append(event)
            sending = batch * self._copies
            self._random.shuffle(sending)
            for event in sending:
                self._deliver(event)

    def _deliver(self, event: _Event) -> None:
        parts = urlsplit(self._target)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            connection.request("POST", "/hooks/slack/events", event.body, event.headers)
            status = connection.getresponse().status
        finally:
            connection.close()
        if status == 200:
            self.taken += 1
        else:
            self.refused.append(status)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    relay: Relay


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
        self.server.relay.put(_Event(headers, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """The relay counts."""
