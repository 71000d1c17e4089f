"""News of delivery: how far what a provider took has come. Late, twice and out of order is how they arrive."""

from datetime import datetime

from common.operations import operation
from connections.models import Attempt, Connection, Delivery
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
    found = found.filter(delivery__lane__connection__kind=connection.kind)
    attempt = found.select_related("delivery").order_by("pk").first()
    if attempt is None:
        return None
    page, _, _ = lock_page(attempt.delivery.thing_id)
    attempt.refresh_from_db()
    about = f"page {page.pk}"
    if _ORDER[state] <= _ORDER[attempt.receipt]:
        return f"{about}: known already"
    attempt.receipt, attempt.receipt_at, attempt.receipt_note = state, at, note[:200]
    attempt.save(update_fields=["receipt", "receipt_at", "receipt_note"])
    if state == FAILED and _is_lost(attempt, note):
        hurry(page.pk, delivery=attempt.delivery_id, permanent=True)
    return f"{about}: {state}"


def _is_lost(attempt: Attempt, note: str) -> bool:
    """The delivery is one that failed, unless something newer is shown there, or wanted, by now."""
    same = Delivery.objects.filter(pk=attempt.delivery_id, outside_ref=attempt.outside_ref)
    same = same.filter(wanted=attempt.version, shown=attempt.version)
    error = f"It was taken and did not arrive: {note}" if note else "It was taken and did not arrive."
    return bool(same.update(outside_ref="", dead_at=attempt.receipt_at, last_error=error[:2000]))
