"""What a change would do, for pages: who instead of whom, whose hours, which gaps, which nights."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.models import User
from oncall.rules.schedules.comparing import Comparison
from oncall.rules.schedules.wall import datetime_of

_MOST = 40


def names_of_all() -> dict[str, str]:
    """Everybody's name by the engine's name for them."""
    return {str(pk): name for pk, name in User.objects.values_list("pk", "name")}


def named(users: Sequence[str], people: Mapping[str, str]) -> str:
    """`Ada and Bo`, or `nobody`."""
    return " and ".join(people.get(user, user) for user in users) or "nobody"


def told_in_words(told: Comparison, people: Mapping[str, str]) -> dict[str, Any]:
    """Return what `oncall/_difference.html` shows."""
    return {
        "changes": [
            (
                datetime_of(change.start),
                datetime_of(change.end),
                named(change.before, people),
                named(change.after, people),
            )
            for change in told.changes[:_MOST]
        ],
        "hours": sorted((people.get(user, user), round(more / 3600)) for user, more in told.seconds.items()),
        "gap_hours": round(told.gap_seconds / 3600),
        "tired": sorted((people.get(user, user), most) for user, most in told.tired.items()),
    }
