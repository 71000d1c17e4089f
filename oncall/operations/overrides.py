"""Somebody is on call instead, for a while."""

from datetime import datetime, timedelta

from accounts import audit
from accounts.actors import Actor
from accounts.models import User
from common import clock
from common.cleaning import clean
from common.errors import Conflict, Invalid, NotFound
from common.operations import operation
from oncall.models import Override
from oncall.operations.schedules import lock_schedule
from oncall.operations.watching import wake
from oncall.permissions import require_cover

_LONGEST = timedelta(days=366)


@operation
def add_override(
    *,
    slug: str,
    user: User,
    starts_at: datetime,
    ends_at: datetime,
    by: Actor,
    replaces: User | None = None,
    reason: str = "",
) -> Override:
    """Put a person on call for [starts_at, ends_at), to the minute: for everybody, or for one person.

    What is past stays as it was: one that began earlier counts from now on.

    :raises Invalid: naming the field. :raises NotFound: no such schedule. :raises NotAllowed: not for the actor.
    """
    schedule = lock_schedule(slug)
    require_cover(by, schedule, user)
    now = clock.now().replace(second=0, microsecond=0)
    if starts_at.second or starts_at.microsecond or ends_at.second or ends_at.microsecond:
        raise Invalid("Overrides are to the minute, without seconds.", field="from" if starts_at.second else "to")
    if ends_at <= now:
        raise Invalid("That is over already; what was stays as it was.", field="to")
    starts_at = max(starts_at, now)
    if ends_at <= starts_at:
        raise Invalid("An override ends after it begins.", field="to")
    if ends_at - starts_at > _LONGEST:
        raise Invalid("An override is at most a year long; change the schedule instead.", field="to")
    if not user.is_active:
        raise Invalid(f"{user.name} has left and can't be on call.", field="user")
    row = Override.objects.create(
        schedule=schedule,
        user=user,
        replaces=replaces,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=clean(reason, "reason", most=300, one_line=True),
        made_by=by.user,
    )
    audit.record(by, "override.made", "schedule", schedule.pk, after=_facts(row))
    wake(schedule.pk)
    return row


@operation
def end_override(*, slug: str, override: int, by: Actor) -> Override:
    """Take an override back: one under way ends now, one to come never begins.

    :raises NotFound: no such override. :raises Conflict: it is over. :raises NotAllowed: not for the actor.
    """
    schedule = lock_schedule(slug)
    row = schedule.overrides.filter(pk=override, cancelled_at__isnull=True).select_related("user").first()
    if row is None:
        raise NotFound(f"There is no override {override} on {schedule.name}.", field="override")
    require_cover(by, schedule, row.user)
    now = clock.now().replace(second=0, microsecond=0)
    if row.ends_at <= now:
        raise Conflict("This override is over; what was stays as it was.", field="override")
    before = _facts(row)
    if row.starts_at < now:
        row.ends_at = now
    else:
        row.cancelled_at = clock.now()
    row.save(update_fields=["ends_at", "cancelled_at"])
    audit.record(by, "override.ended", "schedule", schedule.pk, before=before, after=_facts(row))
    wake(schedule.pk)
    return row


def _facts(row: Override) -> dict[str, object]:
    return {
        "override": row.pk,
        "user": row.user_id,
        "replaces": row.replaces_id,
        "from": row.starts_at.isoformat(),
        "to": row.ends_at.isoformat(),
        "reason": row.reason,
        "cancelled": row.cancelled_at is not None,
    }
