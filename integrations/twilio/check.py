"""The Test button of a Twilio connection: does it let us in, and what stands in the way of answers."""

from urllib.parse import urlsplit

from django.conf import settings

from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.twilio import client
from integrations.twilio.door import SMS, address_of
from integrations.twilio.numbers import is_number

_LOCAL = ("localhost", "127.0.0.1", "::1")


def check(connection: Connection) -> str:
    """Say what works.

    :raises PartnerTrouble: something does not; says what to do about it.
    """
    sender = client.sender_of(connection)
    if not is_number(sender) and not sender.startswith("MG"):
        raise PartnerTrouble(
            "“Sends from” is neither a number with + and the code of the country nor a Messaging Service SID (MG…).",
            permanent=True,
            needs_hands=True,
        )
    account = client.get(connection, ".json")
    if account.get("status") not in ("active", None):
        raise PartnerTrouble(f"The Twilio account is {account['status']}.", permanent=True, needs_hands=True)
    words = "Twilio answers, and lets Warroom in. Send a test from your own page (You)."
    if urlsplit(settings.BASE_URL).hostname in _LOCAL:
        return f"{words} No reply can reach Warroom: BASE_URL is an address of this machine."
    return f"{words} Replies come when the number's “A message comes in” is {address_of(SMS)}."
