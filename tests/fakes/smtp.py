"""A mail server on loopback that speaks SMTP, keeps a journal, and refuses or breaks off as it is told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast


@dataclass
class Mailbox:
    """What came, and what is planned. `refuse`: a code and words by address; `data_code`: of the mail as a whole."""

    url: str = ""
    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refuse: dict[str, tuple[int, str]] = field(default_factory=dict)
    data_code: tuple[int, str] | None = None
    #: takes the mail and hangs up before it says so
    hangs_up: bool = False
    greeting: str = "220 fake.test ESMTP"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails that came for an address."""
        return [mail for recipient, mail in self.mails if recipient == address]

    def pages(self, address: str) -> list[EmailMessage]:
        """Those of them that page somebody; others tell of shifts, or that paging is late."""
        return [mail for mail in self.to(address) if mail["X-Warroom-Marker"]]


class _Dialogue(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box: Mailbox = cast(Any, self.server).box
        self._say(box.greeting)
        recipients: list[str] = []
        for raw in self.rfile:
            line = raw.decode().strip()
            verb = line[:4].upper()
            if verb == "RCPT":
                address = line.partition("<")[2].partition(">")[0]
                code, words = box.refuse.get(address, (250, "fine"))
                recipients += [address] if code == 250 else []
                self._say(f"{code} {words}")
            elif verb == "DATA":
                self._say("354 go on")
                mail = message_from_bytes(self._body(), policy=default)
                if box.data_code is None:
                    box.mails += [(address, cast(EmailMessage, mail)) for address in recipients]
                if box.hangs_up:
                    return
                code, words = box.data_code or (250, "queued as 1")
                recipients = []
                self._say(f"{code} {words}")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _body(self) -> bytes:
        lines = []
        for raw in self.rfile:
            if raw.rstrip(b"\r\n") == b".":
                break
            lines.append(raw[1:] if raw.startswith(b"..") else raw)
        return b"".join(lines)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    box: Mailbox


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A mail server of its own, until the block ends."""
    with _Server(("127.0.0.1", 0), _Dialogue) as server:
        server.box = Mailbox(url=f"smtp://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield server.box
        finally:
            server.shutdown()
