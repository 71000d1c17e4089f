"""Finding a line, and the thread it belongs to."""

from django.db.models import F
from django.db.models.functions import Coalesce, Greatest

from accounts.actors import Actor
from common.errors import Conflict, NotFound
from common.operations import operation
from incidents.models import Incident, TimelineEvent
from incidents.operations.base import lock_incident, write_change
from incidents.permissions import Doing

_TALK = ("message", "note", "command")


def find_event(incident: Incident, sequence: int) -> TimelineEvent:
    """Return an event that others can point at.

    :raises NotFound: there is none with this number, or it is itself a change of another.
    """
    event = incident.events.filter(sequence=sequence, target__isnull=True).first()
    if event is None:
        raise NotFound(f"There is no line {sequence} in #{incident.pk}.", field="sequence")
    return event


def find_line(incident: Incident, sequence: int) -> TimelineEvent:
    """Return something that a person wrote.

    :raises NotFound: none with this number. :raises Conflict: what the system wrote stays as it is.
    """
    event = find_event(incident, sequence)
    if event.kind not in _TALK:
        raise Conflict("What the system wrote stays as it is.", field="sequence")
    return event


@operation
def answer_to(*, number: int, sequence: int, thread_of: int, by: Actor) -> TimelineEvent:
    """Put a line into the thread that it belongs to: it was heard before the line it answers."""
    incident = lock_incident(number, by, Doing.SPEAK)
    target = find_line(incident, sequence)
    thread = thread_start(incident, thread_of)
    if target.thread_id is None and thread is not None and thread != target:
        write_change(
            incident,
            "message.threaded",
            by=by,
            data={"line": thread.sequence},
            target=target,
            shown_on_cards=False,
        )
        target.thread = thread
        target.save(update_fields=["thread"])
        count_reply(thread, target)
    return target


def thread_start(incident: Incident, sequence: int | None) -> TimelineEvent | None:
    """The line that a thread starts with; None for a line of its own.

    :raises NotFound: there is none with this number.
    """
    if sequence is None:
        return None
    root = find_event(incident, sequence)
    return root.thread or root


def count_reply(thread: TimelineEvent, reply: TimelineEvent) -> None:
    """Let the start of a thread know of one more answer."""
    latest = Greatest(Coalesce(F("last_reply_at"), reply.shown_at), reply.shown_at)
    TimelineEvent.objects.filter(pk=thread.pk).update(reply_count=F("reply_count") + 1, last_reply_at=latest)
