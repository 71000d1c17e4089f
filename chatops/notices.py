"""What a chat itself says: somebody joined, the topic changed, the channel was archived. No line of a person."""

from datetime import datetime

from accounts.actors import Actor
from chatops.rooms import room_of_channel
from common import clock
from common.operations import operation
from connections.models import Connection
from incidents.models import Incident, TimelineEvent
from incidents.rules import texts, times
from incidents.timeline.record import record_event


@operation
def hear_notice(
    *, connection: Connection, room_outside_id: str, text: str, outside_id: str, occurred_at: datetime
) -> int | None:
    """The chat itself says something in the channel. It is no line of a person, and stands there quietly."""
    room = room_of_channel(connection, room_outside_id)
    if room is None:
        return None
    number = room.incident.merged_into_id or room.incident_id
    incident = Incident.objects.select_for_update(no_key=True).get(pk=number)
    if not TimelineEvent.objects.filter(outside_id=outside_id).exists():
        record_event(
            incident,
            "chat.notice",
            by=Actor.machine(connection.name, connection.kind),
            data={"text": texts.mild(text)},
            occurred_at=times.said(occurred_at, clock.now()),
            outside_id=outside_id,
        )
    return incident.pk


@operation
def hear_channel_news(
    *, connection: Connection, room_outside_id: str, text: str, once: str = "", shown_there: bool = False
) -> int | None:
    """Something happened to the channel itself, such as another name. The room is told.

    `once`: an id under which it is told only once. `shown_there`: the channel is told too.
    """
    room = room_of_channel(connection, room_outside_id)
    if room is None:
        return None
    incident = Incident.objects.select_for_update(no_key=True).get(pk=room.incident_id)
    if once and TimelineEvent.objects.filter(outside_id=once).exists():
        return incident.pk
    by = Actor.machine(connection.name, connection.kind)
    kind = "room.notice" if shown_there else "room.step"
    record_event(incident, kind, by=by, data={"text": texts.mild(text)}, outside_id=once)
    return incident.pk
