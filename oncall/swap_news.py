"""Who is told what of a request about shifts. Joins the operation's transaction."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from accounts.models import User
from oncall.models import ShiftRequest
from oncall.operations.notices import tell_people
from oncall.rules.schedules.plan import Plan


def asked(row: ShiftRequest, plan: Plan) -> None:
    """The one who is asked; or everybody of the schedule, for cover."""
    if row.asked_of is not None:
        users: Iterable[User] = [row.asked_of]
        title = f"{row.asked_by.name} asks you to take a shift on {row.schedule.name}"
    else:
        numbers = {int(user) for user in plan.people} - {row.asked_by_id}
        users = User.objects.filter(pk__in=numbers, is_active=True).order_by("pk")
        title = f"{row.asked_by.name} needs cover on {row.schedule.name}"
    _tell(row, users, title, row.reason, f"To take it: /oncall take {row.pk}", asks=True)


def taken(row: ShiftRequest) -> None:
    """Who asked."""
    name = row.taken_by.name if row.taken_by else "Somebody"
    _tell(row, [row.asked_by], f"{name} takes your shift on {row.schedule.name}")


def declined(row: ShiftRequest) -> None:
    """Who asked."""
    name = row.asked_of.name if row.asked_of else "Who was asked"
    _tell(row, [row.asked_by], f"{name} can't take your shift on {row.schedule.name}", "You are still on call.")


def withdrawn(row: ShiftRequest, *, by_asker: bool) -> None:
    """Who had taken it, and who has it again. Who was only asked finds the request gone."""
    if row.taken_by is not None:
        title = f"{row.asked_by.name} has the shift on {row.schedule.name} again"
        _tell(row, [row.taken_by], title, "You are not on call for it any more.")
        if not by_asker:
            _tell(row, [row.asked_by], f"You have the shift on {row.schedule.name} again")


def expired(row: ShiftRequest) -> None:
    """Who asked: nobody comes."""
    title = f"Nobody has taken your shift on {row.schedule.name}"
    _tell(row, [row.asked_by], title, f"The request is over: {row.closed_why}. You are on call.")


def _tell(row: ShiftRequest, users: Iterable[User], title: str, *more: str, asks: bool = False) -> None:
    tell_people(
        users,
        title,
        lambda user: [span(row.starts_at, row.ends_at, user.time_zone), *(line for line in more if line)],
        kind="request",
        path=f"/schedules/{row.schedule.slug}#requests",
        about=row.starts_at,
        request=row,
        asks=asks,
    )


def span(start: datetime, end: datetime, zone: str) -> str:
    """`Mon 1 Jun 09:00 to Mon 8 Jun 09:00 (Europe/Berlin)`."""
    return f"{_moment(start, zone)} to {_moment(end, zone)} ({zone})"


def _moment(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %H:%M}"
