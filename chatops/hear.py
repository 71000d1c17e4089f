"""What happens in a channel of a connected chat: lines, edits, deletions, reactions, pins. Each is heard once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from accounts.actors import Actor
from chatops.rooms import room_of_channel
from chatops.speakers import Outsider, actor_for
from common import clock
from common.errors import Refused
from common.operations import operation
from common.testing.killpoint import killpoint
from connections.models import Connection, Delivery, Lane
from connections.operations import already_shown
from incidents.models import Incident, TimelineEvent
from incidents.operations import talk
from incidents.rules import texts
from incidents.timeline.record import record_event


@operation
def hear_line(
    *,
    connection: Connection,
    room_outside_id: str,
    realm: str,
    author: Outsider,
    text: str,
    outside_id: str,
    occurred_at: datetime,
    thread_outside_id: str = "",
    ref: str = "",
    files: Sequence[tuple[str, str]] = (),
    trust_email: bool = False,
) -> int | None:
    """Somebody said a line in a channel. Returns the incident's number, or None when it is no room of ours.

    The same `outside_id` again changes nothing. `ref` is the chat's own id of the message: the delivery
    is recorded as already shown, so the line is not echoed to where it came from.
    """
    room = room_of_channel(connection, room_outside_id)
    if room is None:
        return None
    incident = room.incident.merged_into or room.incident
    by = actor_for(realm, author, connection.kind, trust_email=trust_email).in_the_room_of(incident.pk)
    shown = texts.legible(text)
    if files:
        shown = "\n".join([shown, *[f"[{name}]({url})" for name, url in files]]).strip()
    if not shown.strip():
        shown = "_(no text)_"
    thread = TimelineEvent.objects.filter(outside_id=thread_outside_id or "-", incident=incident).first() or _our_post(
        room.lane, thread_outside_id
    )
    known = TimelineEvent.objects.filter(outside_id=outside_id).first()
    if known is not None:
        return known.incident_id
    killpoint("K22")
    event = talk.say(
        number=incident.pk,
        text=shown,
        by=by,
        outside_id=outside_id,
        thread_of=thread.sequence if thread is not None and thread.incident_id == incident.pk else None,
        at=min(occurred_at, clock.now()),
    )
    already_shown(
        room.lane,
        thing_kind="event",
        thing_id=event.pk,
        ref=ref or outside_id.rsplit(":", 1)[-1],
        incident_number=incident.pk,
    )
    killpoint("K23")
    return incident.pk


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
) -> int | None:
    """A line was edited there. An edit that comes before its line brings the line with it (`line_at`: when
    the line was said)."""
    room = room_of_channel(connection, room_outside_id)
    if room is None:
        return None
    target = TimelineEvent.objects.filter(outside_id=outside_id).first()
    if target is None:
        if _our_post(room.lane, outside_id):
            return room.incident_id
        return hear_line(
            connection=connection,
            room_outside_id=room_outside_id,
            realm=realm,
            author=author,
            text=text,
            outside_id=outside_id,
            occurred_at=line_at or occurred_at,
        )
    by = actor_for(realm, author, connection.kind)
    try:
        with _unmirrored(room.lane, target):
            talk.edit_line(
                number=target.incident_id,
                sequence=target.sequence,
                text=texts.legible(text),
                by=replace(by, key=target.actor_key, in_room=target.incident_id),
                outside_id=change_id,
                at=occurred_at,
            )
    except Refused:
        # Deleted meanwhile: a deletion wins over a late edit.
        return target.incident_id
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
) -> int | None:
    """A line was deleted there: a tombstone here. A line that we never saw leaves its tombstone too."""
    room = room_of_channel(connection, room_outside_id)
    if room is None:
        return None
    target = TimelineEvent.objects.filter(outside_id=outside_id).first()
    if target is None:
        if _our_post(room.lane, outside_id):
            return room.incident_id
        hear_line(
            connection=connection,
            room_outside_id=room_outside_id,
            realm=realm,
            author=author,
            text="_(deleted before it arrived here)_",
            outside_id=outside_id,
            occurred_at=line_at or occurred_at,
        )
        target = TimelineEvent.objects.get(outside_id=outside_id)
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


@operation
def hear_reaction(
    *,
    connection: Connection,
    room_outside_id: str,
    realm: str,
    author: Outsider,
    outside_id: str,
    emoji: str,
    added: bool,
    change_id: str,
) -> int | None:
    """Somebody reacted there; 📌 pins the line to the story."""
    target = _target(connection, room_outside_id, outside_id)
    if target is None:
        return None
    by = actor_for(realm, author, connection.kind).in_the_room_of(target.incident_id)
    talk.react(
        number=target.incident_id,
        sequence=target.sequence,
        emoji=emoji,
        by=by,
        on=added,
        outside_id=change_id,
    )
    return target.incident_id


@operation
def hear_pin(
    *,
    connection: Connection,
    room_outside_id: str,
    realm: str,
    author: Outsider,
    outside_id: str,
    added: bool,
) -> int | None:
    """Somebody pinned a message there: it belongs to the story here."""
    target = _target(connection, room_outside_id, outside_id)
    if target is None:
        return None
    by = actor_for(realm, author, connection.kind).in_the_room_of(target.incident_id)
    talk.pin(number=target.incident_id, sequence=target.sequence, by=by, on=added)
    return target.incident_id


def _target(connection: Connection, room_outside_id: str, outside_id: str) -> TimelineEvent | None:
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


@operation
def hear_channel_news(*, connection: Connection, room_outside_id: str, text: str) -> int | None:
    """Something happened to the channel itself: renamed, archived, deleted, the bot removed. The room is told."""
    room = room_of_channel(connection, room_outside_id)
    if room is None:
        return None
    incident = Incident.objects.select_for_update(no_key=True).get(pk=room.incident_id)
    by = Actor.machine(connection.name, connection.kind)
    record_event(incident, "room.step", by=by, data={"text": texts.mild(text)})
    return incident.pk
