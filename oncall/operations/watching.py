"""Shifts begin and end: who comes on call is told and checked, who goes is told who has it now."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from accounts.models import Role, User
from common import clock, doorbell
from common.news import tell
from common.operations import operation
from oncall import queries
from oncall.models import Handover, Preflight, Schedule, ShiftWatch
from oncall.news import ShiftChanged
from oncall.operations.notices import tell_people
from oncall.operations.preflight import findings
from oncall.rules.schedules.plan import Gap, Shift
from oncall.rules.schedules.wall import datetime_of
from oncall.saying_lines import listed
from oncall.swap_news import span

#: nobody waits longer than this for a look, whatever the schedule says
_LONGEST = timedelta(hours=24)
#: a handover note that is older is no news
_FRESH = timedelta(days=2)
_AT_ONCE = 500


def wake(schedule: int) -> None:
    """The schedule was changed: look who is on call now. Joins the running transaction."""
    now = clock.now()
    rows = ShiftWatch.objects.filter(schedule=schedule)
    if not rows.update(due_at=now, state=ShiftWatch.WAITING):
        ShiftWatch.objects.create(schedule_id=schedule, due_at=now)
    doorbell.ring_after_commit(ShiftWatch)


def watch_all() -> int:
    """Watch the schedules that nobody watches yet; returns how many."""
    rows = Schedule.objects.filter(archived_at__isnull=True, watch__isnull=True).order_by("pk")[:_AT_ONCE]
    made = [ShiftWatch(schedule=row, due_at=clock.now()) for row in rows]
    return len(ShiftWatch.objects.bulk_create(made, ignore_conflicts=True))


@operation
def look(row: ShiftWatch) -> None:
    """Compare who is on call with who was, tell both, and be due when that changes next."""
    schedule = Schedule.objects.select_for_update(no_key=True, of=("self",)).get(pk=row.schedule_id)
    if schedule.archived_at is not None:
        row.done()
        return
    now = clock.now()
    pieces = queries.final_of(schedule, now, now + _LONGEST * 35).pieces
    here = _people(pieces[0])
    until = next((datetime_of(piece.start) for piece in pieces if _people(piece) != here), None)
    before = ShiftWatch.objects.values_list("on_call", flat=True).get(pk=row.pk)
    if before is not None and set(before) != set(here):
        users = User.objects.in_bulk([*here, *before])
        came = [users[number] for number in here if number not in before and number in users]
        went = [users[number] for number in before if number not in here and number in users]
        stays = [users[number] for number in here if number in users]
        _tell_came(schedule, came, went, now, until)
        _tell_went(schedule, went, stays)
        tell(ShiftChanged(schedule_id=schedule.pk, user_ids=tuple(here)))
    due = min(until or now + _LONGEST, now + _LONGEST)
    row.again(error="", at=due, count=False, on_call=here, looked_at=now)


def _people(piece: Shift | Gap) -> list[int]:
    return sorted(int(user) for user in piece.users) if isinstance(piece, Shift) else []


def _tell_came(
    schedule: Schedule, came: Sequence[User], went: Sequence[User], now: datetime, until: datetime | None
) -> None:
    note = (
        Handover.objects.filter(schedule=schedule, made_at__gt=now - _FRESH, by__in=went).select_related("by").first()
    )
    for user in came:
        found = findings(user)
        Preflight.objects.create(schedule=schedule, user=user, made_at=now, findings=found)
        lines = [span(now.replace(second=0, microsecond=0), until, user.time_zone)] if until else []
        if went:
            lines.append(f"Before you: {listed(one.name for one in went)}.")
        if note is not None:
            lines.append(f"{note.by.name} leaves a note: {note.note}")
        _tell(schedule, [user], f"You are on call on {schedule.name}", [*lines, *found])
        if found:
            _tell_owners(schedule, user, found)


def _tell_went(schedule: Schedule, went: Sequence[User], stays: Sequence[User]) -> None:
    who = f"{listed(user.name for user in stays)} has it now." if stays else "Nobody is on call now."
    _tell(schedule, went, f"Your shift on {schedule.name} is over", [who, "A note for them: /oncall handoff ..."])


def _tell_owners(schedule: Schedule, user: User, found: list[str]) -> None:
    """The team's people, or the administrators: somebody on call may not be reached."""
    people = User.objects.filter(is_active=True).exclude(pk=user.pk)
    if schedule.team_id is not None and people.filter(teams=schedule.team_id).exists():
        people = people.filter(teams=schedule.team_id)
    else:
        people = people.filter(role=Role.ADMIN)
    _tell(schedule, people.order_by("pk"), f"{user.name} is on call on {schedule.name} and may not be reached", found)


def _tell(schedule: Schedule, users: Iterable[User], title: str, lines: list[str]) -> None:
    tell_people(users, title, lambda user: lines, kind="shift", path="/oncall/me")
