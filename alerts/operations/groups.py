"""Writes on alert groups."""

from collections.abc import Sequence

from alerts.models import AlertGroup
from common import clock
from common.operations import operation


@operation
def close_groups(group_ids: Sequence[int]) -> None:
    """Close groups together with their incident: a newer trigger of the same key begins a new one."""
    if group_ids:
        AlertGroup.objects.filter(pk__in=group_ids).exclude(state=AlertGroup.CLOSED).update(
            state=AlertGroup.CLOSED, closed_at=clock.now()
        )
