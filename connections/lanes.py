"""Working off a lane: draw, send, remember; one thing at a time, in order."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import F, QuerySet

from common import clock
from common.errors import PartnerTrouble
from common.pending import MOST_TRIES, backoff
from common.testing.killpoint import killpoint
from connections.holding import EACH_ALONE
from connections.models import Attempt, Delivery, Lane

log = logging.getLogger(__name__)

_AT_ONCE = 20
#: why something waits whose other side is said to be down
PAUSED = "paused: somebody said that the other side is down"
_LONGEST_PAUSE = timedelta(seconds=25)


@dataclass(frozen=True)
class Sent:
    """What a sender did: `ref` is the provider's id of what is shown now ("" when nothing is)."""

    ref: str = ""


class Sender(Protocol):
    """Draws and sends the deliveries of one lane kind. Called outside any transaction."""

    def companions(self, delivery: Delivery, *, look_first: bool) -> Sequence[Delivery]:
        """Which others the same send shows, in order; mostly none."""
        ...

    def send(self, delivery: Delivery, companions: Sequence[Delivery], *, look_first: bool) -> Sent:
        """Post, edit or delete, whatever makes the place show the thing (and its companions) as it is now.

        `look_first`: an earlier try has no known result; look for its marker before posting again.

        :raises PartnerTrouble: when the other side refuses or does not answer.
        """
        ...

    def pace(self, lane: Lane) -> timedelta:
        """The least time between two sends in this lane."""
        ...


_senders: dict[str, Sender] = {}


def register_sender(lane_kind: str, sender: Sender, *, each_alone: bool = False) -> None:
    """Say who sends for a lane kind. `each_alone`: what goes there does not follow from what went before."""
    _senders[lane_kind] = sender
    if each_alone:
        EACH_ALONE.add(lane_kind)


def due_deliveries(lane: Lane) -> QuerySet[Delivery]:
    """What this lane still has to show, in the order it should go."""
    waiting = lane.deliveries.filter(dead_at__isnull=True, held_at__isnull=True, wanted__gt=F("shown"))
    return waiting.order_by("priority", "position", "id")


def run_lane(lane: Lane) -> None:
    """Send what is due in this lane, under its lease, until it is empty, paced or in trouble."""
    sender = _senders.get(lane.kind)
    if sender is None or not lane.connection.is_on:
        lane.again(error="integration not installed or switched off", at=_later(300), count=False)
        return
    if lane.connection.paused_at is not None:
        lane.again(error=PAUSED, at=_later(60), count=False)
        return
    if not lane.is_open:
        _rest(lane)
        return
    for _ in range(_AT_ONCE):
        delivery = due_deliveries(lane).select_related("lane__connection").first()
        if delivery is None:
            break
        pause = _try(delivery, sender, lane)
        if pause is not None:
            lane.again(
                error=delivery.last_error,
                at=clock.now() + pause,
                count=False,
                attempts=lane.attempts,
                next_at=lane.next_at,
            )
            return
        if pace := sender.pace(lane):
            _settle(lane, clock.now() + pace)
            return
        if not lane.renew():
            return
    _settle(lane, clock.now())


def _try(delivery: Delivery, sender: Sender, lane: Lane) -> timedelta | None:
    """Send one delivery; returns how long the lane must pause, or None when it may go on."""
    version = delivery.wanted
    look_first = delivery.attempts.filter(ok__isnull=True).exists()
    others = sender.companions(delivery, look_first=look_first)
    # What is sent together has one time: by it the same lines are found when the result is not known.
    begun = clock.now()
    tried = [Attempt(delivery=one, version=one.wanted, started_at=begun) for one in [delivery, *others]]
    attempts = Attempt.objects.bulk_create(tried)
    killpoint("K6")
    try:
        sent = sender.send(delivery, others, look_first=look_first)
    except PartnerTrouble as trouble:
        return _trouble(delivery, attempts, trouble, lane)
    except Exception as error:
        # Nobody knows how far it came: the next try looks first.
        log.exception("delivery %s could not be drawn or sent", delivery.pk)
        _end(attempts, ok=None, error=repr(error))
        if delivery.attempt_count + 1 >= MOST_TRIES:
            _kill(delivery, version, repr(error))
            return None
        _failed(delivery, repr(error))
        return backoff(delivery.attempt_count)
    killpoint("K20")
    now = clock.now()
    with transaction.atomic():
        for attempt in attempts:
            Delivery.objects.filter(pk=attempt.delivery_id).update(
                shown=attempt.version, outside_ref=sent.ref, attempt_count=0, last_error="", shown_at=now
            )
        before = Attempt.objects.filter(delivery__in=[attempt.delivery_id for attempt in attempts], ok__isnull=True)
        before.exclude(pk__in=[attempt.pk for attempt in attempts]).update(ok=False, ended_at=now)
        _end(attempts, ok=True, outside_ref=sent.ref)
    killpoint("K9")
    lane.attempts = 0
    return None


def _trouble(delivery: Delivery, attempts: list[Attempt], trouble: PartnerTrouble, lane: Lane) -> timedelta | None:
    if trouble.permanent:
        _end(attempts, ok=False, error=trouble.message)
        if len(attempts) > 1:
            # Which of them is refused is not known: each goes alone then, and only the refused one is given up.
            together = [attempt.delivery_id for attempt in attempts]
            Delivery.objects.filter(pk__in=together).update(attempt_count=1, last_error=trouble.message[:2000])
            # Earlier tries were looked for and not found, or this one would not have been sent.
            unclear = Attempt.objects.filter(delivery__in=together, ok__isnull=True)
            unclear.update(ok=False, ended_at=clock.now())
        else:
            _kill(delivery, attempts[0].version, trouble.message)
        return None
    _end(attempts, ok=None if trouble.unclear else False, error=trouble.message)
    _failed(delivery, trouble.message)
    lane.attempts += 1
    if trouble.retry_after is not None:
        lane.next_at = clock.now() + timedelta(seconds=trouble.retry_after)
        return timedelta(seconds=trouble.retry_after)
    return min(backoff(min(lane.attempts, 5)), _LONGEST_PAUSE)


def _end(attempts: Sequence[Attempt], *, ok: bool | None, error: str = "", outside_ref: str = "") -> None:
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).update(
        ok=ok, error=error[:2000], outside_ref=outside_ref, ended_at=clock.now()
    )


def _failed(delivery: Delivery, error: str) -> None:
    delivery.attempt_count += 1
    delivery.last_error = error[:2000]
    delivery.save(update_fields=["attempt_count", "last_error"])


def _kill(delivery: Delivery, version: int, error: str) -> None:
    """Give it up, unless it is wanted anew since this version was tried."""
    Delivery.objects.filter(pk=delivery.pk, wanted=version).update(
        dead_at=clock.now(), last_error=error[:2000], attempt_count=F("attempt_count") + 1
    )


def _settle(lane: Lane, next_at: datetime) -> None:
    """Give the lane back: due again when something waits, else idle.

    A `want` meanwhile is not lost: it holds the lane by a key-share lock until its commit, for which this
    full lock waits.
    """
    with transaction.atomic():
        Lane.objects.select_for_update().get(pk=lane.pk)
        waits = due_deliveries(lane).exists()
        Lane.objects.filter(pk=lane.pk, lease_owner=lane.lease_owner).update(
            due_at=next_at if waits else None,
            next_at=next_at,
            attempts=0,
            last_error="",
            lease_until=None,
            lease_owner="",
        )


def _rest(lane: Lane) -> None:
    """Give a closed lane back without a due time, unless it was opened meanwhile."""
    with transaction.atomic():
        now_open = Lane.objects.select_for_update().get(pk=lane.pk).is_open
        Lane.objects.filter(pk=lane.pk, lease_owner=lane.lease_owner).update(
            due_at=clock.now() if now_open else None, lease_until=None, lease_owner=""
        )


def _later(seconds: int) -> datetime:
    return clock.now() + timedelta(seconds=seconds)
