"""Paging by text message: one message, answered by a digit or by its link."""

from integrations.twilio.client import connection_in_use, sender_of
from integrations.twilio.door import STATUS, address_of
from integrations.twilio.reaching import PhonePager, post
from integrations.twilio.texts import code_of, page_text
from oncall.links import answer_url
from oncall.models import ContactMethod, Page
from oncall.ports import Facts, Handed
from oncall.proof import open_pages_of


class SmsPager(PhonePager):
    """Sends pages as text messages."""

    kind = "sms"
    label = "Text message"
    usual_minutes = 2

    def send_page(self, method: ContactMethod, page: Page, facts: Facts, *, again: bool) -> Handed:
        """`again` needs nothing: the message that may come twice has the same link and is the same page."""
        others = open_pages_of(page.user).exclude(pk=page.pk)
        text = page_text(
            facts,
            answer_url(page),
            code=code_of(page.pk) if others.exists() else "",
            reason=f"You are {page.reason}" if page.reason else "",
            late_seconds=page.late_seconds,
        )
        return Handed(ref=send_text(method, text), receipt=True)

    def withdraw(self, method: ContactMethod, page: Page, ref: str) -> None:
        """A text can't be taken back, and a second one would wake them again; its link says who has it."""

    def send_code(self, method: ContactMethod, code: str) -> None:
        send_text(method, f"{code} is your code for Warroom. Enter it only there.")

    def send_test(self, method: ContactMethod) -> None:
        send_text(method, "Test from Warroom: pages reach you here. Nothing is broken, and nobody waits for an answer.")


def send_text(method: ContactMethod, text: str) -> str:
    """Send a text to a number; returns Twilio's id of it.

    :raises PartnerTrouble: it is refused, or there is no answer.
    """
    connection = connection_in_use()
    sender = sender_of(connection) if connection else ""
    return post(
        method,
        "/Messages.json",
        [
            ("To", method.address),
            ("MessagingServiceSid" if sender.startswith("MG") else "From", sender),
            ("Body", text),
            ("StatusCallback", address_of(STATUS)),
        ],
    )
