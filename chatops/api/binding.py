"""Which incident a bridge's room belongs to."""

from chatops.commands.kit.answers import once
from chatops.context import Context
from chatops.models import Room
from chatops.replies import Reply
from common.errors import NotFound
from connections.models import Connection, Lane
from incidents.models import Incident, TimelineEvent
from incidents.queries import find_incident

_SMALL = {"please", "the", "/incident", "incident", "/inc", "inc"}


def bind_room(*, connection: Connection, room_id: str, name: str, context: Context, reply: Reply) -> None:
    """Bind the room when the command declared or joined an incident in it; a later one binds it anew."""
    if not (room_id and reply.ok and reply.incident):
        return
    if not (_declared(context, reply.incident) or _joined(context, reply.incident)):
        return
    try:
        incident = find_incident(reply.incident, context.by)
    except NotFound:
        # Declared private by somebody without an account: nobody could speak in it from here.
        return
    room = Room.objects.filter(connection=connection, outside_id=room_id).first()
    if room is None:
        lane, _ = Lane.objects.get_or_create(
            connection=connection, key=f"room:{room_id}"[:160], defaults={"kind": "bridge", "is_open": False}
        )
        room = Room(connection=connection, outside_id=room_id, lane=lane, is_current=False)
    room.incident = incident
    room.name = (name or room_id)[:120]
    room.is_private = incident.is_private
    room.save()


def _declared(context: Context, number: int) -> bool:
    return TimelineEvent.objects.filter(incident_id=number, kind="incident.declared", outside_id=once(context)).exists()


def _joined(context: Context, number: int) -> bool:
    """The command was join: `/incident join #142`, `/incident #142 join`, `join 142`."""
    if context.by.user is None:
        return False
    words = [word for word in context.typed.casefold().split() if word not in _SMALL and not word.startswith("@")]
    if words and words[0].lstrip("#").removeprefix("inc-").isdecimal():
        words = words[1:]
    here = Incident.objects.filter(pk=number, members__user=context.by.user, members__left_at__isnull=True)
    return bool(words) and words[0].lstrip("/") == "join" and here.exists()
