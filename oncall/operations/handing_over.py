"""The handover note: what somebody leaves to who is on call after them."""

from datetime import timedelta

from accounts import audit
from accounts.actors import Actor
from accounts.models import User
from common import clock
from common.cleaning import clean
from common.errors import Conflict, NotAllowed
from common.operations import operation
from oncall import queries
from oncall.models import Handover, Override, Page, Schedule
from oncall.operations.notices import tell_people
from oncall.ports import subject_of, subjects
from oncall.rules.schedules.plan import Shift

#: who went off call so long ago may still leave a note
AFTER = timedelta(hours=12)
_LOOK_BACK = timedelta(days=7)
_MOST = 10


@operation
def hand_over(*, note: str, by: Actor) -> list[Handover]:
    """Leave a note on every schedule that has the actor on call, or had until a short while ago.

    Who is on call there by now is told at once; who comes on call is told with the beginning of their shift.

    :raises Conflict: the actor is not on call anywhere. :raises Invalid: the note is empty or too long.
    """
    user = _person(by)
    text = clean(note, "note", most=2000, least=1)
    schedules = schedules_of(user)
    if not schedules:
        raise Conflict("You are not on call, and were not in the last hours.")
    found = []
    for schedule in schedules:
        row = Handover.objects.create(schedule=schedule, by=user, note=text, made_at=clock.now())
        audit.record(by, "handover.written", "schedule", schedule.pk, after={"handover": row.pk})
        here = queries.on_call([schedule.pk], clock.now())[schedule.pk]
        numbers = {int(name) for name in here.users} - {user.pk} if isinstance(here, Shift) else set()
        tell_people(
            User.objects.filter(pk__in=numbers).order_by("pk"),
            f"{user.name} leaves you a note on {schedule.name}",
            lambda reader: [text],
            kind="shift",
            path="/oncall/me",
        )
        found.append(row)
    return found


def schedules_of(user: User) -> list[Schedule]:
    """Return where a person is on call, or was until a short while ago."""
    now = clock.now()
    found = {schedule.pk: schedule for schedule, _ in queries.shifts_of(user, now - AFTER, now + timedelta(minutes=1))}
    return sorted(found.values(), key=lambda schedule: schedule.name)


def notes_for(user: User) -> list[Handover]:
    """Return the newest note of somebody else on each schedule that has a person on call."""
    found = []
    for schedule in schedules_of(user):
        rows = Handover.objects.filter(schedule=schedule, made_at__gt=clock.now() - _LOOK_BACK).exclude(by=user)
        found += list(rows.select_related("by", "schedule")[:1])
    return found


def draft_of(user: User) -> str:
    """Return a note to begin with: what is still open of what they were paged for, and what is to come."""
    now = clock.now()
    lines = []
    pages = Page.objects.filter(user=user, created_at__gt=now - _LOOK_BACK).order_by("-pk")
    about: dict[str, set[int]] = {}
    for kind, number in pages.values_list("subject_kind", "subject_id"):
        about.setdefault(kind, set()).add(number)
    for kind, numbers in about.items():
        titles = subjects()[kind].titles(numbers, user)
        is_open = [number for number in sorted(titles) if not subject_of(kind).facts(number, user).is_over]
        lines += [f"Still open: {titles[number][0]}" for number in is_open[:_MOST]]
    answered = pages.filter(answered_by=user).count()
    lines.append(f"{answered} page{'' if answered == 1 else 's'} answered in the last week.")
    to_come = Override.objects.filter(schedule__in=schedules_of(user), cancelled_at__isnull=True, starts_at__gt=now)
    for row in to_come.filter(starts_at__lt=now + _LOOK_BACK).select_related("user", "schedule").order_by("pk")[:_MOST]:
        lines.append(f"To come: {row.user.name} on {row.schedule.name}, {row.starts_at:%a %d %b %H:%M} UTC.")
    return "\n".join(lines)


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("Warroom has to know who leaves the note.")
    return by.user
