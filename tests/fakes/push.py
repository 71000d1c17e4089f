"""A push service on loopback with a journal: it checks who writes, and reads what only the browser could read."""

import base64
import json
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class FakeBrowser:
    """A browser with a subscription: what it gives to us, and what it reads."""

    endpoint: str
    auth: bytes = b"0123456789abcdef"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    @property
    def subscription(self) -> dict[str, Any]:
        """As `PushSubscription.toJSON()` has it."""
        return {"endpoint": self.endpoint, "keys": {"p256dh": text_of(self.public), "auth": text_of(self.auth)}}

    def read(self, body: bytes) -> bytes:
        """Decrypt a message (RFC 8291), or fail."""
        salt, size, length = body[:16], struct.unpack(">I", body[16:20])[0], body[20]
        assert size >= len(body) - 21 - length
        theirs = body[21 : 21 + length]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        info = b"WebPush: info\0" + self.public + theirs
        first = HKDF(hashes.SHA256(), 32, salt=self.auth, info=info).derive(shared)
        extract = hmac.HMAC(salt, hashes.SHA256())
        extract.update(first)
        secret = extract.finalize()
        key = HKDFExpand(hashes.SHA256(), 16, info=b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDFExpand(hashes.SHA256(), 12, info=b"Content-Encoding: nonce\0").derive(secret)
        return AESGCM(key).decrypt(nonce, body[21 + length :], None).rstrip(b"\0")[:-1]


@dataclass
class Pushed:
    """One message that was taken: what it says, and how it was to be handled."""

    to: str
    said: dict[str, Any]
    headers: dict[str, str]


@dataclass
class FakePush:
    """`statuses`: of the next answers, in order. `wrong`: what a real one would have refused."""

    journal: list[Pushed] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.browsers: dict[str, FakeBrowser] = {}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def browser(self, name: str = "one") -> FakeBrowser:
        """A browser that has subscribed here."""
        return self.browsers.setdefault(f"/{name}", FakeBrowser(f"{self.url}/{name}"))

    def said(self, name: str = "one") -> list[dict[str, Any]]:
        """What a browser was told, in order."""
        return [each.said for each in self.journal if each.to == f"/{name}"]

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Take a message for a browser."""
        if self.statuses and (planned := self.statuses.pop(0)):
            return planned
        found = self.browsers.get(path)
        if found is None:
            return 410
        problem = _wrong(headers, self.url)
        if problem:
            self.wrong.append(problem)
            return 403
        self.journal.append(Pushed(path, json.loads(found.read(body)), headers))
        return 201


def _wrong(headers: dict[str, str], origin: str) -> str:
    """What is wrong with who says that they write."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    given = dict(each.strip().partition("=")[::2] for each in rest.split(","))
    if scheme != "vapid" or set(given) != {"t", "k"}:
        return "no VAPID header"
    head, claims, signature = given["t"].split(".")
    raw = bytes_of(signature)
    signed = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes_of(given["k"]))
    key.verify(signed, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    said = json.loads(bytes_of(claims))
    if said["aud"] != origin or not said["sub"].startswith(("mailto:", "https://")):
        return f"the token is for {said}"
    if headers.get("content-encoding") != "aes128gcm" or not headers.get("ttl", "").isdecimal():
        return "no encoding or no TTL"
    return ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    fake: FakePush


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = self.server.fake.take(urlsplit(self.path).path, headers, body)
        self.send_response(status)
        self.send_header("Location", f"{self.server.fake.url}/message/{len(self.server.fake.journal)}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """The journal says it better."""
