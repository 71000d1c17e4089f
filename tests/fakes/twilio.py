"""A small Twilio: messages and calls with a journal, trouble on demand, and requests signed as Twilio signs them."""

import base64
import hashlib
import hmac
import json
import re
import socket
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "invented-auth-token", "+15005550006"
#: no answer, though it was taken
LOST = -2


@dataclass
class Entry:
    """One thing that was asked for."""

    kind: str
    sid: str
    fields: dict[str, list[str]]
    status: int

    def one(self, name: str) -> str:
        """A parameter that stands once."""
        return self.fields.get(name, [""])[0]


@dataclass
class FakeTwilio:
    """`refuse`: (status, code, words) by number; `faults`: the same, or LOST, for the next requests in order."""

    token: str = TOKEN
    journal: list[Entry] = field(default_factory=list)
    refuse: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    faults: list[Any] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def taken(self, kind: str = "") -> list[Entry]:
        """What was accepted: texts ("Messages"), calls ("Calls")."""
        return [entry for entry in self.journal if entry.status == 201 and kind in ("", entry.kind)]

    def texts(self, number: str) -> list[str]:
        """What was texted to a number, in order."""
        return [entry.one("Body") for entry in self.taken("Messages") if entry.one("To") == number]

    def take(self, path: str, fields: dict[str, list[str]], authorization: str) -> tuple[int, dict[str, Any]]:
        """Do what a request asks for."""
        found = re.fullmatch(rf"/2010-04-01/Accounts/{ACCOUNT}(?:/(Messages|Calls)(?:/(\w+))?)?\.json", path)
        wanted = "Basic " + base64.b64encode(f"{ACCOUNT}:{self.token}".encode()).decode()
        if authorization != wanted:
            return self._refused("", fields, 401, 20003, "Authenticate")
        if found is None:
            return self._refused("", fields, 404, 20404, "The requested resource was not found")
        if found[1] is None:
            return 200, {"sid": ACCOUNT, "status": "active"}
        with self._lock:
            number = fields.get("To", [""])[0]
            planned = self.refuse.get(number)
            if planned:
                return self._refused(found[1], fields, *planned)
            if found[2]:
                self.journal.append(Entry("Change", found[2], fields, 200))
                return 200, {"sid": found[2]}
            missing = {"To", "From" if "MessagingServiceSid" not in fields else "MessagingServiceSid"} - fields.keys()
            missing |= {"Body"} - fields.keys() if found[1] == "Messages" else {"Twiml"} - fields.keys()
            if missing:
                return self._refused(found[1], fields, 400, 21201, f"Missing {missing}")
            sid = f"{'SM' if found[1] == 'Messages' else 'CA'}{len(self.journal):032x}"
            self.journal.append(Entry(found[1], sid, fields, 201))
            return 201, {"sid": sid, "status": "queued"}

    def _refused(
        self, kind: str, fields: dict[str, list[str]], status: int, code: int, words: str
    ) -> tuple[int, dict[str, Any]]:
        self.journal.append(Entry(kind, "", fields, status))
        return status, {"code": code, "message": words, "status": status}

    def sign(self, url: str, form: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of a request of Twilio's to an address."""
        said = url + "".join(f"{name}{form[name]}" for name in sorted(form))
        made = hmac.new(self.token.encode(), said.encode(), hashlib.sha1).digest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "X-Twilio-Signature": base64.b64encode(made).decode(),
        }
        return urlencode(form).encode(), headers

    def status_of(self, entry: Entry, status: str, **more: str) -> tuple[str, bytes, dict[str, str]]:
        """A receipt of something: where it goes, body and headers."""
        name = "Message" if entry.kind == "Messages" else "Call"
        form = {"AccountSid": ACCOUNT, f"{name}Sid": entry.sid, "To": entry.one("To"), **more}
        if status:
            form[f"{name}Status"] = status
        url = entry.one("StatusCallback")
        return url, *self.sign(url, form)

    def text_from(self, number: str, text: str, url: str, sid: str) -> tuple[str, bytes, dict[str, str]]:
        """A text message of somebody's: where it goes, body and headers."""
        form = {"AccountSid": ACCOUNT, "MessageSid": sid, "From": number, "To": NUMBER, "Body": text}
        return url, *self.sign(url, form)

    def key(self, entry: Entry, digits: str) -> tuple[str, bytes, dict[str, str]]:
        """A key pressed in a call: where it goes, as the call's own words say, body and headers."""
        found = re.search(r'action="([^"]+)"', entry.one("Twiml"))
        assert found, "the call asks for no key"
        form = {"AccountSid": ACCOUNT, "CallSid": entry.sid, "To": entry.one("To"), "Digits": digits}
        return found[1], *self.sign(found[1], form)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    fake: FakeTwilio

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        fake = self.server.fake
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fields = parse_qs(raw.decode(), keep_blank_values=True)
        fault = fake.faults.pop(0) if fake.faults else None
        if isinstance(fault, tuple):
            fake.journal.append(Entry("", "", fields, fault[0]))
            status, said = fault[0], {"code": fault[1], "message": fault[2]}
        else:
            status, said = fake.take(urlsplit(self.path).path, fields, self.headers.get("Authorization", ""))
        if fault == LOST:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """The journal says it better."""
