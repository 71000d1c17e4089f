"""Ways to answer: what changed, what is so already, what only the asker sees."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings

from chatops.commands.kit.lookup import zone_of
from chatops.context import Context
from chatops.grammar.times import city, say_day, write_duration
from chatops.grammar.writing import command_line
from chatops.port import Button
from chatops.replies import Reply, plain
from common import clock
from common.ids import digest
from incidents.models import Incident, TimelineEvent

#: two people changing the same thing within this time did not see each other
OVERTAKEN = timedelta(seconds=10)


def address(path: str) -> str:
    """The full address of a page."""
    return f"{settings.BASE_URL}{path}"


def room_path(number: int, tail: str = "") -> str:
    """The address of an incident's page, for `open_url`."""
    return f"/incidents/{number}{tail}"


def once(context: Context) -> str:
    """A stable id for what this command writes: the same line of the same person again writes nothing.

    The chat's own id is only unique where it was given, so it never stands alone.
    """
    return f"command:{digest(f'{context.by.key} {context.outside_id}')[:40]}" if context.outside_id else ""


def is_here(context: Context, incident: Incident) -> bool:
    """True when the line was typed in this incident's own room."""
    return context.incident is not None and context.incident.pk == incident.pk


def changed(
    context: Context, incident: Incident, text: str, *, undo: str = "", buttons: Sequence[Button] = ()
) -> Reply:
    """The room sees what changed. A private incident is not spoken of in another room."""
    here = is_here(context, incident)
    link = [] if here else [Button(f"Open #{incident.pk}", url=address(room_path(incident.pk)))]
    return Reply(
        text=text,
        to_everyone=here or not incident.is_private,
        incident=incident.pk,
        undo=undo,
        buttons=[*buttons, *link],
    )


def only_you(
    text: str, incident: Incident | None = None, *, buttons: Sequence[Button] = (), open_url: str = ""
) -> Reply:
    """An answer that nobody else sees."""
    return Reply(text=text, incident=incident.pk if incident else None, buttons=buttons, open_url=open_url)


def already(text: str, incident: Incident) -> Reply:
    """It is so already: no error, and nobody else needs to know."""
    return Reply(text=text, incident=incident.pk)


def asks(text: str, incident: Incident | None = None, *, buttons: Sequence[Button] = ()) -> Reply:
    """A question back; nothing was done."""
    return Reply(text=text, incident=incident.pk if incident else None, buttons=buttons, ok=False)


def undo(sub: str, incident: Incident, *parts: str, text: str | None = None) -> str:
    """The typed command that restores what was."""
    return command_line(f"/incident {sub}", *parts, incident=incident.pk, text=text)


# --- times in answers -----------------------------------------------------------------------------


def clock_of(context: Context, at: datetime) -> str:
    """A time as the actor reads it: `03:04` in UTC, `05:04 Berlin (03:04Z)` elsewhere; with its day."""
    zone, now = zone_of(context), clock.now()
    local = at.astimezone(zone)
    said = f"{local:%H:%M}" if city(zone) == "UTC" else f"{local:%H:%M} {city(zone)} ({_utc(at)})"
    day = say_day(at, now, zone)
    return said if day == "today" else f"{said} {day}"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M}Z"


def age(at: datetime) -> str:
    """How long ago, in one or two units: `38m`, `2h5m`, `3d`."""
    seconds = max(1, int((clock.now() - at).total_seconds()))
    if seconds >= 86_400:
        seconds -= seconds % (3600 if seconds < 3 * 86_400 else 86_400)
    elif seconds >= 60:
        seconds -= seconds % 60
    return write_duration(timedelta(seconds=seconds))


def last_event(incident: Incident, kind: str) -> TimelineEvent | None:
    """The newest event of a kind."""
    return incident.events.filter(kind=kind).order_by("-sequence").first()


def since(context: Context, incident: Incident, kind: str, otherwise: datetime | None = None) -> str:
    """` since 03:04`, from the newest event of a kind; nothing when it is not known."""
    event = last_event(incident, kind)
    at = event.shown_at if event is not None else otherwise
    return f" since {clock_of(context, at)}" if at else ""


def overtaken(context: Context, incident: Incident, kind: str) -> TimelineEvent | None:
    """The change that somebody else made a moment ago, if any."""
    event = last_event(incident, kind)
    if event is None or event.actor_key == context.by.key:
        return None
    return event if clock.now() - event.recorded_at < OVERTAKEN else None


def conflict(event: TimelineEvent, incident: Incident, *, theirs: str, yours: str, buttons: Sequence[Button]) -> Reply:
    """`Ada changed this 4 s ago to SEV2. Yours: SEV1.`"""
    seconds = max(1, round((clock.now() - event.recorded_at).total_seconds()))
    return asks(
        f"{plain(event.actor_name)} changed this {seconds} s ago to {theirs}. Yours: {yours}.",
        incident,
        buttons=buttons,
    )
