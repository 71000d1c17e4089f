"""Reading the bytes of a file from Slack: only from its own hosts, at most so many, redirects looked at.

The bot token opens the files (docs.slack.dev/reference/objects/file-object, url_private_download). Without
files:read Slack leads to its sign-in page instead of refusing.
"""

import http.client
import time
from collections.abc import Callable
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings

from common.errors import PartnerTrouble
from common.testing.killpoint import killpoint
from connections.models import Connection
from integrations.slack.client import TIMEOUT, trouble_of

_HOSTS = ("slack.com", "slack-gov.com")
_MOST_REDIRECTS = 3
_CHUNK = 64 * 1024
#: the longest that one file may take
_PATIENCE = 120.0
_RENEW_EVERY = 8.0
_MOVED = {301, 302, 303, 307, 308}


def download(connection: Connection, address: str, *, limit: int, renew: Callable[[], bool]) -> bytes:
    """Return the bytes.

    :param renew: holds the lease meanwhile; False when somebody took over.
    :raises PartnerTrouble: not Slack's address, refused, more than `limit` bytes, or no whole answer.
    """
    token = str(connection.secrets.get("bot_token", "")).strip()
    wanted = urlsplit(address).path
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            answer = _read(slack_address(address), token, limit, renew)
        except (OSError, http.client.HTTPException) as error:
            raise trouble_of(error) from error
        if isinstance(answer, bytes):
            return answer
        address = urljoin(address, answer)
        if not urlsplit(address).path.startswith(("/files", wanted)):
            break
    raise PartnerTrouble("the permission files:read is missing", permanent=True, code="missing_scope")


def too_big(limit: int) -> PartnerTrouble:
    """What is said of a file over the limit."""
    return PartnerTrouble(f"it has more than {limit // 1_048_576} MB", permanent=True, code="too_big")


def slack_address(address: str) -> SplitResult:
    """:raises PartnerTrouble: not an address of Slack's: the token goes nowhere else."""
    try:
        parts, own = urlsplit(address), urlsplit(settings.SLACK_API_URL)
        same = (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port)
        host = (parts.hostname or "").lower()
        is_slacks = any(host == name or host.endswith(f".{name}") for name in _HOSTS)
        if same or (parts.scheme == "https" and is_slacks and parts.port in (None, 443)):
            return parts
    except ValueError:
        pass
    raise PartnerTrouble("its address is not Slack's", permanent=True, code="bad_address")


def _read(parts: SplitResult, token: str, limit: int, renew: Callable[[], bool]) -> bytes | str:
    """The bytes, or the address that Slack leads on to."""
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    caller = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        caller.request("GET", path, headers={"Authorization": f"Bearer {token}", "Accept": "*/*"})
        answer = caller.getresponse()
        if answer.status in _MOVED:
            return answer.headers.get("Location") or "/"
        _refuse(answer)
        return _body(answer, limit, renew)
    finally:
        caller.close()


def _refuse(answer: http.client.HTTPResponse) -> None:
    """:raises PartnerTrouble: it is not the file."""
    if answer.status == 429:
        pause = answer.headers.get("Retry-After") or ""
        raise PartnerTrouble(
            "Slack says too many requests", retry_after=float(pause) if pause.isdecimal() else 30.0, code="ratelimited"
        )
    if answer.status >= 500:
        raise PartnerTrouble(f"Slack answers {answer.status}", code=f"http_{answer.status}")
    if answer.status != 200:
        raise PartnerTrouble(f"Slack answers {answer.status}", permanent=True, code=f"http_{answer.status}")
    # A page of Slack's own comes without a disposition; a file that is HTML is handed out as a download.
    is_page = answer.headers.get_content_type() == "text/html" and not answer.headers.get("Content-Disposition")
    if is_page:
        raise PartnerTrouble("the permission files:read is missing", permanent=True, code="missing_scope")


def _body(answer: http.client.HTTPResponse, limit: int, renew: Callable[[], bool]) -> bytes:
    length = answer.length
    if length is not None and length > limit:
        raise too_big(limit)
    pieces: list[bytes] = []
    size = 0
    begun = renewed = time.monotonic()
    while piece := answer.read1(_CHUNK):
        pieces.append(piece)
        size += len(piece)
        killpoint("K24")
        if size > limit:
            raise too_big(limit)
        now = time.monotonic()
        if now - begun > _PATIENCE:
            raise PartnerTrouble("Slack gives it too slowly", code="slow")
        if now - renewed > _RENEW_EVERY:
            renewed = now
            if not renew():
                raise PartnerTrouble("somebody else fetches it now", code="taken_over")
    if length is not None and size < length:
        raise PartnerTrouble("the connection to Slack broke", code="broken")
    return b"".join(pieces)
