"""PagerDuty's side of webhooks: signs, waits five seconds, and sends again what was not taken.

As its documentation says: no answer, 5xx and 429 are retried; any other 4xx drops the webhook. Only the
pauses between tries are shorter here.
"""

import hashlib
import hmac
import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

ANSWER_WITHIN = 5.0


def signature(secret: str, raw: bytes) -> str:
    """One `v1=` member of the signature header."""
    return "v1=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def signed(raw: bytes, secret: str, webhook_id: str) -> dict[str, str]:
    """The headers of a delivery."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "PagerDuty-Webhook/V3.0",
        "X-PagerDuty-Signature": signature(secret, raw),
        "X-Webhook-Id": webhook_id,
        "X-Webhook-Subscription": "PSUB001",
    }


@dataclass
class Sent:
    """One webhook and the status of each try; 0 means that nobody answered."""

    webhook_id: str
    raw: bytes
    statuses: list[int] = field(default_factory=list)

    @property
    def is_taken(self) -> bool:
        return any(200 <= status < 300 for status in self.statuses)

    @property
    def is_dropped(self) -> bool:
        return bool(self.statuses) and 400 <= self.statuses[-1] < 500 and self.statuses[-1] != 429


class Sender:
    """One webhook subscription; `journal` holds what was sent."""

    def __init__(self, url: Callable[[], str], secret: str, *, pause: float = 0.1, patience: float = 60.0) -> None:
        self._url, self._secret = url, secret
        self._pause, self._patience = pause, patience
        self.journal: list[Sent] = []
        self._lock = threading.Lock()

    def send(self, raw: bytes, webhook_id: str) -> Sent:
        """Deliver until it is taken, dropped, or patience runs out."""
        sent = Sent(webhook_id, raw)
        with self._lock:
            self.journal.append(sent)
        end = time.monotonic() + self._patience
        while not (sent.is_taken or sent.is_dropped) and time.monotonic() < end:
            sent.statuses.append(self.try_once(raw, webhook_id))
            if not sent.is_taken:
                threading.Event().wait(self._pause)
        return sent

    def try_once(self, raw: bytes, webhook_id: str) -> int:
        """One try; returns the status, or 0 when there was no answer."""
        parts = urlsplit(self._url())
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ANSWER_WITHIN)
        try:
            connection.request("POST", "/hooks/pagerduty", raw, signed(raw, self._secret, webhook_id))
            response = connection.getresponse()
            response.read()
            return response.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    @property
    def taken(self) -> list[Sent]:
        with self._lock:
            return [sent for sent in self.journal if sent.is_taken]
