"""Making and ending the secret addresses of calendars."""

from django.conf import settings

from accounts import audit
from accounts.actors import Actor
from accounts.models import User
from common import clock
from common.errors import NotAllowed, NotFound
from common.ids import digest, new_secret
from common.operations import operation
from oncall.models import Feed, Schedule


@operation
def make_feed(*, by: Actor, slug: str = "") -> tuple[Feed, str]:
    """Make a calendar of a schedule, or without one of the actor's own shifts; return it with its address, once.

    One that the actor has for the same ends.

    :raises NotFound: no such schedule. :raises NotAllowed: the actor is no person.
    """
    user = _person(by)
    schedule = None
    if slug:
        schedule = Schedule.objects.filter(slug=slug, archived_at__isnull=True).first()
        if schedule is None:
            raise NotFound(f"There is no schedule “{slug[:80]}”.", field="schedule")
    # Of two at once the second ends the first one's.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    now = clock.now()
    Feed.objects.filter(user=user, schedule=schedule, revoked_at__isnull=True).update(revoked_at=now)
    # The prefix is what the log knows it by, and takes it out.
    secret = new_secret("wr_")
    row = Feed.objects.create(user=user, schedule=schedule, digest=digest(secret), made_at=now)
    audit.record(by, "feed.made", "feed", row.pk, after={"schedule": schedule and schedule.slug})
    return row, f"{settings.BASE_URL}/feeds/{secret}.ics"


@operation
def revoke_feed(*, number: int, by: Actor) -> Feed:
    """End a calendar of the actor's own: its address leads nowhere from now on.

    :raises NotFound: there is none of theirs.
    """
    user = _person(by)
    row = Feed.objects.select_for_update(no_key=True).filter(pk=number, user=user, revoked_at__isnull=True).first()
    if row is None:
        raise NotFound("There is no such calendar of yours.", field="feed")
    row.revoked_at = clock.now()
    row.save(update_fields=["revoked_at"])
    audit.record(by, "feed.revoked", "feed", row.pk)
    return row


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("Calendars belong to people.")
    return by.user
