"""Following an outside calendar: it is read every quarter of an hour, and its last good copy is kept."""

from collections import Counter
from datetime import timedelta

from accounts import audit
from accounts.actors import SYSTEM, Actor
from accounts.models import User
from common import clock, doorbell, outbound
from common.cleaning import clean
from common.errors import NotFound, PartnerTrouble
from common.operations import operation
from oncall.models import FollowedCalendar, Schedule
from oncall.operations.notices import tell_people
from oncall.operations.schedules import lock_schedule
from oncall.operations.watching import wake
from oncall.permissions import require_change
from oncall.plans import pieces_of
from oncall.rules.calendar_people import Directory, Followed, followed, kept
from oncall.rules.calendars import MOST_BYTES, UnreadableCalendar, read_calendar
from oncall.rules.schedules.wall import instant_of

EVERY = timedelta(minutes=15)
#: an older copy than this is said to be old
OLD = timedelta(hours=2)
_BEFORE, _AHEAD = timedelta(days=7), timedelta(days=190)
_KEPT = timedelta(days=400)


@operation
def follow_calendar(*, slug: str, url: str, by: Actor, name: str = "Calendar") -> FollowedCalendar:
    """Follow a calendar from now on; one that the schedule follows already ends. It lies above all layers.

    :raises Invalid: the address or the name. :raises NotFound: no such schedule. :raises NotAllowed: not for the actor.
    """
    schedule = lock_schedule(slug)
    require_change(by, schedule)
    address = outbound.check_url(url.replace("webcal://", "https://", 1))
    _end(schedule)
    row = FollowedCalendar(
        schedule=schedule,
        name=clean(name, "name", most=80, least=1, one_line=True),
        made_by=by.user,
        made_at=clock.now(),
        due_at=clock.now(),
    )
    row.url = address
    row.save(force_insert=True)
    audit.record(by, "calendar.followed", "schedule", schedule.pk, after={"calendar": row.pk, "name": row.name})
    doorbell.ring_after_commit(FollowedCalendar)
    return row


@operation
def leave_calendar(*, slug: str, by: Actor) -> FollowedCalendar:
    """Follow it no more. What it said until now stays.

    :raises NotFound: the schedule follows none. :raises NotAllowed: not for the actor.
    """
    schedule = lock_schedule(slug)
    require_change(by, schedule)
    row = _end(schedule)
    if row is None:
        raise NotFound(f"{schedule.name} follows no calendar.", field="calendar")
    audit.record(by, "calendar.left", "schedule", schedule.pk, before={"calendar": row.pk, "name": row.name})
    return row


def read_again(row: FollowedCalendar) -> None:
    """Read it. What can't be read leaves the last good copy as it is, and says why."""
    try:
        # Asked for anew each time: what it comes to changes with the day and with who is here, not only with its text.
        answer = outbound.request("GET", row.url, headers={"Accept": "text/calendar"}, most_bytes=MOST_BYTES)
        if answer.status != 200:
            raise PartnerTrouble(f"The calendar's server answers {answer.status}.")
        now = clock.now()
        zone = row.schedule.versions.get(superseded_at__isnull=True).time_zone
        entries = read_calendar(answer.body, now - _BEFORE, now + _AHEAD, zone)
    except (PartnerTrouble, UnreadableCalendar) as trouble:
        row.again(error=str(trouble), at=clock.now() + EVERY, count=False)
        return
    _keep(row, followed(entries, _directory()))


@operation
def _keep(row: FollowedCalendar, found: Followed) -> None:
    Schedule.objects.select_for_update(no_key=True).get(pk=row.schedule_id)
    fresh = FollowedCalendar.objects.select_related("schedule__team").get(pk=row.pk)
    now = clock.now()
    if fresh.removed_at is not None:
        return
    pieces = kept(pieces_of(fresh.pieces), found.pieces, instant_of(now), instant_of(now - _KEPT))
    told = [[start, end, list(users)] for start, end, users in pieces]
    new = [words for words in found.unknown if words not in fresh.warnings]
    if told != fresh.pieces:
        audit.record(SYSTEM, "calendar.changed", "schedule", fresh.schedule_id, after={"calendar": fresh.pk})
        wake(fresh.schedule_id)
    if new:
        _tell_owners(fresh, new)
    row.again(error="", at=now + EVERY, count=False, read_at=now, pieces=told, warnings=found.unknown)


def _end(schedule: Schedule) -> FollowedCalendar | None:
    row = schedule.calendars.filter(removed_at__isnull=True).first()
    if row is None:
        return None
    now = clock.now()
    pieces = kept(pieces_of(row.pieces), [], instant_of(now), instant_of(now - _KEPT))
    row.pieces = [[start, end, list(users)] for start, end, users in pieces]
    row.removed_at, row.state, row.due_at, row.lease_until, row.lease_owner = now, row.DONE, None, None, ""
    row.save()
    wake(schedule.pk)
    return row


def _tell_owners(row: FollowedCalendar, unknown: list[str]) -> None:
    """Whoever set it up: hours that it gives to somebody we don't know are nobody's here."""
    if row.made_by is None:
        return
    tell_people(
        [row.made_by],
        f"{row.name} names people that we don't know",
        lambda user: [", ".join(unknown[:10]), f"Their hours on {row.schedule.name} are nobody's from the calendar."],
        kind="calendar",
        path=f"/schedules/{row.schedule.slug}#calendar",
    )


def _directory() -> Directory:
    people = list(User.objects.filter(is_active=True).order_by("pk"))
    names = Counter(user.name.casefold() for user in people)
    return Directory(
        emails={user.email.casefold(): str(user.pk) for user in people},
        handles={user.handle.casefold(): str(user.pk) for user in people},
        names={user.name.casefold(): str(user.pk) for user in people if names[user.name.casefold()] == 1},
    )
