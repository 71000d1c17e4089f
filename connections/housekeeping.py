"""What is cleaned up each hour. Upper packages add their own chores."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings

from accounts.models import IdempotencyKey
from common import clock
from connections.models import Attempt, Received

log = logging.getLogger(__name__)

_AT_ONCE = 5000
_chores: list[Callable[[], int]] = []


def register_chore(chore: Callable[[], int]) -> None:
    """Add a chore: it removes a bounded number of old rows and returns how many."""
    if chore not in _chores:
        _chores.append(chore)


def clean_up() -> int:
    """Do every chore once; returns how many rows were touched."""
    return sum(chore() for chore in (purge_raw_bodies, forget_keys, forget_attempts, *_chores))


def purge_raw_bodies() -> int:
    """Empty raw bodies older than the setting (30 days); kind, time and outcome stay."""
    old = clock.now() - timedelta(days=settings.RAW_BODY_DAYS)
    rows = Received.objects.filter(received_at__lt=old, sealed_body__isnull=False).values("pk")[:_AT_ONCE]
    return Received.objects.filter(pk__in=list(row["pk"] for row in rows)).update(sealed_body=None, headers={})


def forget_keys() -> int:
    """Forget idempotency keys after a day."""
    old = IdempotencyKey.objects.filter(created_at__lt=clock.now() - timedelta(days=1)).values("pk")[:_AT_ONCE]
    return IdempotencyKey.objects.filter(pk__in=list(row["pk"] for row in old)).delete()[0]


def forget_attempts() -> int:
    """Forget attempts of deliveries after 90 days; the delivery itself stays."""
    old = clock.now() - timedelta(days=90)
    rows = Attempt.objects.filter(ended_at__lt=old).values("pk")[:_AT_ONCE]
    return Attempt.objects.filter(pk__in=list(row["pk"] for row in rows)).delete()[0]
