"""Quiet hours: until when a page that can wait waits for a person, and saying so of oneself."""

from collections.abc import Iterable
from datetime import datetime, time

from accounts import audit
from accounts.actors import Actor
from accounts.models import User
from common.errors import NotAllowed
from common.operations import operation
from oncall.models import QuietHours
from oncall.rules.quiet import FROM, TO, quiet_until


def quiet_hours_of(user: User) -> tuple[time, time]:
    """From when to when what can wait is not sent to them."""
    row = QuietHours.objects.filter(user=user).first()
    return (row.starts, row.ends) if row else (FROM, TO)


def waits_of(users: Iterable[User], now: datetime) -> dict[int, datetime]:
    """Return until when those wait who have quiet hours now, in one query."""
    people = list(users)
    said = {row.user_id: (row.starts, row.ends) for row in QuietHours.objects.filter(user__in=people)}
    found = {user.pk: quiet_until(*said.get(user.pk, (FROM, TO)), user.time_zone, now) for user in people}
    return {pk: until for pk, until in found.items() if until is not None}


@operation
def set_quiet_hours(*, starts: time, ends: time, by: Actor) -> None:
    """Say when one is not paged about what can wait; the same time twice: never. What waits already stays as it is.

    :raises NotAllowed: the actor has no account.
    """
    if by.user is None:
        raise NotAllowed("Only people with an account have quiet hours.")
    before = quiet_hours_of(by.user)
    if before == (starts, ends):
        return
    QuietHours.objects.update_or_create(user=by.user, defaults={"starts": starts, "ends": ends})
    audit.record(
        by,
        "contact.quiet_hours",
        "user",
        by.user.pk,
        before={"from": f"{before[0]:%H:%M}", "to": f"{before[1]:%H:%M}"},
        after={"from": f"{starts:%H:%M}", "to": f"{ends:%H:%M}"},
    )
