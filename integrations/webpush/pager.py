"""Paging by a notification of a browser, open or not."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import User
from common import clock
from common.errors import Invalid, PartnerTrouble
from common.outbound import Answer, request
from connections.breaker import Breaker
from connections.models import Connection
from integrations.webpush.models import Subscription
from integrations.webpush.operations import KIND, connection_in_use, gone
from integrations.webpush.sealing import authorization, seal_for
from oncall.links import answer_url
from oncall.models import ContactMethod, Page
from oncall.outcome import outcome_of
from oncall.ports import Facts, Handed, subject_of
from oncall.saying import said_of

_GOOD_FOR = timedelta(hours=12)
#: an old page wakes nobody: the push service drops it after so long
_KEPT = timedelta(minutes=30)
_MOST_LINES, _MOST_TEXT = 4, 600
_WAIT = 5.0
#: so many requests to one push service at a time
_AT_ONCE = 8


class PushPager:
    """Sends pages to browsers. An address is the digest of where the browser is."""

    kind = KIND
    label = "Browser notification"
    takes_addresses = False
    usual_minutes = 0
    panel = "webpush/panel.html"

    def connection_of(self, address: str) -> Connection | None:
        return connection_in_use()

    def own_addresses(self, user: User) -> Sequence[str]:
        """A browser asks for itself."""
        return []

    def shown(self, address: str) -> str:
        row = Subscription.objects.filter(address=address).first()
        return row.name if row else "a browser that is gone"

    def check(self, address: str) -> str:
        raise Invalid("Open your own page in that browser, and switch notifications on there.", field="address")

    def send_page(self, method: ContactMethod, page: Page, facts: Facts, *, again: bool) -> Handed:
        """`again` needs nothing: what has the same tag replaces what is shown, and rings once more."""
        said = said_of(facts)
        link = answer_url(page)
        words = {
            "title": _title(facts),
            "body": "\n".join(said.lines[:_MOST_LINES])[:_MOST_TEXT],
            "url": link,
            "answer": link,
        }
        return Handed(ref=_push(method, words, topic=_tag(page), urgency="high"))

    def withdraw(self, method: ContactMethod, page: Page, ref: str) -> bool:
        """One quiet line in its place: who has it."""
        facts = subject_of(page.subject_kind).facts(page.subject_id, page.user)
        words = {"title": _title(facts), "body": outcome_of(page, facts), "url": said_of(facts).room, "silent": True}
        _push(method, words, topic=_tag(page), urgency="normal")
        return True

    def send_code(self, method: ContactMethod, code: str) -> None:
        raise PartnerTrouble("A browser needs no code.", permanent=True)

    def send_test(self, method: ContactMethod) -> None:
        words = {
            "title": "Test: pages reach you here",
            "body": "Nothing is broken, and nobody waits for an answer.",
            "url": f"{settings.BASE_URL}/me/notifications",
        }
        _push(method, words, topic="test", urgency="high")

    def pace(self) -> timedelta:
        return timedelta()


def _title(facts: Facts) -> str:
    return f"{facts.severity} {facts.title}".strip()[:120]


def _tag(page: Page) -> str:
    return f"page-{page.pk}"


def _push(method: ContactMethod, words: dict[str, Any], *, topic: str, urgency: str) -> str:
    """Hand it to the browser's push service; returns what it calls it.

    :raises PartnerTrouble: it does not take it; where the browser is gone, the method is switched off.
    """
    connection, row = connection_in_use(), Subscription.objects.filter(address=method.address).first()
    if connection is None or row is None:
        raise PartnerTrouble("This browser does not take notifications any more.", permanent=True)
    place = row.endpoint
    parts = urlsplit(place)
    token = authorization(
        str(connection.secrets["private_key"]),
        audience=f"{parts.scheme}://{parts.netloc}",
        subject=_contact(),
        until=int((clock.now() + _GOOD_FOR).timestamp()),
    )
    headers = {
        "Authorization": token,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(_KEPT.total_seconds())),
        "Topic": topic,
        "Urgency": urgency,
    }
    body = seal_for(row.keys, json.dumps({**words, "tag": topic}, ensure_ascii=False).encode())
    # Each browser's maker has a push service of its own: one that hangs holds up nobody else's browsers.
    with Breaker(f"webpush:{parts.netloc}", "The browser's push service", at_once=_AT_ONCE).guard():
        return _taken(method, request("POST", place, headers=headers, body=body))


def _contact() -> str:
    """Whom a push service may write to about us."""
    return settings.BASE_URL if settings.BASE_URL.startswith("https://") else f"mailto:{settings.DEFAULT_FROM_EMAIL}"


def _taken(method: ContactMethod, answer: Answer) -> str:
    if answer.status in (200, 201, 202, 204):
        # The whole address would let who reads it ask about the message there; its end is enough to tell it by.
        return answer.headers.get("location", "").rstrip("/").rpartition("/")[2][:60]
    if answer.status in (404, 410):
        gone(method)
        raise PartnerTrouble("This browser does not take notifications any more.", permanent=True)
    if answer.status == 429:
        said = answer.headers.get("retry-after", "")
        wait = min(float(said), 60.0) if said.isdecimal() else _WAIT
        raise PartnerTrouble("The browser's push service asks us to wait.", retry_after=wait)
    if 400 <= answer.status < 500:
        raise PartnerTrouble(f"The browser's push service refuses it ({answer.status}).", permanent=True)
    raise PartnerTrouble(f"The browser's push service is in trouble ({answer.status}).")
