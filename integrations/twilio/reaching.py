"""What texting and calling have in common: numbers, and through which connection they go."""

from collections.abc import Sequence
from datetime import timedelta

from accounts.models import User
from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.twilio import client
from integrations.twilio.client import STOPPED, connection_in_use
from integrations.twilio.numbers import read_number
from oncall.models import ContactMethod
from oncall.operations.switching import switch_off

STOP_SAID = "STOP was sent from this number. Send START from it, and it is used again."


class PhonePager:
    """Numbers, through Twilio."""

    takes_addresses = True

    def connection_of(self, address: str) -> Connection | None:
        return connection_in_use()

    def own_addresses(self, user: User) -> Sequence[str]:
        """Accounts have no number: people enter theirs."""
        return []

    def shown(self, address: str) -> str:
        return address

    def check(self, address: str) -> str:
        return read_number(address)

    def pace(self) -> timedelta:
        return timedelta()


def post(method: ContactMethod, path: str, fields: list[tuple[str, str]]) -> str:
    """Hand it over through the connection in use; returns Twilio's id of it.

    A number that has sent STOP is switched off, which its person sees on their page.

    :raises PartnerTrouble: as `client.post`.
    """
    connection = connection_in_use()
    if connection is None:
        raise PartnerTrouble("Twilio is not set up here.", needs_hands=True)
    try:
        return str(client.post(connection, path, fields)["sid"])
    except PartnerTrouble as trouble:
        if trouble.code == STOPPED:
            switch_off(method=method, reason=STOP_SAID)
            raise PartnerTrouble(
                "This number has sent STOP: send START from it first.", permanent=True, code=STOPPED
            ) from trouble
        raise
