"""What is said in the room, and what happens to lines afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.actors import SYSTEM, Actor
from common import clock
from common.errors import Conflict, Invalid, NotAllowed
from common.news import tell
from common.operations import operation
from common.redaction import redact
from incidents.models import Attachment, Incident, TimelineEvent
from incidents.news import FilesSaid
from incidents.operations import marks
from incidents.operations.base import lock_for_all, lock_incident, write_change, write_events
from incidents.operations.lines import count_reply, find_event, find_line, thread_start
from incidents.operations.outside_files import Elsewhere, name_files
from incidents.operations.reacting import make_work
from incidents.permissions import Doing, is_commander
from incidents.rules import folding, texts, times
from incidents.rules.reactions import Meaning, meaning_of
from incidents.timeline.folded import reads_since
from incidents.timeline.record import Draft, record_event

_OURS = ("web", "api", "palette")


@dataclass(frozen=True)
class Words:
    """A line that somebody says; what each field means stands at `say`."""

    text: str
    by: Actor
    outside_id: str = ""
    thread_of: int | None = None
    at: datetime | None = None
    attachments: Sequence[int] = ()
    kind: str = "message"
    data: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: Sequence[Elsewhere] = ()


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
    data: Mapping[str, Any] | None = None,
    elsewhere: Sequence[Elsewhere] = (),
) -> TimelineEvent:
    """Say a line in the room.

    :param outside_id: the line's stable id where it was written; the same id again gives the line that
        is there already.
    :param thread_of: sequence of the line it answers.
    :param attachments: ids of files uploaded to this incident and not said yet.
    :param data: what is known about it besides. `reads_since`: it was edited before it was heard, and reads so
        since then.
    :param elsewhere: its files in the chat where it was written.
    :raises Invalid: empty, too long, unknown thread or file.
    """
    words = Words(text, by, outside_id, thread_of, at, attachments, kind, data or {}, elsewhere)
    return say_all(number=number, lines=[words])[0]


@operation
def say_all(*, number: int, lines: Sequence[Words]) -> list[TimelineEvent]:
    """Say several lines in the room, in this order: all of them or none. Gives a line for each.

    :raises Invalid, Conflict, NotAllowed: as `say` does, for any of them.
    """
    clean = [_clean(words) for words in lines]
    incident = lock_for_all(number, [words.by for words in lines], Doing.SPEAK)
    told = _told_before(incident, lines)
    new = [(words, text) for words, text in zip(lines, clean, strict=True) if words.outside_id not in told]
    events = write_events(incident, [_draft(incident, words, text) for words, text in new])
    for event, (words, _) in zip(events, new, strict=True):
        _complete(incident, event, words)
    said = iter(events)
    return [told[words.outside_id] if words.outside_id in told else next(said) for words in lines]


def _clean(words: Words) -> str:
    if words.attachments or words.elsewhere:
        return texts.clean(words.text, "text", most=texts.LINE_LENGTH)
    return texts.line(words.text)


def _told_before(incident: Incident, lines: Sequence[Words]) -> dict[str, TimelineEvent]:
    """Those of the lines that are here already, by their outside id."""
    ids = [words.outside_id for words in lines if words.outside_id]
    found = TimelineEvent.objects.filter(outside_id__in=ids) if ids else []
    if any(event.incident_id != incident.pk for event in found):
        raise Conflict("That id was used for a line of another incident.", field="outside_id")
    return {str(event.outside_id): event for event in found}


def _draft(incident: Incident, words: Words, text: str) -> Draft:
    return Draft(
        words.kind,
        words.by,
        dict(words.data),
        text=text,
        occurred_at=times.said(words.at, clock.now()) if words.at else None,
        thread=thread_start(incident, words.thread_of),
        outside_id=words.outside_id,
    )


def _complete(incident: Incident, event: TimelineEvent, words: Words) -> None:
    """What belongs to a line that was just written."""
    if event.thread is not None:
        count_reply(event.thread, event)
    if since := reads_since(event):
        event.edited_at = since
        event.save(update_fields=["edited_at"])
    if words.elsewhere:
        name_files(event, words.elsewhere)
    if words.attachments:
        _attach(incident, event, words.attachments, words.by)
        files = tuple(dict.fromkeys(words.attachments))
        tell(FilesSaid(incident.pk, event.sequence, words.by.surface, files))
    _warn_of_secrets(incident, words.text, words.by)


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
    incident = lock_incident(number, by, Doing.SPEAK)
    target = find_line(incident, sequence)
    least = 0 if at is not None and target.outside_files.exists() else 1
    clean = texts.clean(text, "text", most=texts.LINE_LENGTH, least=least)
    _require_own(target, by, incident)
    if target.deleted_at:
        raise Conflict("That line was deleted.", field="sequence")
    if at is None and target.shown_text == clean:
        return target
    if outside_id and (_is_repeat(outside_id) or target.data.get("reads_by") == outside_id):
        return target
    change = write_change(
        incident,
        "message.edited",
        by=by,
        data={"was": target.shown_text},
        text=clean,
        at=times.said(at, clock.now()) if at else None,
        target=target,
        outside_id=outside_id,
        shown_on_cards=False,
    )
    # Versions follow the time of the edit where it was made: a late, older edit does not win.
    if at is None or change.occurred_at >= (target.edited_at or target.occurred_at):
        target.shown_text = clean
        target.edited_at = change.occurred_at
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
def react(
    *,
    number: int,
    sequence: int,
    emoji: str,
    by: Actor,
    on: bool = True,
    outside_id: str = "",
    at: datetime | None = None,
) -> TimelineEvent:
    """Add or take away one's reaction, and do what it stands for: taking the last 📌 away unpins.

    :param at: when it was done in another chat. Of several the latest counts, in whatever order they come.
    """
    emoji = texts.clean(emoji, "emoji", most=64, least=1, one_line=True)
    incident = lock_incident(number, by, Doing.SPEAK)
    target = find_event(incident, sequence)
    people: list[str] = list(target.reactions.get(emoji, []))
    others = [entry for entry in people if entry.split("|", 1)[0] != by.key]
    if _is_repeat(outside_id) or (at is None and (len(others) < len(people)) == on):
        return target
    change = _mark(incident, target, "reaction.added" if on else "reaction.removed", by, at, outside_id, emoji)
    if marks.is_latest(change):
        people = [*others, f"{by.key}|{by.name}"] if on else others
        kept = {key: value for key, value in target.reactions.items() if key != emoji}
        target.reactions = kept | ({emoji: people} if people else {})
        target.save(update_fields=["reactions"])
    meaning = meaning_of(emoji)
    if meaning is Meaning.PIN:
        _follow_pins(incident, target, by)
    elif on and marks.is_latest(change):
        make_work(incident, target, meaning, by)
    return target


@operation
def pin(
    *, number: int, sequence: int, by: Actor, on: bool = True, outside_id: str = "", at: datetime | None = None
) -> TimelineEvent:
    """Put a line into the story, or take it out. It keeps the time of the line.

    :param at: when it was done in another chat, as for `react`.
    """
    incident = lock_incident(number, by, Doing.SPEAK)
    target = find_event(incident, sequence)
    if _is_repeat(outside_id) or (at is None and bool(target.pinned_at) == on):
        return target
    _mark(incident, target, "pinned" if on else "unpinned", by, at, outside_id)
    _follow_pins(incident, target, by, was_told=True)
    return target


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


def _mark(
    incident: Incident,
    target: TimelineEvent,
    kind: str,
    by: Actor,
    at: datetime | None,
    outside_id: str,
    emoji: str = "",
) -> TimelineEvent:
    said = times.said(at, clock.now()) if at else None
    data = {"emoji": emoji} if emoji else {}
    return _change(incident, target, kind, by, data=data, at=said, outside_id=outside_id)


def _follow_pins(incident: Incident, target: TimelineEvent, by: Actor, *, was_told: bool = False) -> None:
    """Let the line be in the story or not, as its pins and 📌 say. `was_told`: the log says so already."""
    pinned = marks.is_pinned(target)
    if bool(target.pinned_at) == pinned:
        return
    if not was_told:
        _change(incident, target, "pinned" if pinned else "unpinned", by, data={"by": folding.PIN})
    target.pinned_at = clock.now() if pinned else None
    target.save(update_fields=["pinned_at"])


def _change(
    incident: Incident,
    target: TimelineEvent,
    kind: str,
    by: Actor,
    *,
    data: dict[str, Any],
    at: datetime | None = None,
    outside_id: str = "",
) -> TimelineEvent:
    return write_change(
        incident, kind, by=by, data=data, at=at, target=target, outside_id=outside_id, shown_on_cards=False
    )


def _attach(incident: Incident, event: TimelineEvent, ids: Sequence[int], by: Actor) -> None:
    rows = Attachment.objects.filter(pk__in=ids, incident=incident, event__isnull=True)
    if by.user is not None:
        rows = rows.filter(uploaded_by=by.user)
    if rows.update(event=event) != len(set(ids)):
        raise Invalid("A file is not there or was said already; add it again.", field="attachments")


def _is_repeat(outside_id: str) -> bool:
    return bool(outside_id) and TimelineEvent.objects.filter(outside_id=outside_id).exists()
