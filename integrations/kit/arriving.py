"""What a raw row is made of, by whichever way it came: its id, its headers, the ring after its commit."""

import hashlib
import json
import re

from common import doorbell
from common.testing.killpoint import killpoint
from connections.models import Received
from integrations.kit.manifest import Door, Headers

# Headers that may carry a secret are not stored.
_SECRET = re.compile(r"auth|cookie|token|secret|signature|passw|api-?key|credential")


def stable_id(door: Door, headers: Headers, raw: bytes) -> str:
    """The sender's own id of the request, else a hash of its bytes; the same for each repeat of it."""
    try:
        found = door.outside_id(headers, raw)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found = ""
    if not found or len(found) > 200 or not found.isprintable():
        found = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    return f"{door.path}|{found}"[:200]


def kept(headers: Headers) -> str:
    """The headers as they are stored: without secrets, and without what a database can't hold."""
    found = {name: value[:500].replace("\0", "") for name, value in headers.items() if not _SECRET.search(name)}
    return json.dumps(found)


def ring() -> None:
    """Rows were committed: have them looked at."""
    killpoint("K5")
    doorbell.ring(Received._meta.label_lower)
