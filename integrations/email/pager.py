"""Paging by mail: text and html of the same facts, one button, and nothing that acts when it is opened."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string

from accounts.models import User
from common.errors import Invalid, PartnerTrouble
from connections.models import Connection, Delivery
from integrations.email import mailing
from oncall.links import answer_url
from oncall.models import ContactMethod, Page, Urgency
from oncall.ports import Facts, Handed
from oncall.saying import said_of

_LONGEST = 254


class EmailPager:
    """Sends pages to mail addresses, through the server that the environment names."""

    kind = "email"
    label = "E-mail"
    takes_addresses = True
    usual_minutes = 2

    def connection_of(self, address: str) -> Connection | None:
        return mailing.connection_in_use()

    def own_addresses(self, user: User) -> Sequence[str]:
        """The account's own: an administrator has invited them by it."""
        return [user.email.lower()]

    def shown(self, address: str) -> str:
        return address

    def check(self, address: str) -> str:
        clean = address.strip().lower()
        try:
            validate_email(clean)
        except ValidationError:
            raise Invalid("Write an e-mail address, as in ada@example.com.", field="address") from None
        if len(clean) > _LONGEST:
            raise Invalid(f"An e-mail address has at most {_LONGEST} characters.", field="address")
        return clean

    def send_page(self, method: ContactMethod, page: Page, facts: Facts, *, again: bool) -> Handed:
        """`again` needs nothing: a mail that comes twice carries the same id, and is shown once."""
        said, ref = said_of(facts), _message_id(method, page)
        thread = f"<{page.subject_kind}.{page.subject_id}@{settings.BASE_HOST}>"
        headers = {
            "Message-ID": ref,
            "In-Reply-To": thread,
            "References": thread,
            "X-Warroom-Marker": f"page:{page.pk}",
        }
        if page.urgency == Urgency.HIGH:
            headers |= {"Importance": "high", "X-Priority": "1"}
        words = {
            "said": said,
            "answer": answer_url(page),
            "minutes": 30,
            "rules": f"{settings.BASE_URL}/me/notifications",
        }
        self._send(method, f"{said.headline} · you are paged", "page", words, headers)
        return Handed(ref=ref)

    def withdraw(self, method: ContactMethod, page: Page, ref: str) -> bool:
        """A mail can't be taken back; its link says who has it."""
        return False

    def send_code(self, method: ContactMethod, code: str) -> None:
        words = {"code": code, "who": method.user.name}
        self._send(method, f"{code} is your code for Warroom", "code", words, {})

    def send_test(self, method: ContactMethod) -> None:
        words = {"who": method.user.name, "rules": f"{settings.BASE_URL}/me/notifications"}
        self._send(method, "Test: pages reach you here", "test", words, {})

    def pace(self) -> timedelta:
        return timedelta()

    def _send(
        self, method: ContactMethod, subject: str, template: str, words: dict[str, Any], headers: dict[str, str]
    ) -> None:
        connection = mailing.connection_in_use()
        if connection is None:
            raise PartnerTrouble("Mail is not set up here: EMAIL_URL is empty.", needs_hands=True)
        message = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string(f"email/{template}.txt", words),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[method.address],
            headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", **headers},
        )
        message.attach_alternative(render_to_string(f"email/{template}.html", words), "text/html")
        mailing.send(connection, message)


def _message_id(method: ContactMethod, page: Page) -> str:
    """The same for each try of one send. A later rule that uses the same address is a mail of its own."""
    delivery = Delivery.objects.filter(lane_id=method.lane_id, thing_kind="page", thing_id=page.pk).first()
    version = delivery.wanted if delivery is not None else 1
    return f"<page.{page.pk}.{method.pk}.{version}@{settings.BASE_HOST}>"
