"""News of delivery: how far what a provider took has come. Late, twice and out of order is how they arrive."""

from datetime import datetime

from common.operations import operation
from connections.models import Attempt, Connection, Delivery
from oncall.models import Page
from oncall.operations.asking import THING, lock_page
from oncall.operations.paging import hurry

QUEUED, SENDING, SENT, DELIVERED, FAILED = "queued", "sending", "sent", "delivered", "failed"
#: nothing goes back; where both are told, the failure is believed
_ORDER = {word: place for place, word in enumerate(("", QUEUED, SENDING, SENT, DELIVERED, FAILED))}


@operation
def take_receipt(*, connection: Connection, ref: str, state: str, at: datetime, note: str = "") -> str | None:
    """Record what the provider says of the send it calls `ref`; returns what became of it, None: no try of ours.

    A page that did not arrive after all goes by the person's next rule at once, as if it had been refused.
    """
    found = Attempt.objects.filter(outside_ref=ref, delivery__thing_kind=THING)
    # A method may have been added through another account of the same provider than it is sent by now.
    found = found.filter(delivery__lane__connection__kind=connection.kind).select_related("delivery")
    pages = Page.objects.in_bulk({attempt.delivery.thing_id for attempt in found})
    # One message may stand for several pages: one root lock after the other, in the order of their numbers.
    about = [(pages[attempt.delivery.thing_id], attempt) for attempt in found if attempt.delivery.thing_id in pages]
    about.sort(key=lambda one: (one[0].subject_kind, one[0].subject_id, one[1].pk))
    said = [_take(page, attempt, state, at, note) for page, attempt in about]
    return "; ".join(dict.fromkeys(said)) or None


def _take(page: Page, attempt: Attempt, state: str, at: datetime, note: str) -> str:
    lock_page(page.pk)
    attempt.refresh_from_db()
    if _ORDER[state] <= _ORDER[attempt.receipt]:
        return f"page {page.pk}: known already"
    attempt.receipt, attempt.receipt_at, attempt.receipt_note = state, at, note[:200]
    attempt.save(update_fields=["receipt", "receipt_at", "receipt_note"])
    if state == FAILED and _is_lost(attempt, note):
        hurry(page.pk, delivery=attempt.delivery_id, permanent=True)
    return f"page {page.pk}: {state}"


def _is_lost(attempt: Attempt, note: str) -> bool:
    """The delivery is one that failed, unless something newer is shown there, or wanted, by now."""
    same = Delivery.objects.filter(pk=attempt.delivery_id, outside_ref=attempt.outside_ref)
    same = same.filter(wanted=attempt.version, shown=attempt.version)
    error = f"It was taken and did not arrive: {note}" if note else "It was taken and did not arrive."
    return bool(same.update(outside_ref="", dead_at=attempt.receipt_at, last_error=error[:2000]))
