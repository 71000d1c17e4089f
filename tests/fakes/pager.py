"""A pager with a journal: what reached whom, in order; it refuses, hangs or loses its answer where asked to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from accounts.models import User
from common.errors import PartnerTrouble
from connections.models import Connection
from oncall.last_look import look_again
from oncall.models import ContactMethod, Page
from oncall.ports import Facts, Handed

KIND = "fake"


@dataclass(frozen=True)
class Entry:
    """One thing that the provider was handed. `id` is what it tells repeats apart by."""

    act: str
    id: str
    to: str
    page: int
    title: str = ""
    lines: tuple[str, ...] = ()
    again: bool = False


@dataclass
class FakePager:
    """`faults` are raised by the next sends, one each, `refuses` by each to that address; `lost`: the provider took it,
    and its answer is lost. `before` comes before it is handed over, `during` while it is.
    """

    kind: str = KIND
    label: str = "fake pager"
    takes_addresses: bool = True
    usual_minutes: int = 0
    journal: list[Entry] = field(default_factory=list)
    faults: list[PartnerTrouble | None] = field(default_factory=list)
    lost: int = 0
    refuses: dict[str, PartnerTrouble] = field(default_factory=dict)
    takes_back: bool = True
    finds: bool = True
    before: Callable[[Page], None] = lambda page: None
    during: Callable[[Page], None] = lambda page: None

    def connection_of(self, address: str) -> Connection | None:
        return Connection.objects.filter(kind=KIND).first()

    def own_addresses(self, user: User) -> Sequence[str]:
        return []

    def shown(self, address: str) -> str:
        return address

    def check(self, address: str) -> str:
        return address

    def send_page(self, method: ContactMethod, page: Page, facts: Facts, *, again: bool) -> Handed:
        if fault := self.faults.pop(0) if self.faults else None:
            raise fault
        if method.address in self.refuses:
            raise self.refuses[method.address]
        self.before(page)
        look_again()
        name = f"page:{page.pk}:{method.pk}"
        self.journal.append(Entry("page", name, method.address, page.pk, facts.title, facts.lines, again))
        self.during(page)
        if self.lost:
            self.lost -= 1
            raise PartnerTrouble("no answer came", unclear=True)
        return Handed(ref=name)

    def withdraw(self, method: ContactMethod, page: Page, ref: str) -> bool:
        if self.takes_back:
            self.journal.append(Entry("withdraw", ref, method.address, page.pk))
        return self.takes_back

    def find(self, method: ContactMethod, page: Page) -> str | None:
        """None: this provider does not say what it has."""
        if not self.finds:
            return None
        mine = (entry.id for entry in self.journal if (entry.page, entry.to) == (page.pk, method.address))
        return next(mine, "")

    def send_code(self, method: ContactMethod, code: str) -> None:
        self.journal.append(Entry("code", code, method.address, 0))

    def send_test(self, method: ContactMethod) -> None:
        self.journal.append(Entry("test", "", method.address, 0))

    def pace(self) -> timedelta:
        return timedelta()

    def paged(self) -> list[str]:
        """To whom pages went, in order."""
        return [entry.to for entry in self.journal if entry.act == "page"]
