"""What became of pages: each channel's state and each try, from deliveries and their attempts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F as Field
from django.db.models import Q, QuerySet

from accounts.actors import Actor
from accounts.models import User
from accounts.permissions import Right, may
from common.errors import NotFound
from connections.models import Attempt, Delivery
from oncall.models import Page
from oncall.operations.asking import THING
from oncall.ports import subjects
from oncall.refs import STAYS, UNCLEAR, WITHDRAWN, plain

QUEUED, SENDING, SENT, DELIVERED, FAILED, NOT_SENT, TAKEN_BACK, PERHAPS = (
    "queued",
    "sending",
    "sent",
    "delivered",
    "failed",
    "not sent",
    "taken back",
    "perhaps sent",
)


@dataclass(frozen=True)
class Try:
    """One try. `ok` None: no result is known (yet). `receipt`: how far the provider says that it came since."""

    started_at: datetime
    ended_at: datetime | None
    ok: bool | None
    ref: str
    error: str
    receipt: str = ""
    receipt_at: datetime | None = None
    receipt_note: str = ""

    @property
    def did(self) -> str:
        """What it did, in words; empty where it only found that nothing is to be done."""
        if self.ref.startswith(WITHDRAWN):
            return "taken back or edited"
        if self.ref.startswith(STAYS) or (self.ok is True and not self.ref):
            return ""
        return {True: "handed over", False: "refused"}.get(self.ok, "no answer")  # type: ignore[arg-type]


@dataclass(frozen=True)
class Proof:
    """What became of a page on one channel."""

    kind: str
    state: str
    error: str
    tries: tuple[Try, ...]


def pages_for(user: User | None) -> QuerySet[Page]:
    """Pages that a person may know of: their own, and those about what they may see."""
    known = Q(user=user) if user is not None else Q(pk__in=())
    for kind, subject in subjects().items():
        known |= Q(subject_kind=kind, subject_id__in=subject.visible_ids(user))
    return Page.objects.filter(known).select_related("user", "answered_by", "run")


def find_page(pk: int, by: Actor) -> Page:
    """Return one page.

    :raises NotFound: there is none that the actor may know of.
    """
    rows = Page.objects.select_related("user", "answered_by", "run") if by.is_machine else pages_for(by.user)
    page = rows.filter(pk=pk).first()
    if page is None:
        raise NotFound(f"There is no page {pk}.", field="page")
    return page


def open_pages_of(user: User) -> QuerySet[Page]:
    """What this person still may answer, oldest first."""
    rows = Page.objects.filter(user=user, status=Page.OPEN, run__acked_at__isnull=True, run__ended_at__isnull=True)
    return rows.select_related("user", "run").order_by("pk")


def proofs(pages: Iterable[Page]) -> dict[int, list[Proof]]:
    """Return what became of pages by their number, in two queries."""
    rows = Delivery.objects.filter(thing_kind=THING, thing_id__in=[page.pk for page in pages]).order_by("pk")
    found = list(rows.annotate(method=Field("lane__contact_method__kind")))
    tries: dict[int, list[Try]] = defaultdict(list)
    for row in Attempt.objects.filter(delivery__in=found).order_by("pk"):
        tries[row.delivery_id].append(_try(row))
    proof: dict[int, list[Proof]] = defaultdict(list)
    for one in found:
        kind = one.method or "removed"
        mine = tuple(tries[one.pk])
        proof[one.thing_id].append(Proof(kind, state_of(one, mine), one.last_error, mine))
    return dict(proof)


def _try(row: Attempt) -> Try:
    told = (row.receipt, row.receipt_at, row.receipt_note)
    return Try(row.started_at, row.ended_at, row.ok, row.outside_ref, row.error, *told)


def state_of(delivery: Delivery, tries: tuple[Try, ...]) -> str:
    """`sent` is said of what the provider took, `delivered` of what it says has arrived, and of nothing else.

    What it never answered is `perhaps sent`.
    """
    if delivery.outside_ref.startswith(WITHDRAWN):
        return TAKEN_BACK
    if delivery.outside_ref.startswith(UNCLEAR):
        return PERHAPS
    if delivery.outside_ref:
        arrived = any(one.receipt == DELIVERED and one.ref == plain(delivery.outside_ref) for one in tries)
        return DELIVERED if arrived else SENT
    if delivery.dead_at is not None:
        return FAILED
    if delivery.wanted > delivery.shown:
        return SENDING if tries and tries[-1].ended_at is None else QUEUED
    return NOT_SENT


def may_answer(page: Page, by: Actor) -> bool:
    """Tell whether the actor may take this page: their own, or as a responder."""
    return by.user is not None and (by.user.pk == page.user_id or may(by, Right.RESPOND))
