"""A small PagerDuty: the few REST calls that Warroom makes, a journal of them, and trouble on demand.

Shapes as in PagerDuty's REST API v2 reference. With WARROOM_API_SPECS set to the folder that holds
`pagerduty-rest-v2-openapi.json`, every request is checked against that description.
"""

import functools
import json
import os
import re
import socket
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

KEY = "invented-api-key"
HANG, RESET, HTML, ELSEWHERE = -1, -2, -3, -4


@dataclass
class Entry:
    """One request and the status it got (0: none)."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any
    status: int = 0


@dataclass
class FakePagerDuty:
    """`incidents` by id; `faults` are the statuses (or HANG, RESET, HTML, ELSEWHERE) of the next answers."""

    incidents: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)
    reset_after: int = 7
    journal: list[Entry] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def add(self, id_: str, **fields: Any) -> dict[str, Any]:
        """Put an incident there."""
        self.incidents[id_] = {"id": id_, "type": "incident", "status": "triggered", "title": "Checkout", **fields}
        return self.incidents[id_]

    def answer(self, entry: Entry) -> tuple[int, dict[str, Any]]:
        """Do what a request asks for."""
        if entry.headers.get("authorization") != f"Token token={KEY}":
            return 401, _error(2006, "Unauthorized")
        if found := re.fullmatch(r"/incidents/(\w+)(/alerts|/notes)?", entry.path):
            return self._of_incident(entry, found[1], found[2] or "")
        if entry.path == "/incidents":
            return 200, {"incidents": list(self.incidents.values())[:1], "limit": 1, "offset": 0, "more": False}
        return 404, _error(2100, "Not Found")

    def _of_incident(self, entry: Entry, id_: str, rest: str) -> tuple[int, dict[str, Any]]:
        incident = self.incidents.get(id_)
        if incident is None:
            return 404, _error(2100, "Not Found")
        if entry.method != "GET" and "from" not in entry.headers:
            return 400, _error(2001, "Invalid Input Provided", "From header is required")
        if rest == "/alerts":
            return 200, {"alerts": [{"id": "PALERT1", "type": "alert", "body": {"details": {"lag": 94}}}]}
        if rest == "/notes":
            note = {"id": f"PNOTE{len(self.notes.get(id_, []))}", **entry.body["note"]}
            self.notes.setdefault(id_, []).append(note)
            return 200, {"note": note}
        if entry.method == "PUT":
            if incident["status"] == "resolved":
                return 400, _error(1001, "Incident Already Resolved")
            incident.update(entry.body["incident"])
        return 200, {"incident": incident}


def _error(code: int, message: str, *errors: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "errors": list(errors)}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    fake: FakePagerDuty

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        fake, parts = self.server.fake, urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        entry = Entry(self.command, parts.path, parse_qs(parts.query), headers, json.loads(raw) if raw else None)
        fake.journal.append(entry)
        fake.violations += described_wrongly(entry)
        fault = fake.faults.pop(0) if fake.faults else 0
        if fault == HANG:
            fake.closing.wait(60)
            return
        if fault == RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        if fault in (HTML, ELSEWHERE):
            self._answer_as_something_else(entry, 200 if fault == HTML else 302)
            return
        entry.status, value = (fault, _error(2020, "Trouble")) if fault else fake.answer(entry)
        body = json.dumps(value).encode()
        self.send_response(entry.status)
        if entry.status == 429:
            self.send_header("ratelimit-reset", str(fake.reset_after))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer_as_something_else(self, entry: Entry, status: int) -> None:
        """A proxy's page to sign in at, or the way to it."""
        entry.status = status
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/sign-in")
        self.send_header("Content-Length", "14")
        self.end_headers()
        self.wfile.write(b"<html>sign in\n")

    do_POST = do_PUT = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """The journal says it better."""


# --- PagerDuty's own description --------------------------------------------------------------------
@functools.cache
def _description() -> dict[str, Any]:
    path = Path(os.environ.get("WARROOM_API_SPECS", "")) / "pagerduty-rest-v2-openapi.json"
    return json.loads(path.read_bytes()) if path.is_file() else {}


def is_described() -> bool:
    """Tell whether the official description is at hand."""
    return bool(_description())


def described_wrongly(entry: Entry) -> list[str]:
    """What PagerDuty's description says against a request; nothing where it is not at hand."""
    if not is_described():
        return []
    where = f"{entry.method} {entry.path}"
    template = next((p for p in _description()["paths"] if re.fullmatch(re.sub(r"{\w+}", r"\\w+", p), entry.path)), "")
    operation = _description()["paths"].get(template, {}).get(entry.method.lower())
    if operation is None:
        return [f"{where}: there is no such call"]
    given = [_followed(parameter) for parameter in operation.get("parameters", [])]
    wrong = [f"{where}: no parameter {name}" for name in entry.query if name not in _named(given, "query")]
    needed = {p["name"].lower() for p in given if p.get("required") and p["in"] == "header"}
    if entry.body is None:
        # The description asks for a content type even where there is no content.
        needed.discard("content-type")
    wrong += [f"{where}: the header {name} is missing" for name in sorted(needed - set(entry.headers))]
    if entry.body is not None:
        place = f"{template.replace('/', '~1')}/{entry.method.lower()}/requestBody/content/application~1json/schema"
        wrong += [f"{where}: {error.message}" for error in _validator(f"#/paths/{place}").iter_errors(entry.body)]
    return wrong


def _named(parameters: list[dict[str, Any]], where: str) -> set[str]:
    return {parameter["name"] for parameter in parameters if parameter["in"] == where}


def _followed(value: dict[str, Any]) -> dict[str, Any]:
    """A parameter, or the one it refers to."""
    while "$ref" in value:
        found: Any = _description()
        for step in value["$ref"].removeprefix("#/").split("/"):
            step = step.replace("~1", "/").replace("~0", "~")
            found = found[int(step)] if isinstance(found, list) else found[step]
        value = found
    return value


@functools.cache
def _validator(place: str) -> jsonschema.Draft4Validator:
    whole = Resource.from_contents(_description(), default_specification=DRAFT4)
    registry: Registry[Any] = Registry().with_resource("urn:pagerduty", whole)
    return jsonschema.Draft4Validator({"$ref": f"urn:pagerduty{place}"}, registry=registry)
