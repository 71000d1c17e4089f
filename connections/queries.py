"""Reads on connections, with what the reader must not learn of left out."""

from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from accounts.models import User
from connections.api.access import hidden_numbers
from connections.models import Received


def events_of(user: User, connection: int) -> "QuerySet[Any]":
    """What came in, each row saying whether it belongs to an incident that the person may not see."""
    hidden = Q(incident_number__in=hidden_numbers(user))
    unknown = Q(is_private=True, incident_number__isnull=True)
    return Received.objects.filter(connection_id=connection).annotate(
        is_hidden=Case(When(hidden | unknown, then=Value(True)), default=Value(False))
    )
