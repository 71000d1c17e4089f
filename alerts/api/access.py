"""What belongs to an incident that the reader may not see is not shown as an alert either.

This package does not know incidents. Who does says which groups are hidden from a person; until somebody
has, nothing is shown at all.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from alerts.models import Alert, AlertGroup

#: a person → a queryset of one column: the ids of the groups that are hidden from them.
Hidden = Callable[[User], "QuerySet[Any]"]
_hidden: Hidden | None = None


class NobodyKnows(RuntimeError):
    """No package has said which groups are hidden."""


def say_which_groups_are_hidden(hidden: Hidden) -> None:
    """Register who knows (called once, by the package that owns incidents)."""
    global _hidden
    _hidden = hidden


def _hidden_from(user: User) -> "QuerySet[Any]":
    if _hidden is None:
        raise NobodyKnows("no package has said which alert groups are hidden")
    return _hidden(user)


def visible_groups(user: User) -> "QuerySet[AlertGroup]":
    """The groups that the person may see."""
    return AlertGroup.objects.exclude(pk__in=_hidden_from(user)).select_related("connection")


def visible_alerts(user: User) -> "QuerySet[Alert]":
    """The alerts of those groups, and those of no group that nothing marks as private."""
    return (
        Alert.objects.exclude(group_id__in=_hidden_from(user))
        .exclude(Q(group__isnull=True) & Q(received__is_private=True))
        .select_related("connection", "group")
    )
