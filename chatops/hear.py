"""What happens in a channel of a connected chat: lines, edits, deletions. Each is heard once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from accounts.actors import Actor
from chatops.models import Room
from chatops.origin import heard_in
from chatops.rooms import room_of_channel
from chatops.speakers import Outsider, actor_for, actors_for
from common.errors import Refused
from common.operations import operation
from common.testing.killpoint import killpoint
from connections.models import Connection, Delivery, Lane
from connections.operations import already_shown
from incidents.models import Incident, TimelineEvent
from incidents.operations import talk
from incidents.operations.lines import answer_to
from incidents.operations.outside_files import Elsewhere
from incidents.rules import texts
from incidents.timeline.folded import reads_since

#: of a message that has nothing that could be told in words
_NO_TEXT = "_(no text)_"


@dataclass(frozen=True)
class Reads:
    """Since when a line reads as it does, where that is not its first wording, and the id of that edit."""

    since: datetime
    change_id: str


@dataclass(frozen=True)
class Spoken:
    """A line that somebody said in a channel.

    `ref` is the chat's own id of the message. `reads`: it was edited before it was heard here. `link`: its address
    there; `is_broadcast`: an answer that was sent to the channel as well.
    """

    realm: str
    author: Outsider
    text: str
    outside_id: str
    occurred_at: datetime
    thread_outside_id: str = ""
    ref: str = ""
    files: Sequence[Elsewhere] = ()
    reads: Reads | None = None
    link: str = ""
    is_broadcast: bool = False


def hear_line(*, connection: Connection, room_outside_id: str, line: Spoken, trust_email: bool = False) -> int | None:
    """Somebody said a line in a channel: `hear_lines` for one."""
    return hear_lines(connection=connection, room_outside_id=room_outside_id, lines=[line], trust_email=trust_email)


@operation
def hear_lines(
    *, connection: Connection, room_outside_id: str, lines: Sequence[Spoken], trust_email: bool = False
) -> int | None:
    """Lines were said in a channel, in this order: all are heard or none.

    Returns the incident's number, or None when it is no room of ours. The same `outside_id` again changes nothing.
    The deliveries are recorded as already shown, so no line is echoed to where it came from.
    """
    room = room_of_channel(connection, room_outside_id)
    if room is None:
        return None
    # Locked before anything is looked up: a line that one of these answers may be on its way in just now.
    number = room.incident.merged_into_id or room.incident_id
    incident = Incident.objects.select_for_update(no_key=True).get(pk=number)
    actors = actors_for([(line.realm, line.author) for line in lines], connection.kind, trust_email=trust_email)
    hearing = _Hearing(room, incident)
    for line in lines:
        hearing.take(line, actors[line.realm, line.author.id].in_the_room_of(incident.pk))
    hearing.say()
    return hearing.number


class _Hearing:
    """Lines of one channel on their way into the timeline: those that are new are said together."""

    def __init__(self, room: Room, incident: Incident) -> None:
        self._room = room
        self._incident = incident
        self._new: dict[str, tuple[Spoken, Actor]] = {}
        self.number = incident.pk

    def take(self, line: Spoken, by: Actor) -> None:
        if line.outside_id in self._new or line.thread_outside_id in self._new:
            # What it repeats or answers has to be there first.
            self.say()
        self._new[line.outside_id] = (line, by)

    def say(self) -> None:
        """Write down what was taken."""
        lines, self._new = list(self._new.values()), {}
        if not lines:
            return
        ids = [id_ for line, _ in lines for id_ in (line.outside_id, line.thread_outside_id) if id_]
        there = {event.outside_id: event for event in TimelineEvent.objects.filter(outside_id__in=ids)}
        new = [(line, self._words(line, by, there)) for line, by in lines if line.outside_id not in there]
        self._say_new(new)
        for line, by in lines:
            if known := there.get(line.outside_id):
                _hear_known(self._room.lane, known, _shown(line), by, line.reads)
                self.number = known.incident_id

    def _say_new(self, lines: Sequence[tuple[Spoken, talk.Words]]) -> None:
        if not lines:
            return
        killpoint("K22")
        with heard_in(self._room.lane_id):
            events = talk.say_all(number=self._incident.pk, lines=[words for _, words in lines])
        refs = {
            event.pk: line.ref or line.outside_id.rsplit(":", 1)[-1]
            for event, (line, _) in zip(events, lines, strict=True)
        }
        already_shown(self._room.lane, thing_kind="event", refs=refs, incident_number=self._incident.pk)
        killpoint("K23")

    def _words(self, line: Spoken, by: Actor, there: Mapping[str | None, TimelineEvent]) -> talk.Words:
        thread = self._thread(line.thread_outside_id, there)
        reads = line.reads
        return talk.Words(
            _shown(line),
            by,
            outside_id=line.outside_id,
            thread_of=thread.sequence if thread is not None else None,
            at=line.occurred_at,
            data={
                **({"answers": line.thread_outside_id} if line.thread_outside_id and thread is None else {}),
                **({"link": line.link} if line.link else {}),
                **({"broadcast": True} if line.is_broadcast else {}),
                **({"reads_since": reads.since.isoformat(), "reads_by": reads.change_id} if reads else {}),
            },
            elsewhere=line.files,
        )

    def _thread(self, outside_id: str, there: Mapping[str | None, TimelineEvent]) -> TimelineEvent | None:
        if not outside_id:
            return None
        found = there.get(outside_id)
        if found is None or found.incident_id != self._incident.pk:
            found = _our_post(self._room.lane, outside_id)
        # Begun before a merge: the thread stayed with the other incident.
        return found if found is not None and found.incident_id == self._incident.pk else None


def _shown(line: Spoken) -> str:
    shown = texts.legible(line.text)
    return shown if shown.strip() or line.files else _NO_TEXT


def _hear_known(lane: Lane, known: TimelineEvent, text: str, by: Actor, reads: Reads | None) -> None:
    """A line that is here already: brought by an edit of it, or told once more as it reads now."""
    if known.deleted_at is not None or (reads is None and reads_since(known) is None):
        return
    at = reads.since if reads else known.occurred_at
    change_id = reads.change_id if reads else f"{known.outside_id}:first"
    with _unmirrored(lane, known):
        _edit(known, text, by, at, change_id)


def _edit(target: TimelineEvent, text: str, by: Actor, at: datetime, change_id: str) -> None:
    """Change the line in its writer's name. A deletion wins over a late edit."""
    try:
        talk.edit_line(
            number=target.incident_id,
            sequence=target.sequence,
            text=text,
            by=replace(by, key=target.actor_key, in_room=target.incident_id),
            outside_id=change_id,
            at=at,
        )
    except Refused:
        return


@operation
def hear_parent(*, connection: Connection, room_outside_id: str, outside_id: str) -> None:
    """The start of a thread is here now: answers that came before it join it."""
    parent = target_of(connection, room_outside_id, outside_id)
    if parent is None:
        return
    Incident.objects.select_for_update(no_key=True).get(pk=parent.incident_id)
    by = Actor.machine(connection.name, connection.kind)
    early = TimelineEvent.objects.filter(
        incident_id=parent.incident_id, thread__isnull=True, target__isnull=True, data__answers=outside_id
    )
    for answer in early.order_by("sequence"):
        answer_to(number=parent.incident_id, sequence=answer.sequence, thread_of=parent.sequence, by=by)


def is_here(connection: Connection, outside_id: str) -> bool:
    """Tell whether a message stands in the timeline, or is a post of ours."""
    if TimelineEvent.objects.filter(outside_id=outside_id).exists():
        return True
    ref = outside_id.rsplit(":", 1)[-1]
    return Delivery.objects.filter(lane__connection=connection, outside_ref=ref).exists()


def _our_post(lane: Lane, outside_id: str) -> TimelineEvent | None:
    """The timeline line behind a post of ours in this channel."""
    ref = outside_id.rsplit(":", 1)[-1] if outside_id else ""
    if not ref:
        return None
    delivery = Delivery.objects.filter(lane=lane, thing_kind="event", outside_ref=ref).first()
    return TimelineEvent.objects.filter(pk=delivery.thing_id).first() if delivery else None


@operation
def hear_edit(
    *,
    connection: Connection,
    room_outside_id: str,
    realm: str,
    author: Outsider,
    text: str,
    outside_id: str,
    occurred_at: datetime,
    change_id: str,
    line_at: datetime | None = None,
    thread_outside_id: str = "",
    before: str = "",
    before_reads: Reads | None = None,
    ref: str = "",
    files: Sequence[Elsewhere] = (),
    link: str = "",
    is_broadcast: bool = False,
) -> int | None:
    """A line was edited there. An edit that comes before its line brings the line with it.

    `line_at`: when the line was said. `before`: how it read until then, and since when, where that was
    not its first wording. The others as for `hear_line`.
    """
    room = room_of_channel(connection, room_outside_id)
    if room is None:
        return None
    target = TimelineEvent.objects.filter(outside_id=outside_id).first()
    if target is None:
        if _our_post(room.lane, outside_id):
            return room.incident_id
        line = Spoken(
            realm=realm,
            author=author,
            text=before or text,
            outside_id=outside_id,
            occurred_at=line_at or occurred_at,
            thread_outside_id=thread_outside_id,
            reads=before_reads if before else Reads(occurred_at, change_id),
            ref=ref,
            files=files,
            link=link,
            is_broadcast=is_broadcast,
        )
        hear_line(connection=connection, room_outside_id=room_outside_id, line=line)
        target = TimelineEvent.objects.get(outside_id=outside_id)
    by = actor_for(realm, author, connection.kind)
    shown = texts.legible(text)
    if not shown.strip() and not target.outside_files.exists():
        shown = _NO_TEXT
    with _unmirrored(room.lane, target):
        _edit(target, shown, by, occurred_at, change_id)
    return target.incident_id


@operation
def hear_delete(
    *,
    connection: Connection,
    room_outside_id: str,
    realm: str,
    author: Outsider,
    outside_id: str,
    occurred_at: datetime,
    change_id: str,
    line_at: datetime | None = None,
    thread_outside_id: str = "",
) -> int | None:
    """A line was deleted there: a tombstone here. A line that we never saw leaves its tombstone too."""
    room = room_of_channel(connection, room_outside_id)
    if room is None:
        return None
    target = TimelineEvent.objects.filter(outside_id=outside_id).first()
    if target is None:
        if _our_post(room.lane, outside_id):
            return room.incident_id
        line = Spoken(
            realm=realm,
            author=author,
            text="_(deleted before it arrived here)_",
            outside_id=outside_id,
            occurred_at=line_at or occurred_at,
            thread_outside_id=thread_outside_id,
        )
        hear_line(connection=connection, room_outside_id=room_outside_id, line=line)
        target = TimelineEvent.objects.get(outside_id=outside_id)
    if target.kind != "message":
        # What the chat itself said, such as who came in: that stays true.
        return target.incident_id
    with _unmirrored(room.lane, target):
        talk.delete_line(
            number=target.incident_id,
            sequence=target.sequence,
            by=Actor(
                name=target.actor_name,
                surface=connection.kind,
                user=target.actor,
                key=target.actor_key,
                in_room=target.incident_id,
            ),
            outside_id=change_id,
        )
    return target.incident_id


def target_of(connection: Connection, room_outside_id: str, outside_id: str) -> TimelineEvent | None:
    """The line that a message of the channel is here, a post of ours included."""
    room = room_of_channel(connection, room_outside_id)
    if room is None:
        return None
    return TimelineEvent.objects.filter(outside_id=outside_id).first() or _our_post(room.lane, outside_id)


class _unmirrored:
    """Inside, a change that came from this channel does not go back to it."""

    def __init__(self, lane: Lane, event: TimelineEvent) -> None:
        self._where = {"lane": lane, "thing_kind": "event", "thing_id": event.pk}

    def __enter__(self) -> None:
        self._before = Delivery.objects.filter(**self._where).values_list("wanted", "shown").first()

    def __exit__(self, *error: object) -> None:
        after = Delivery.objects.filter(**self._where).first()
        if error[0] is None and after is not None and self._before and self._before[0] == self._before[1]:
            Delivery.objects.filter(pk=after.pk).update(shown=after.wanted)
