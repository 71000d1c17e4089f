"""What chatops does when incidents tell news: it only writes rows; the sending comes later."""

from chatops.models import Announcement, Room, RoomStep
from chatops.rooms import again, plan_rooms, replace_room
from common.news import listens
from connections.news import ConnectionRemoved
from connections.operations import want
from incidents.models import Incident, TimelineEvent
from incidents.news import (
    AccessChanged,
    EventRecorded,
    IncidentChanged,
    IncidentDeclared,
    IncidentsMerged,
    MemberJoined,
)
from incidents.timeline.kinds import kind_of

#: shown by the card and the announcement already, or of no use in a chat channel
_NOT_MIRRORED = {
    "incident.declared",
    "field.changed",
    "member.joined",
    "member.left",
    "postmortem.drafted",
    "room.step",
    "command",
}
#: changes that alter what the channel shows of their target
_ALTERING = {"message.edited", "message.deleted"}

PRIORITY_CARD, PRIORITY_ANSWER, PRIORITY_LINE, PRIORITY_EDIT = 1, 2, 4, 5


@listens(IncidentDeclared)
def make_rooms(news: IncidentDeclared) -> None:
    """Plan a channel in every connected chat, and the announcement."""
    plan_rooms(news.incident)


@listens(EventRecorded)
def mirror_event(news: EventRecorded) -> None:
    """Show the new line, or the altered one, in every channel of the incident."""
    kind = kind_of(news.kind)
    if kind.family == "change":
        if news.kind in _ALTERING and news.target_id:
            _show(news, news.target_id, PRIORITY_EDIT)
        return
    if news.kind not in _NOT_MIRRORED:
        _show(news, news.event_id, PRIORITY_LINE)


def _show(news: EventRecorded, event_id: int, priority: int) -> None:
    lanes = _lanes(news.incident_number)
    if lanes:
        # Lines and their edits share one order, so that no edit overtakes its line.
        position = TimelineEvent.objects.filter(pk=event_id).values_list("sequence", flat=True).get()
        want(
            lanes,
            thing_kind="event",
            thing_id=event_id,
            incident_number=news.incident_number,
            priority=priority,
            position=position,
        )


@listens(IncidentChanged)
def refresh_cards(news: IncidentChanged) -> None:
    """The living card, the topic and the announcement show something else now."""
    rooms = list(Room.objects.filter(incident_id=news.incident_number, is_current=True))
    if not rooms:
        return
    want(
        [room.lane_id for room in rooms],
        thing_kind="card",
        thing_id=news.incident_number,
        incident_number=news.incident_number,
        priority=PRIORITY_CARD,
    )
    announced = list(
        Announcement.objects.filter(incident_id=news.incident_number, connection__removed_at__isnull=True).values_list(
            "lane_id", flat=True
        )
    )
    want(
        announced,
        thing_kind="announcement",
        thing_id=news.incident_number,
        incident_number=news.incident_number,
        priority=PRIORITY_LINE,
    )
    again(rooms, "topic")


@listens(MemberJoined)
def invite_member(news: MemberJoined) -> None:
    """Bring the person into the channels."""
    again(list(Room.objects.filter(incident_id=news.incident_number, is_current=True)), "invite")


@listens(ConnectionRemoved)
def leave_its_channels(news: ConnectionRemoved) -> None:
    """Its channels stay in the chat as they are; nothing is waited for there any more."""
    Room.objects.filter(connection_id=news.connection_id, is_current=True).update(is_current=False)
    RoomStep.objects.filter(room__connection_id=news.connection_id).exclude(state=RoomStep.DONE).update(
        state=RoomStep.DONE, due_at=None, last_error="", detail="the connection was removed"
    )


@listens(AccessChanged)
def follow_access(news: AccessChanged) -> None:
    """A private incident gets a private channel; the old one is archived."""
    incident = Incident.objects.get(pk=news.incident_number)
    for room in Room.objects.filter(incident=incident, is_current=True):
        if room.is_private != incident.is_private:
            replace_room(incident, room)


@listens(IncidentsMerged)
def tell_both_rooms(news: IncidentsMerged) -> None:
    """Both incidents have recorded the merge as an event of their own, which the mirror shows; the
    cards follow by `IncidentChanged`. The channel of the source stays and `this` in it means the target."""


def _lanes(number: int) -> list[int]:
    return list(Room.objects.filter(incident_id=number, is_current=True).values_list("lane_id", flat=True))
