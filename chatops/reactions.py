"""What chatops does when incidents tell news: it only writes rows; the sending comes later."""

from collections.abc import Callable, Sequence
from functools import cache, partial

from chatops import reacting, sharing
from chatops.ending import follow_end
from chatops.homes import refresh_homes, refresh_homes_of
from chatops.models import Announcement, Room, RoomStep
from chatops.origin import lane_of_origin
from chatops.rooms import again, plan_rooms, plan_step, replace_room
from chatops.whispering import tell_followers
from common import clock
from common.news import listens
from connections.news import ConnectionRemoved
from connections.operations import want
from incidents.models import Incident, TimelineEvent
from incidents.news import (
    AccessChanged,
    EventsRecorded,
    FilesSaid,
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
    "page.sent",
    "postmortem.drafted",
    "room.step",
    "chat.notice",
    "command",
}
#: news of a status, which may be the end
_ENDING = {"status.changed", "merged.into"}
#: changes that alter what the channel shows of their target
_ALTERING = {"message.edited", "message.deleted"}
_REACTING = {"reaction.added", "reaction.removed"}

Lanes = Callable[..., list[int]]

PRIORITY_CARD, PRIORITY_ANSWER, PRIORITY_LINE, PRIORITY_EDIT, PRIORITY_REACTION = 1, 2, 4, 5, 6


@listens(IncidentDeclared)
def make_rooms(news: IncidentDeclared) -> None:
    """Plan a channel in every connected chat, and the announcement."""
    plan_rooms(news.incident)
    refresh_homes()


@listens(EventsRecorded)
def end_or_revive(news: EventsRecorded) -> None:
    """Some time after its end its channels are archived; when it is taken up again they are brought back."""
    if any(event.kind in _ENDING for event in news.events):
        follow_end(Incident.objects.get(pk=news.incident_number))


@listens(EventsRecorded)
def mirror_events(news: EventsRecorded) -> None:
    """Show the new lines, or the altered ones, in every channel of the incident."""
    lanes = cache(partial(_lanes, news.incident_number))
    for event in news.events:
        _mirror(event, lanes)


def _mirror(event: TimelineEvent, lanes: Lanes) -> None:
    if kind_of(event.kind).family == "change":
        if event.kind in _ALTERING and event.target is not None:
            _show(event, event.target, PRIORITY_EDIT, lanes())
        elif event.kind in _REACTING and event.target is not None:
            want(
                lanes("" if reacting.is_answered(event) else event.surface),
                thing_kind=reacting.THING,
                thing_id=event.target.pk,
                incident_number=event.incident_id,
                priority=PRIORITY_REACTION,
                position=event.sequence,
            )
        return
    if event.kind not in _NOT_MIRRORED:
        _show(event, event, PRIORITY_LINE, lanes())
    if event.kind == "update.published":
        _spread(event)


def _show(event: TimelineEvent, shown: TimelineEvent, priority: int, lanes: Sequence[int]) -> None:
    if event.kind == "message":
        lanes = [lane for lane in lanes if lane != lane_of_origin()]
    # Lines and their edits share one order, so that no edit overtakes its line.
    want(
        lanes,
        thing_kind="event",
        thing_id=shown.pk,
        incident_number=event.incident_id,
        priority=priority,
        position=shown.sequence,
    )


def _spread(event: TimelineEvent) -> None:
    """An update is told in the thread of the announcement, and to those who follow from outside."""
    announced = Announcement.objects.filter(incident=event.incident, connection__removed_at__isnull=True)
    want(
        announced.values_list("lane_id", flat=True),
        thing_kind="news",
        thing_id=event.pk,
        incident_number=event.incident_id,
        priority=PRIORITY_EDIT,
        position=event.sequence,
    )
    rooms = Room.objects.filter(incident=event.incident, is_current=True).select_related("connection")
    tell_followers(event.incident, event, [room.connection for room in rooms])


@listens(FilesSaid)
def hand_files_over(news: FilesSaid) -> None:
    """The files follow their line into every channel."""
    lanes = _lanes(news.incident_number, news.surface)
    for attachment_id in news.attachments if lanes else ():
        want(
            lanes,
            thing_kind=sharing.THING,
            thing_id=attachment_id,
            incident_number=news.incident_number,
            priority=PRIORITY_LINE,
            position=news.sequence,
        )


@listens(IncidentChanged)
def refresh_cards(news: IncidentChanged) -> None:
    """The living card, the topic, the announcement and the homes show something else now."""
    refresh_homes()
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
    refresh_homes_of(incident.members.values_list("user_id", flat=True))
    if incident.is_private:
        refresh_homes(everybody=True)
    for room in Room.objects.filter(incident=incident, is_current=True):
        if room.is_private != incident.is_private:
            replace_room(incident, room)
        elif room.is_private and room.outside_id:
            plan_step(room, "remove", clock.now())


@listens(IncidentsMerged)
def tell_both_rooms(news: IncidentsMerged) -> None:
    """Both incidents have recorded the merge as an event of their own, which the mirror shows; the
    cards follow by `IncidentChanged`. The channel of the source stays and `this` in it means the target."""


def _lanes(number: int, besides: str = "") -> list[int]:
    """The lanes of the incident's channels, except in the chat that something came from."""
    rooms = Room.objects.filter(incident_id=number, is_current=True).exclude(connection__kind=besides)
    return list(rooms.values_list("lane_id", flat=True))
