"""What a calendar's address answers: shifts from 30 days ago to 180 days ahead, as iCalendar text."""

from datetime import datetime, timedelta
from urllib.parse import quote

from django.conf import settings
from django.db.models import Count, Max
from icalendar import Calendar
from icalendar import Event as Entry

from accounts.models import AuditEntry, User
from common import clock
from common.ids import digest
from oncall import queries
from oncall.models import Feed, Schedule
from oncall.plans import plans
from oncall.rules.schedules.events import Event, events_of
from oncall.rules.schedules.plan import Plan
from oncall.rules.schedules.wall import datetime_of, instant_of

BEFORE, AHEAD = timedelta(days=30), timedelta(days=180)
_PRODUCT = "-//Warroom//On call//EN"


def feed_of(secret: str) -> Feed | None:
    """Return the calendar that an address opens, of somebody who is still here."""
    rows = Feed.objects.select_related("user", "schedule").filter(revoked_at__isnull=True, user__is_active=True)
    found = rows.filter(digest=digest(secret)).first()
    if found is None or (found.schedule is not None and found.schedule.archived_at is not None):
        return None
    return found


def calendar_text(feed: Feed) -> bytes:
    """Return the calendar. The same until a day has gone by or something has changed."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = today - BEFORE, today + AHEAD
    schedules = [feed.schedule] if feed.schedule else list(Schedule.objects.filter(archived_at__isnull=True))
    found = plans([schedule.pk for schedule in schedules], start - timedelta(days=40), end)
    user = None if feed.schedule else str(feed.user_id)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    title = f"On call: {feed.schedule.name}" if feed.schedule else "On call: my shifts"
    calendar.add("x-wr-calname", title)
    calendar.add("name", title)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for schedule in sorted(schedules, key=lambda each: each.pk):
        _add(calendar, feed, schedule, found[schedule.pk], instant_of(start), instant_of(end), user)
    text: bytes = calendar.to_ical()
    return text


def _add(
    calendar: Calendar, feed: Feed, schedule: Schedule, plan: Plan, start: int, end: int, user: str | None
) -> None:
    if user is not None and user not in plan.people:
        return
    events = events_of(plan, start, end, user)
    people = queries.people_of(event.shift for event in events)
    changes, changed_at = _changes(schedule)
    for event in events:
        calendar.add_component(_entry(feed, schedule, event, people, changes, changed_at))


def _entry(
    feed: Feed, schedule: Schedule, event: Event, people: dict[str, User], changes: int, changed_at: datetime
) -> Entry:
    """`changes` makes a calendar take the newer one, whatever of the schedule was changed."""
    entry = Entry()
    name = digest(f"{schedule.pk}:{feed.schedule_id or feed.user_id}:{event.name}")[:32]
    entry.add("uid", f"{name}@{settings.BASE_HOST}")
    entry.add("dtstamp", changed_at)
    entry.add("last-modified", changed_at)
    entry.add("sequence", changes)
    entry.add("dtstart", datetime_of(event.shift.start))
    entry.add("dtend", datetime_of(event.shift.end))
    who = " and ".join(people[user].name if user in people else "somebody" for user in event.shift.users)
    entry.add("summary", f"{who}: {schedule.name}" if feed.schedule else f"On call: {schedule.name}")
    entry.add("url", f"{settings.BASE_URL}/schedules/{quote(schedule.slug)}")
    entry.add("transp", "TRANSPARENT")
    return entry


def _changes(schedule: Schedule) -> tuple[int, datetime]:
    """How often a schedule was changed, and when last: every change is in the audit."""
    rows = AuditEntry.objects.filter(subject_kind="schedule", subject_id=str(schedule.pk))
    found = rows.aggregate(count=Count("pk"), last=Max("at"))
    return found["count"], (found["last"] or schedule.created_at).replace(microsecond=0)
