"""The end of the line of a test page: it notes that one has arrived, and reaches nobody."""

from collections.abc import Sequence
from datetime import timedelta

from accounts.models import User
from common.errors import Invalid
from connections.models import Connection
from oncall.models import ContactMethod, Page
from oncall.operations.probing import PAGER, arrived, last_probe
from oncall.ports import Facts, Handed


class SelftestPager:
    """Takes what is sent to our own machine."""

    kind = PAGER
    label = "Test pager"
    takes_addresses = False
    usual_minutes = 0

    def connection_of(self, address: str) -> Connection | None:
        rows = Connection.objects.present().filter(kind="selftest", from_environment=True, is_on=True)
        return rows.order_by("pk").first()

    def own_addresses(self, user: User) -> Sequence[str]:
        """None of anybody's: people are not reached by it."""
        return []

    def shown(self, address: str) -> str:
        return address

    def check(self, address: str) -> str:
        raise Invalid("The test pager reaches nobody.", field="address")

    def send_page(self, method: ContactMethod, page: Page, facts: Facts, *, again: bool) -> Handed:
        arrived(page=page)
        return Handed(ref=f"probe-{page.pk}")

    def withdraw(self, method: ContactMethod, page: Page, ref: str) -> None:
        """There is nothing to take back."""

    def send_code(self, method: ContactMethod, code: str) -> None:
        """Nobody reads it."""

    def send_test(self, method: ContactMethod) -> None:
        """A test of the test."""

    def pace(self) -> timedelta:
        return timedelta()


def check(connection: Connection) -> str:
    """The Test button: what became of the last test page?"""
    return last_probe()
