"""A storm of pages to one person: what waits for the same address goes in one message, and each keeps its own proof."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from common import clock
from connections.lanes import due_deliveries
from connections.models import Attempt, Delivery, Lane
from oncall.models import Page
from oncall.operations.asking import THING, is_busy
from oncall.ports import Facts
from oncall.refs import is_live, plain
from oncall.rules.storm import PACE
from oncall.saying import one_line

#: so many share a message; what is over waits for the next
MOST = 100
#: so many of them are named in it
_NAMED = 10
_JUST_NOW = timedelta(seconds=1)


def waiting_with(delivery: Delivery, *, look_first: bool) -> list[Delivery]:
    """What else waits to be sent to the same address for the first time.

    A message whose result is not known is tried again with what it was tried with.
    """
    unclear = Attempt.objects.filter(delivery=OuterRef("pk"), ok__isnull=True)
    waiting = due_deliveries(delivery.lane).exclude(pk=delivery.pk).filter(thing_kind=THING, outside_ref="")
    if look_first:
        last = delivery.attempts.filter(ok__isnull=True).latest("started_at")
        return list(waiting.filter(Exists(unclear.filter(started_at=last.started_at))))
    if delivery.attempt_count:
        # One of them was refused: each goes alone.
        return []
    return list(waiting.filter(~Exists(unclear), attempt_count=0)[: MOST - 1])


def said_together(facts: Facts, others: Sequence[Facts]) -> Facts:
    """What one message says of several pages. Where the first may not be named, none is."""
    if not others:
        return facts
    named = [one_line(f"{one.severity} {one.title}".strip()) for one in others[:_NAMED]]
    left = len(others) - len(named)
    more = (*facts.lines, f"+{len(others)} more:", *named, *([f"and {left} others."] if left else []))
    return replace(
        facts,
        title=f"+{len(others)} more pages: {facts.title}",
        url=f"{settings.BASE_URL}/inbox",
        lines=more,
        more=len(others),
    )


def pace_of(lane: Lane, user: int, usual: timedelta) -> timedelta:
    """The time until the next send to this address: in a storm a minute after a page was sent there.

    What only takes back or edits what was sent goes at the usual pace.
    """
    if not is_busy(user, clock.now()):
        return usual
    last = lane.deliveries.filter(thing_kind=THING, shown_at__isnull=False).order_by("-shown_at").first()
    sent = last is not None and last.shown_at is not None and clock.now() - last.shown_at < _JUST_NOW
    return max(usual, PACE) if last is not None and sent and is_live(last.outside_ref) else usual


def others_in(delivery: Delivery, ref: str) -> list[Page]:
    """Which other pages that wait for an answer the same message stands for."""
    same = Q(outside_ref=ref) | Q(outside_ref__endswith=f":{ref}")
    shown = Delivery.objects.filter(lane=delivery.lane_id, thing_kind=THING).filter(same).exclude(pk=delivery.pk)
    rows = Page.objects.filter(pk__in=shown.values("thing_id"), status=Page.OPEN)
    return list(rows.select_related("user", "run").order_by("pk"))


def together_with(page: Page) -> list[Page]:
    """Other open pages of the same person that came in one message with this one."""
    found: dict[int, Page] = {}
    for delivery in Delivery.objects.filter(thing_kind=THING, thing_id=page.pk).exclude(outside_ref="").order_by("pk"):
        for other in others_in(delivery, plain(delivery.outside_ref)):
            if other.user_id == page.user_id:
                found[other.pk] = other
    return list(found.values())
