"""Schedules."""

from typing import Any

from accounts.actors import SYSTEM
from accounts.models import Team, User
from oncall.models import Schedule
from oncall.operations.schedules import make_schedule as make


def layer(
    *groups: list[User], starts_at: str = "2026-01-05T09:00", name: str = "primary", **more: Any
) -> dict[str, Any]:
    """A layer of the preview format that hands over each week, people by number."""
    return {
        "name": name,
        "starts_at": starts_at,
        "participants": [[str(user.pk) for user in group] for group in groups] or [[]],
        "rotate": {"unit": "week", "every": 1},
        **more,
    }


def make_schedule(
    name: str = "Shop primary", *layers: dict[str, Any], team: Team | None = None, time_zone: str = "Europe/Berlin"
) -> Schedule:
    """A schedule of these layers."""
    return make(name=name, time_zone=time_zone, layers=list(layers), team=team, by=SYSTEM)
