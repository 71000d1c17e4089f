"""How shifts are said in chat: who, until when, who follows."""

from datetime import datetime

from accounts.models import User
from chatops.commands.kit.answers import clock_of
from chatops.context import Context
from chatops.replies import plain
from oncall.models import Schedule
from oncall.queries import Standing, people_of
from oncall.rules.schedules.plan import Gap, Shift
from oncall.rules.schedules.wall import datetime_of


def standing_line(context: Context, schedule: Schedule, found: Standing, at: datetime) -> str:
    """`- **Shop primary**: Ada until 09:00 on Mon 8 Jun, then Bo`."""
    people = people_of(piece for piece in (found.now, found.following) if piece)
    head = f"- **{plain(schedule.name)}**: "
    if isinstance(found.now, Gap):
        nobody = "nobody, on purpose" if found.now.deliberate else "nobody. That is a gap"
        return head + nobody + _then(context, found.following, people)
    end = datetime_of(found.now.end)
    until = f" until {clock_of(context, end)}" if (end - at).days < 30 else ""
    return f"{head}{names(found.now, people)}{until}{_then(context, found.following, people) if until else ''}"


def shift_line(context: Context, shift: Shift, people: dict[str, User]) -> str:
    """`- 09:00 on Mon 8 Jun to 09:00 on Mon 15 Jun: Ada`."""
    return f"- {span(context, shift)}: {names(shift, people)}{_why(shift)}"


def gap_line(context: Context, gap: Gap) -> str:
    """`- 09:00 to 17:00: nobody`."""
    return f"- {span(context, gap)}: {'nobody, on purpose' if gap.deliberate else 'nobody. That is a gap'}"


def span(context: Context, piece: Shift | Gap) -> str:
    """From when to when, as the asker reads times."""
    return f"{clock_of(context, datetime_of(piece.start))} to {clock_of(context, datetime_of(piece.end))}"


def names(shift: Shift, people: dict[str, User]) -> str:
    """Who is on call, by name and handle."""
    return " and ".join(_name(people.get(user)) for user in shift.users)


def _name(user: User | None) -> str:
    return f"{plain(user.name)} (@{user.handle})" if user else "somebody who has left"


def _then(context: Context, following: Shift | None, people: dict[str, User]) -> str:
    if following is None:
        return ""
    return f", then {names(following, people)} from {clock_of(context, datetime_of(following.start))}"


def _why(shift: Shift) -> str:
    return " (override)" if shift.source.kind == "override" or shift.replaced else ""
