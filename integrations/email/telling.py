"""Notices by mail: what happened and where to look, and nothing to answer."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from common.errors import PartnerTrouble
from integrations.email import mailing
from oncall.models import ContactMethod
from oncall.ports import Told


class EmailTeller:
    """Tells people of shifts through the server that the environment names."""

    kind = "email"

    def tell(self, method: ContactMethod, told: Told, *, again: bool) -> str:
        """`again` needs nothing: a mail that comes twice carries the same id, and is shown once."""
        connection = mailing.connection_in_use()
        if connection is None:
            raise PartnerTrouble("Mail is not set up here: EMAIL_URL is empty.", needs_hands=True)
        ref = f"<{told.marker.replace(':', '.')}.{method.pk}@{settings.BASE_HOST}>"
        words: dict[str, Any] = {
            "who": method.user.name,
            "told": told,
            "rules": f"{settings.BASE_URL}/me/notifications",
        }
        message = EmailMultiAlternatives(
            subject=told.title,
            body=render_to_string("email/notice.txt", words),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[method.address],
            headers={"Message-ID": ref, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
        )
        message.attach_alternative(render_to_string("email/notice.html", words), "text/html")
        mailing.send(connection, message)
        return ref
