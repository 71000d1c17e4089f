"""What is said in the room, and what happens to lines afterwards."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from accounts.actors import SYSTEM, Actor
from common import clock
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from common.operations import operation
from common.redaction import redact
from incidents.models import Attachment, Incident, TimelineEvent
from incidents.operations.base import lock_incident, write_change
from incidents.permissions import Doing, is_commander
from incidents.rules import texts, times
from incidents.timeline.record import record_event

_TALK = ("message", "note", "command")
_OURS = ("web", "api", "palette")


@operation
def say(
    *,
    number: int,
    text: str,
    by: Actor,
    outside_id: str = "",
    thread_of: int | None = None,
    at: datetime | None = None,
    attachments: Sequence[int] = (),
    kind: str = "message",
) -> TimelineEvent:
    """Say a line in the room.

    :param outside_id: the line's stable id where it was written; the same id again gives the line that
        is there already.
    :param thread_of: sequence of the line it answers.
    :param attachments: ids of files uploaded to this incident and not said yet.
    :raises Invalid: empty, too long, unknown thread or file.
    """
    clean = texts.line(text) if not attachments else texts.clean(text, "text", most=texts.LINE_LENGTH)
    incident = lock_incident(number, by, Doing.SPEAK)
    if outside_id:
        again = TimelineEvent.objects.filter(outside_id=outside_id).first()
        if again is not None and again.incident_id == number:
            return again
        if again is not None:
            raise Conflict("That id was used for a line of another incident.", field="outside_id")
    thread = _thread(incident, thread_of)
    event = write_change(
        incident,
        kind,
        by=by,
        data={},
        text=clean,
        at=times.told(at, clock.now()) if at else None,
        thread=thread,
        outside_id=outside_id,
        shown_on_cards=False,
    )
    if thread is not None:
        TimelineEvent.objects.filter(pk=thread.pk).update(
            reply_count=F("reply_count") + 1, last_reply_at=event.shown_at
        )
    if attachments:
        _attach(incident, event, attachments, by)
    _warn_of_secrets(incident, text, by)
    return event


@operation
def add_note(*, number: int, text: str, by: Actor, at: datetime | None = None, outside_id: str = "") -> TimelineEvent:
    """Write something into the story by hand, now or at an earlier time.

    :raises Invalid: empty, too long, or a time that has not come or is too early.
    """
    if at is not None:
        at = times.happened(at, clock.now(), "at")
    return say(number=number, text=text, by=by, at=at, kind="note", outside_id=outside_id)


@operation
def edit_line(
    *, number: int, sequence: int, text: str, by: Actor, outside_id: str = "", at: datetime | None = None
) -> TimelineEvent:
    """Change one's own line (the commander may change notes); the former text is kept as a version.

    :raises NotAllowed: somebody else's line. :raises Conflict: it was deleted.
    """
    clean = texts.line(text)
    incident = lock_incident(number, by, Doing.SPEAK)
    target = find_line(incident, sequence)
    _require_own(target, by, incident)
    if target.deleted_at:
        raise Conflict("That line was deleted.", field="sequence")
    if target.shown_text == clean or _is_repeat(outside_id):
        return target
    change = write_change(
        incident,
        "message.edited",
        by=by,
        data={"was": target.shown_text},
        text=clean,
        target=target,
        outside_id=outside_id,
        shown_on_cards=False,
    )
    # Versions follow the time of the edit where it was made: a late, older edit does not win.
    at = times.told(at, clock.now()) if at else None
    if at is None or target.edited_at is None or at >= target.edited_at:
        target.shown_text = clean
        target.edited_at = at or change.recorded_at
    target.version += 1
    target.save(update_fields=["shown_text", "edited_at", "version"])
    _warn_of_secrets(incident, text, by)
    return target


@operation
def delete_line(*, number: int, sequence: int, by: Actor, outside_id: str = "") -> TimelineEvent:
    """Take back one's own line; a tombstone stays. The commander may take back any line.

    :raises NotAllowed: somebody else's line.
    """
    incident = lock_incident(number, by, Doing.SPEAK)
    target = find_line(incident, sequence)
    if not (by.user and is_commander(by.user, incident)):
        _require_own(target, by, incident)
    if target.deleted_at or _is_repeat(outside_id):
        return target
    write_change(
        incident,
        "message.deleted",
        by=by,
        data={},
        target=target,
        outside_id=outside_id,
        before={"line": target.sequence},
        shown_on_cards=False,
    )
    target.deleted_at = clock.now()
    target.save(update_fields=["deleted_at"])
    return target


@operation
def react(*, number: int, sequence: int, emoji: str, by: Actor, on: bool = True, outside_id: str = "") -> TimelineEvent:
    """Add or take away one's reaction; 📌 pins, and taking the last 📌 away unpins."""
    emoji = texts.clean(emoji, "emoji", most=64, least=1, one_line=True)
    incident = lock_incident(number, by, Doing.SPEAK)
    target = find_event(incident, sequence)
    people: list[str] = list(target.reactions.get(emoji, []))
    who = f"{by.key}|{by.name}"
    present = any(entry.split("|", 1)[0] == by.key for entry in people)
    if present == on or _is_repeat(outside_id):
        return target
    if on:
        people.append(who)
    else:
        people = [entry for entry in people if entry.split("|", 1)[0] != by.key]
    write_change(
        incident,
        "reaction.added" if on else "reaction.removed",
        by=by,
        data={"emoji": emoji},
        target=target,
        outside_id=outside_id,
        shown_on_cards=False,
    )
    reactions = {key: value for key, value in target.reactions.items() if key != emoji}
    if people:
        reactions[emoji] = people
    target.reactions = reactions
    target.save(update_fields=["reactions"])
    if emoji == "📌":
        _pin(incident, target, by, on=bool(people))
    return target


@operation
def pin(*, number: int, sequence: int, by: Actor, on: bool = True) -> TimelineEvent:
    """Put a line into the story, or take it out. It keeps the time of the line."""
    incident = lock_incident(number, by, Doing.SPEAK)
    target = find_event(incident, sequence)
    _pin(incident, target, by, on=on)
    return target


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


def _warn_of_secrets(incident: Incident, text: str, by: Actor) -> None:
    """Say in the room what was kept out of a line, so that its owner revokes it."""
    _, names = redact(text)
    if names:
        what = {"what": names, "name": by.name, "chat": by.surface not in _OURS}
        record_event(incident, "secret.removed", by=SYSTEM, data=what)


def _require_own(target: TimelineEvent, by: Actor, incident: Incident) -> None:
    own = target.actor_key == by.key or (by.user is not None and target.actor_id == by.user.pk)
    runs_notes = target.kind == "note" and by.user is not None and is_commander(by.user, incident)
    if not own and not runs_notes and not by.is_machine:
        raise NotAllowed(f"Only {target.actor_name} can change this line.")


def _pin(incident: Incident, target: TimelineEvent, by: Actor, *, on: bool) -> None:
    if bool(target.pinned_at) == on:
        return
    write_change(incident, "pinned" if on else "unpinned", by=by, data={}, target=target, shown_on_cards=False)
    target.pinned_at = clock.now() if on else None
    target.save(update_fields=["pinned_at"])


def _thread(incident: Incident, sequence: int | None) -> TimelineEvent | None:
    if sequence is None:
        return None
    root = find_event(incident, sequence)
    return root.thread or root


def _attach(incident: Incident, event: TimelineEvent, ids: Sequence[int], by: Actor) -> None:
    rows = Attachment.objects.filter(pk__in=ids, incident=incident, event__isnull=True)
    if by.user is not None:
        rows = rows.filter(uploaded_by=by.user)
    if rows.update(event=event) != len(set(ids)):
        raise Invalid("A file is not there or was said already; add it again.", field="attachments")


def _is_repeat(outside_id: str) -> bool:
    return bool(outside_id) and TimelineEvent.objects.filter(outside_id=outside_id).exists()
