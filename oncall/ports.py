"""What on call asks of others: who is paged about (`Subject`), and who reaches people (`PagerPort`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from accounts.actors import Actor
from accounts.models import User
from connections.models import Connection
from oncall.models import ContactMethod, Page

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True)
class Facts:
    """What a page says of its subject, as one person may see it.

    `title` is what may stand on a lock screen: for a private subject it does not give its name. Of what
    `is_private`, pagers say nothing but the title.
    """

    title: str
    url: str
    severity: str = ""
    lines: tuple[str, ...] = ()
    is_over: bool = False
    is_private: bool = False
    #: who has it is asked again when nothing is heard of them for long
    wants_signs: bool = False
    #: so many other pages the same message stands for
    more: int = 0


class Subject(Protocol):
    """A kind of thing that people are paged about: an incident. Registered by the package that owns it."""

    def lock(self, subject_id: int) -> Any:
        """Lock the root that everything about it hangs under."""
        ...

    def facts(self, subject_id: int, for_user: User | None) -> Facts:
        """What it is, as this person may see it (None: nobody in particular; only what is open to all)."""
        ...

    def may_see(self, subject_id: int, user: User) -> bool:
        """Tell whether a person may see it."""
        ...

    def require_page(self, subject_id: int, by: Actor) -> None:
        """Refuse who may not page people about it."""
        ...

    def let_in(self, subject_id: int, user: User) -> None:
        """Somebody is paged: from now on they may see it."""
        ...

    def tell(self, subject_id: int, kind: str, by: Actor, data: dict[str, Any], *, once: str = "") -> None:
        """Write into its story what paging did: `page.sent`, `page.acked` ... The same `once` writes it once."""
        ...

    def titles(self, subject_ids: Iterable[int], for_user: User | None) -> dict[int, tuple[str, str]]:
        """Title and path of several, as this person may see them: `facts` for lists."""
        ...

    def heard_at(self, subject_id: int, user: User) -> datetime | None:
        """When something was last heard of who has it: a line, a change, theirs or of who leads it."""
        ...

    def visible_ids(self, user: User | None) -> "QuerySet[Any]":
        """The numbers of all that this person may see, as a subquery."""
        ...

    def incident_number(self, subject_id: int) -> int | None:
        """The incident whose privacy what is sent about it shares."""
        ...


@dataclass(frozen=True)
class Handed:
    """A provider took it: `ref` is its id of it, `receipt` tells whether news of delivery follows."""

    ref: str = ""
    receipt: bool = False


class PagerPort(Protocol):
    """Reaches people by one kind of contact method."""

    kind: str
    label: str
    #: people may enter an address, and show by a code that it is theirs; else only `own_addresses` are known
    takes_addresses: bool
    #: so long after a page began it has its turn, in the rules that people are given
    usual_minutes: int

    def connection_of(self, address: str) -> Connection | None:
        """Through which connection it is reached; None: nothing that is set up here reaches it."""
        ...

    def own_addresses(self, user: User) -> Sequence[str]:
        """What is known to be this person's, without a code: of these they are given contact methods."""
        ...

    def shown(self, address: str) -> str:
        """How it reads, for the person whose it is."""
        ...

    def check(self, address: str) -> str:
        """Return the address as it is kept.

        :raises Invalid: it can't be one, naming `address`.
        """
        ...

    def send_page(self, method: ContactMethod, page: Page, facts: Facts, *, again: bool) -> Handed:
        """Hand a page to the provider; `again`: an earlier try has no known result, send it with the same id.

        Where something slow comes before it, `oncall.last_look.look_again` is called when only that is left.

        :raises PartnerTrouble: the provider refuses or does not answer.
        """
        ...

    def withdraw(self, method: ContactMethod, page: Page, ref: str) -> bool | None:
        """Somebody has answered: take back or edit what was sent, where that is possible; tell whether it was."""
        ...

    def send_code(self, method: ContactMethod, code: str) -> None:
        """Send a code that shows that the address is theirs.

        :raises PartnerTrouble: the provider refuses or does not answer.
        """
        ...

    def send_test(self, method: ContactMethod) -> None:
        """Send what shows that pages arrive, and is none.

        :raises PartnerTrouble: the provider refuses or does not answer.
        """
        ...

    def pace(self) -> timedelta:
        """The least time between two sends to one address."""
        ...


@runtime_checkable
class FindsPages(Protocol):
    """A pager that can look for what a try without an answer has left."""

    def find(self, method: ContactMethod, page: Page) -> str | None:
        """Return the reference of what was sent of this page, "" when nothing was, None when that can't be known.

        :raises PartnerTrouble: the provider refuses or does not answer.
        """
        ...


@dataclass(frozen=True)
class Told:
    """A notice as it is sent: a line for a lock screen, more lines, and where to look. `marker` tells it apart."""

    title: str
    lines: tuple[str, ...]
    url: str
    marker: str
    since: datetime


class Teller(Protocol):
    """Tells people something that is no page, by one kind of contact method."""

    kind: str

    def tell(self, method: ContactMethod, told: Told, *, again: bool) -> str:
        """Hand it over and return the provider's id of it; `again`: an earlier try has no known result.

        :raises PartnerTrouble: the provider refuses or does not answer.
        """
        ...


_subjects: dict[str, Subject] = {}
_pagers: dict[str, PagerPort] = {}
_tellers: dict[str, Teller] = {}


def register_subject(kind: str, subject: Subject) -> None:
    """Say what stands behind a kind of subject."""
    _subjects[kind] = subject


def subjects() -> dict[str, Subject]:
    """Every kind of subject, with who answers for it."""
    return dict(_subjects)


def subject_of(kind: str) -> Subject:
    """Return who answers for a kind of subject.

    :raises KeyError: nobody does.
    """
    return _subjects[kind]


def register_pager(pager: PagerPort) -> None:
    """Say who reaches people by a kind of contact method."""
    _pagers[pager.kind] = pager


def pager_of(kind: str) -> PagerPort:
    """Return the pager of a kind.

    :raises KeyError: it is not installed.
    """
    return _pagers[kind]


def panels() -> list[str]:
    """Templates that pagers add to the page of how one is reached: what no address in a form can do."""
    return [str(panel) for pager in pagers() if (panel := getattr(pager, "panel", ""))]


def pagers() -> list[PagerPort]:
    """Every pager that is installed, by label."""
    return sorted(_pagers.values(), key=lambda pager: pager.label)


def register_teller(teller: Teller) -> None:
    """Say who tells people something by a kind of contact method."""
    _tellers[teller.kind] = teller


def tellers() -> dict[str, Teller]:
    """Who tells people something, by the kind of their contact method."""
    return dict(_tellers)
