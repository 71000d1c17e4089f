"""Paging by ntfy: a message to a topic, loud, with a button that takes the page.

Source: ntfy's documentation, "Publishing": JSON to the root of the server, `priority` 5 is the loudest, `actions` are
the buttons. It has no key that makes a message happen once; one that comes twice has the same link.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import User
from common.errors import Invalid, PartnerTrouble
from common.outbound import Answer, check_url, request
from connections.breaker import Breaker
from connections.models import Connection
from oncall.links import answer_url
from oncall.models import ContactMethod, Page, Urgency
from oncall.ports import Facts, Handed
from oncall.saying import said_of

_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LOUDEST, _USUAL = 5, 3
_MOST_LINES, _MOST_TEXT = 5, 1_000
_AT_ONCE = 4
_WAIT = 5.0


class NtfyPager:
    """Sends pages to topics. An address is the whole address of a topic."""

    kind = "ntfy"
    label = "ntfy"
    takes_addresses = True
    usual_minutes = 0

    def connection_of(self, address: str) -> Connection | None:
        return Connection.objects.present().filter(kind="ntfy", is_on=True).order_by("pk").first()

    def own_addresses(self, user: User) -> Sequence[str]:
        return []

    def shown(self, address: str) -> str:
        return address

    def check(self, address: str) -> str:
        """A topic's name means one on the server that is set up; others are whole addresses."""
        clean = address.strip()
        connection = self.connection_of(clean)
        if _TOPIC.fullmatch(clean) and connection is not None:
            clean = f"{_server(connection)}/{clean}"
        if "/" not in clean or not _TOPIC.fullmatch(clean.rpartition("/")[2]):
            raise Invalid("Write the name of your topic, or its whole address.", field="address")
        return check_url(clean, field="address")

    def send_page(self, method: ContactMethod, page: Page, facts: Facts, *, again: bool) -> Handed:
        said, link = said_of(facts), answer_url(page)
        button = {
            "action": "http",
            "label": "Got it",
            "url": link,
            "method": "POST",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            "body": "do=ack",
            "clear": True,
        }
        words = {
            "title": said.headline,
            "message": "\n".join(said.lines[:_MOST_LINES])[:_MOST_TEXT] or "You are paged.",
            "priority": _LOUDEST if page.urgency == Urgency.HIGH else _USUAL,
            "tags": ["rotating_light"],
            "click": link,
            "actions": [button, {"action": "view", "label": "Open", "url": link}],
        }
        return Handed(ref=self._send(method, words))

    def withdraw(self, method: ContactMethod, page: Page, ref: str) -> bool:
        """What was published stays; its link says who has it."""
        return False

    def send_code(self, method: ContactMethod, code: str) -> None:
        self._send(method, {"title": f"{code} is your code for Warroom", "message": "Enter it only there."})

    def send_test(self, method: ContactMethod) -> None:
        words = {"title": "Test: pages reach you here", "message": "Nothing is broken, and nobody waits for an answer."}
        self._send(method, {**words, "click": f"{settings.BASE_URL}/me/notifications"})

    def pace(self) -> timedelta:
        return timedelta()

    def _send(self, method: ContactMethod, words: Mapping[str, Any]) -> str:
        connection = self.connection_of(method.address)
        if connection is None:
            raise PartnerTrouble("ntfy is not set up here.", needs_hands=True)
        root, _, topic = method.address.rpartition("/")
        headers = {"Content-Type": "application/json"}
        token = str(connection.secrets.get("token", "")).strip()
        if token and _origin(root) == _origin(_server(connection)):
            headers["Authorization"] = f"Bearer {token}"
        body = json.dumps({"topic": topic, **words}, ensure_ascii=False).encode()
        with Breaker(f"ntfy:{urlsplit(root).netloc}", "The ntfy server", at_once=_AT_ONCE).guard():
            return _taken(request("POST", f"{root}/", headers=headers, body=body))


def _server(connection: Connection) -> str:
    return str(connection.settings.get("server", "")).strip().rstrip("/")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _taken(answer: Answer) -> str:
    if answer.status == 200:
        try:
            return str(json.loads(answer.body)["id"])[:100]
        except (ValueError, KeyError, TypeError):
            return ""
    if answer.status == 429:
        said = answer.headers.get("retry-after", "")
        raise PartnerTrouble("The ntfy server asks us to wait.", retry_after=float(said) if said.isdecimal() else _WAIT)
    if 400 <= answer.status < 500:
        raise PartnerTrouble(f"The ntfy server refuses it ({answer.status}).", permanent=True)
    raise PartnerTrouble(f"The ntfy server is in trouble ({answer.status}).", unclear=True)
