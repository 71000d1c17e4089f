"""What Slack sends to us: signed events, slash commands and interactions.

Envelope, retry headers and form fields as in docs.slack.dev/apis/events-api and
docs.slack.dev/interactivity.
"""

import http.client
import json
import random
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from slack_sdk.signature import SignatureVerifier

RETRY_REASON = "http_timeout"


@dataclass(frozen=True)
class Parcel:
    """One request that Slack makes: to `/hooks/slack/<door>`, with these exact bytes."""

    door: str
    body: bytes
    content_type: str

    @property
    def payload(self) -> dict[str, Any]:
        """The event envelope (events only)."""
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def event(self) -> dict[str, Any]:
        """The inner event (events only)."""
        value: dict[str, Any] = self.payload["event"]
        return value

    def headers(self, secret: str, at: float, *, retry: int = 0) -> dict[str, str]:
        """The headers it travels with: signed, and marked when it is a repeat."""
        stamp = str(int(at))
        signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=self.body)
        headers = {
            "Content-Type": self.content_type,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": str(signature),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": RETRY_REASON}
        return headers


def event_parcel(envelope: Mapping[str, Any]) -> Parcel:
    return Parcel("events", json.dumps(envelope).encode(), "application/json")


def form_parcel(door: str, fields: Mapping[str, str]) -> Parcel:
    return Parcel(door, urlencode(fields).encode(), "application/x-www-form-urlencoded")


@dataclass(frozen=True)
class Delivered:
    """How one try went: the status, or 0 when nobody answered."""

    parcel: Parcel
    status: int
    body: bytes = b""
    retry: int = 0

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class Outbox:
    """What happened and may be sent to Warroom, in order, with every try of it."""

    secret: str
    now: Any
    parcels: list[Parcel] = field(default_factory=list)
    tries: list[Delivered] = field(default_factory=list)
    timeout: float = 3.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, parcel: Parcel) -> None:
        with self._lock:
            self.parcels.append(parcel)

    def take(self) -> list[Parcel]:
        """The parcels so far; the box is empty afterwards."""
        with self._lock:
            taken, self.parcels = self.parcels, []
            return taken

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """The inner events in the box, of one type or all."""
        found = [parcel.event for parcel in self.parcels if parcel.door == "events"]
        return [event for event in found if not kind or event["type"] == kind]

    def deliver(self, parcel: Parcel, address: str, *, retry: int = 0) -> Delivered:
        """Send one parcel to Warroom at `address` (http://127.0.0.1:8000); never raises."""
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=self.timeout)
        try:
            headers = parcel.headers(self.secret, self.now(), retry=retry)
            connection.request("POST", f"/hooks/slack/{parcel.door}", parcel.body, headers)
            response = connection.getresponse()
            result = Delivered(parcel, response.status, response.read(), retry)
        except (OSError, http.client.HTTPException):
            result = Delivered(parcel, 0, retry=retry)
        finally:
            connection.close()
        with self._lock:
            self.tries.append(result)
        return result

    def deliver_all(
        self, address: str, *, copies: int = 1, seed: int | None = None, parcels: Sequence[Parcel] | None = None
    ) -> list[Delivered]:
        """Empty the box towards Warroom: each parcel `copies` times, shuffled when a seed is given."""
        sending = [p for p in (self.take() if parcels is None else parcels) for _ in range(copies)]
        if seed is not None:
            random.Random(seed).shuffle(sending)
        seen: dict[int, int] = {}
        results = []
        for parcel in sending:
            retry = seen.get(id(parcel), 0)
            seen[id(parcel)] = retry + 1
            results.append(self.deliver(parcel, address, retry=retry if parcel.door == "events" else 0))
        return results

    def refused(self, tries: Iterable[Delivered] | None = None) -> list[Parcel]:
        """The event parcels nobody has taken yet: Slack would send them again."""
        tries = list(self.tries if tries is None else tries)
        taken = {id(entry.parcel) for entry in tries if entry.is_taken}
        lost = {id(e.parcel): e.parcel for e in tries if id(e.parcel) not in taken and e.parcel.door == "events"}
        return list(lost.values())
