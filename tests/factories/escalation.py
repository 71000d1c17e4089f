"""Ways to be reached, and policies."""

from typing import Any

from accounts.actors import SYSTEM
from accounts.models import Team, User
from common import clock
from connections.models import Connection, Lane
from oncall.models import PAGER_LANE, ContactMethod, EscalationPolicy, NotificationRule, Schedule
from oncall.operations.policies import make_policy as make


def make_contact(
    user: User, *delays: int, address: str = "", kind: str = "fake", urgency: str = "high", verified: bool = True
) -> ContactMethod:
    """A contact method that is used so many minutes after a page began (at once, when nothing is said)."""
    connection, _ = Connection.objects.get_or_create(kind=kind, defaults={"name": kind.title()})
    where = address or user.handle
    lane = Lane.objects.create(connection=connection, kind=PAGER_LANE, key=f"{kind}:{where}", address=where)
    method = ContactMethod.objects.create(
        user=user, kind=kind, address=where, lane=lane, verified_at=clock.now() if verified else None
    )
    for delay in delays or (0,):
        NotificationRule.objects.create(user=user, urgency=urgency, method=method, delay_minutes=delay)
    return method


def level(*targets: User | Schedule | Team, wait: int = 5) -> dict[str, Any]:
    """A level of these people, schedules and teams."""
    kinds = {User: "person", Schedule: "schedule", Team: "team"}
    return {"wait_minutes": wait, "targets": [{"kind": kinds[type(one)], "id": one.pk} for one in targets]}


def make_policy(name: str = "Payments", *levels: dict[str, Any], **fields: Any) -> EscalationPolicy:
    """A policy of these levels; asked once through, where nothing else is said."""
    return make(name=name, levels=levels, by=SYSTEM, **{"repeats": 0, **fields})
