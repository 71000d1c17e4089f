"""What is put right about events afterwards: when they happened, and whether the postmortem shows them."""

from datetime import datetime

from accounts.actors import Actor
from common import clock
from common.operations import operation
from incidents.models import TimelineEvent
from incidents.operations.base import lock_incident, write_change
from incidents.operations.lines import find_event
from incidents.permissions import Doing
from incidents.rules import times


@operation
def correct_time(*, number: int, sequence: int, at: datetime, by: Actor) -> TimelineEvent:
    """Say when something really happened; the original time is kept.

    :raises Invalid: a time that has not come or is too early.
    """
    incident = lock_incident(number, by, Doing.RUN)
    target = find_event(incident, sequence)
    at = times.happened(at, clock.now(), "at")
    if target.shown_at != at:
        write_change(
            incident,
            "time.corrected",
            by=by,
            data={"at": at.isoformat(), "was": target.shown_at.isoformat()},
            target=target,
            before={"at": target.shown_at.isoformat()},
            after={"at": at.isoformat()},
            shown_on_cards=False,
        )
        target.shown_at = at
        target.version += 1
        target.save(update_fields=["shown_at", "version"])
    return target


@operation
def hide(*, number: int, sequence: int, by: Actor, on: bool = True) -> TimelineEvent:
    """Leave an event out of the postmortem, or take it in again."""
    incident = lock_incident(number, by, Doing.RUN)
    target = find_event(incident, sequence)
    if target.is_hidden != on:
        write_change(incident, "hidden" if on else "unhidden", by=by, data={}, target=target, shown_on_cards=False)
        target.is_hidden = on
        target.save(update_fields=["is_hidden"])
    return target
