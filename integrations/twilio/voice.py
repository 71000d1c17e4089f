"""Paging by phone call: it says the page and asks for a key. A mailbox that picks up is nobody."""

from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.twilio import client
from integrations.twilio.client import connection_in_use, sender_of
from integrations.twilio.door import STATUS, address_of, key_address
from integrations.twilio.numbers import is_number
from integrations.twilio.reaching import PhonePager, post
from integrations.twilio.twiml import code_call, farewell, menu, spoken
from oncall.models import ContactMethod, Page
from oncall.ports import Facts, Handed

#: ringing any longer would reach the mailbox
_RING_SECONDS = "25"
_EVENTS = ("initiated", "ringing", "answered", "completed")
SURFACE = "voice"


class VoicePager(PhonePager):
    """Calls people up."""

    kind = "voice"
    label = "Phone call"
    usual_minutes = 5

    def connection_of(self, address: str) -> Connection | None:
        """A Messaging Service can't call."""
        found = connection_in_use()
        return found if found is not None and is_number(sender_of(found)) else None

    def send_page(self, method: ContactMethod, page: Page, facts: Facts, *, again: bool) -> Handed:
        """`again` needs nothing: a second call is about the same page, and its keys answer that one."""
        said = menu(spoken(facts), key_address(page.pk, method.pk))
        return Handed(ref=_call(method, said, hears_machines=True), receipt=True)

    def withdraw(self, method: ContactMethod, page: Page, ref: str) -> bool:
        """Somebody has it: what still rings stops ringing. Who has picked up is let talk."""
        connection = connection_in_use()
        if connection is None:
            return False
        try:
            client.post(connection, f"/Calls/{ref}.json", [("Status", "canceled")])
        except PartnerTrouble as trouble:
            # Over already, or gone: there is nothing to stop.
            if not trouble.permanent:
                raise
            return False
        return True

    def send_code(self, method: ContactMethod, code: str) -> None:
        _call(method, code_call(code))

    def send_test(self, method: ContactMethod) -> None:
        _call(method, farewell("This is a test of Warroom. Pages reach you here. Nothing is broken. Goodbye."))


def _call(method: ContactMethod, twiml: str, *, hears_machines: bool = False) -> str:
    connection = connection_in_use()
    fields = [
        ("To", method.address),
        ("From", sender_of(connection) if connection else ""),
        ("Twiml", twiml),
        ("Timeout", _RING_SECONDS),
        ("StatusCallback", address_of(STATUS)),
        *[("StatusCallbackEvent", event) for event in _EVENTS],
    ]
    if hears_machines:
        # Found out beside the call, so that a person hears the page at once.
        fields += [("MachineDetection", "Enable"), ("AsyncAmd", "true"), ("AsyncAmdStatusCallback", address_of(STATUS))]
    return post(method, "/Calls.json", fields)
