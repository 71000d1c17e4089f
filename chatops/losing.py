"""A channel that can't be used any more, and one that can again.

Somebody deleted it, archived it or threw our app out. Nothing that is to be shown there is lost or given up: its
lane is closed and waits, and so do its steps, until the channel is back or another takes its place.
"""

from django.db.models import Value
from django.db.models.functions import Replace

from accounts.actors import Actor
from chatops.models import Room, RoomStep
from common import clock, doorbell
from common.operations import operation
from connections.models import Lane
from connections.operations import close_lane, open_lane
from incidents.models import Incident, TimelineEvent
from incidents.rules import texts
from incidents.timeline.record import record_event

_WHAT_NEXT = "Lines wait here until it is back; `/incident channel new` makes another one."


@operation
def lose_room(room: Room, why: str, *, archived: bool = False) -> bool:
    """Remember that the channel can't be used and tell the room once. False: it is not the incident's any more.

    An incident that is over needs no other channel, so nothing is said of one that was archived then.
    """
    incident = Incident.objects.select_for_update(no_key=True).get(pk=room.incident_id)
    row = Room.objects.select_related("lane", "connection").get(pk=room.pk)
    if not row.is_current:
        return False
    close_lane(row.lane)
    if archived and row.archived_at is None:
        Room.objects.filter(pk=row.pk).update(archived_at=clock.now())
    if row.lost_at is not None or (archived and not incident.is_open):
        return True
    Room.objects.filter(pk=row.pk).update(lost_at=clock.now(), lost_why=why[:200])
    _tell(incident, row, f"{texts.mild(why)} {_WHAT_NEXT}")
    return True


@operation
def find_room(room: Room, text: str) -> None:
    """The channel can be used again: what waited goes there now."""
    incident = Incident.objects.select_for_update(no_key=True).get(pk=room.incident_id)
    row = Room.objects.select_related("lane", "connection").get(pk=room.pk)
    if not row.is_current or (row.lost_at is None and row.archived_at is None):
        return
    Room.objects.filter(pk=row.pk).update(lost_at=None, lost_why="", archived_at=None)
    open_lane(row.lane, row.outside_id)
    RoomStep.objects.filter(room=row, state=RoomStep.WAITING, due_at__isnull=True).update(due_at=clock.now())
    doorbell.ring_after_commit(RoomStep)
    _tell(incident, row, texts.mild(text))


@operation
def move_room(room: Room, outside_id: str, *, prefix: str) -> None:
    """The chat gave the channel another id. Its lines are called by it too, so that their edits are known.

    `prefix`: what stands before the channel's id in the outside ids of lines.
    """
    Room.objects.filter(pk=room.pk).update(outside_id=outside_id)
    Lane.objects.filter(pk=room.lane_id).update(address=outside_id)
    old, new = f"{prefix}:{room.outside_id}:", f"{prefix}:{outside_id}:"
    lines = TimelineEvent.objects.filter(incident_id=room.incident_id, outside_id__startswith=old)
    lines.update(outside_id=Replace("outside_id", Value(old), Value(new)))


def _tell(incident: Incident, room: Room, text: str) -> None:
    by = Actor.machine(room.connection.name, room.connection.kind)
    record_event(incident, "room.step", by=by, data={"text": text})
