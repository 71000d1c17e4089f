"""What becomes of an incident's channels: archived some time after its end, brought back, or replaced."""

from datetime import timedelta

from django.conf import settings
from django.db.models import F

from accounts.actors import Actor
from chatops import sharing
from chatops.drawing import is_over
from chatops.losing import find_room
from chatops.models import Room, RoomStep
from chatops.port import ChatPort
from chatops.rooms import does_step, give_up, ids_there, plan_step, replace_room
from common import clock
from common.errors import Conflict, PartnerTrouble
from common.operations import operation
from connections.lanes import due_deliveries
from connections.models import Delivery
from connections.operations import close_lane, want
from incidents.models import Incident
from incidents.timeline.record import record_event

#: so long an archiving waits for what the channel does not show yet, look by look
_LOOK_AGAIN = timedelta(seconds=30)
_KEPT = "kept"


def follow_end(incident: Incident) -> None:
    """Its status changed: plan the archiving of its channels, or take that back. Only writes rows."""
    rooms = list(Room.objects.filter(incident=incident, is_current=True))
    if not is_over(incident):
        for room in rooms:
            _bring_back(room)
        return
    if not settings.ARCHIVE_AFTER:
        return
    for room in rooms:
        if room.archived_at is None and room.lost_at is None:
            plan_step(room, "archive", clock.now() + settings.ARCHIVE_AFTER)
            plan_step(room, "farewell", clock.now())


def _bring_back(room: Room) -> None:
    RoomStep.objects.filter(room=room, name__in=["archive", "farewell"]).exclude(state=RoomStep.DONE).update(
        state=RoomStep.DONE, due_at=None, detail="it was reopened"
    )
    if room.archived_at is not None and room.lost_at is None:
        plan_step(room, "unarchive", clock.now())


@operation
def keep_channels(*, incident: Incident, by: Actor) -> list[Room]:
    """Somebody wants the channels kept: they are not archived for this end. Returns those that stay.

    A channel that was archived already is brought back.
    """
    Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    kept = []
    for room in Room.objects.filter(incident=incident, is_current=True):
        waiting = RoomStep.objects.filter(room=room, name="archive").exclude(state=RoomStep.DONE)
        if waiting.update(state=RoomStep.DONE, due_at=None, detail=_KEPT):
            kept.append(room)
        elif room.archived_at is not None and room.lost_at is None:
            plan_step(room, "unarchive", clock.now())
            kept.append(room)
    return kept


@operation
def new_channels(*, incident: Incident, by: Actor) -> list[Room]:
    """Another channel in place of each that can't be used; what waited for the old one goes to the new one.

    :raises Conflict: all of them can be used.
    """
    incident = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    lost = [r for r in Room.objects.filter(incident=incident, is_current=True) if r.lost_at or r.archived_at]
    if not lost:
        raise Conflict("Its channels are all there.", hint="This is for a channel that was deleted or archived.")
    return [_replace(incident, room) for room in lost]


def _replace(incident: Incident, old: Room) -> Room:
    """Lines that nobody saw there move; the rest of the story stays in the timeline."""
    unseen = Delivery.objects.filter(
        lane=old.lane,
        thing_kind__in=["event", sharing.THING],
        wanted__gt=F("shown"),
        dead_at__isnull=True,
        outside_ref="",
    )
    moving = list(unseen.values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=moving).update(dead_at=clock.now())
    new = replace_room(incident, old)
    Delivery.objects.filter(pk__in=moving).update(lane=new.lane, dead_at=None, last_error="", attempt_count=0)
    RoomStep.objects.filter(room=old).exclude(state=RoomStep.DONE).exclude(name="archive").update(
        state=RoomStep.DONE, due_at=None, last_error="", detail="another channel took its place"
    )
    return new


# --- steps --------------------------------------------------------------------------------------------
@does_step("farewell")
def _farewell(room: Room, chat: ChatPort, step: RoomStep) -> str | None:
    """Say in the channel that it will be archived, with a way to keep it."""
    archive = RoomStep.objects.filter(room=room, name="archive", state=RoomStep.WAITING).first()
    if archive is None or archive.due_at is None:
        return "not needed any more"
    first = RoomStep.objects.filter(room__incident=room.incident, name="farewell").order_by("pk").first()
    if first is not None and first.pk == step.pk:
        # Once, however many chats show it.
        _say_farewell(room, _in_words(archive.due_at - clock.now()))
    return "said"


@operation
def _say_farewell(room: Room, soon: str) -> None:
    incident = Incident.objects.select_for_update(no_key=True).get(pk=room.incident_id)
    text = f"This channel is archived in {soon}. To keep it: `/incident channel keep`"
    data = {"text": text, "buttons": [["Keep the channel", f"/incident channel keep #{incident.pk}"]]}
    record_event(incident, "room.notice", by=Actor.machine(room.connection.name, room.connection.kind), data=data)


def _in_words(left: timedelta) -> str:
    hours = max(1, round(left.total_seconds() / 3600))
    return f"{hours} hours" if hours > 1 else "an hour"


@does_step("archive")
def _archive(room: Room, chat: ChatPort, step: RoomStep) -> str | None:
    if not room.outside_id:
        return "there is no channel"
    if room.is_current and not is_over(room.incident):
        return "it goes on"
    if room.is_current and room.lane.is_open and due_deliveries(room.lane).exists():
        step.again(error="", at=clock.now() + _LOOK_AGAIN, count=False)
        return None
    try:
        chat.archive(room.outside_id)
    except PartnerTrouble as trouble:
        if not trouble.place_gone:
            raise
    _archived(room)
    return "archived"


@operation
def _archived(room: Room) -> None:
    """Nothing can be shown there now. It was reopened meanwhile: bring it back."""
    incident = Incident.objects.select_for_update(no_key=True).get(pk=room.incident_id)
    Room.objects.filter(pk=room.pk).update(archived_at=clock.now())
    close_lane(room.lane)
    if room.is_current and not is_over(incident):
        plan_step(room, "unarchive", clock.now())


@does_step("unarchive")
def _unarchive(room: Room, chat: ChatPort, step: RoomStep) -> str | None:
    try:
        chat.unarchive(room.outside_id)
    except PartnerTrouble as trouble:
        if not trouble.permanent:
            raise
        _take_another(room)
        return f"another channel takes its place: {trouble.message}"
    find_room(room, f"The channel {room.name} is back.")
    # It says how things stand now, and whoever came since is invited.
    want([room.lane_id], thing_kind="card", thing_id=room.incident_id, incident_number=room.incident_id, priority=1)
    for name in ("topic", "invite"):
        plan_step(room, name, clock.now())
    return "back"


@operation
def _take_another(room: Room) -> None:
    incident = Incident.objects.select_for_update(no_key=True).get(pk=room.incident_id)
    row = Room.objects.get(pk=room.pk)
    if row.is_current and not is_over(incident):
        _replace(incident, row)


@does_step("remove")
def _remove(room: Room, chat: ChatPort, step: RoomStep) -> str | None:
    """A private channel has the members that Warroom has: who went out of the room goes out of it."""
    gone = room.incident.members.filter(left_at__isnull=False).select_related("user").order_by("left_at", "pk")
    people = ids_there(chat, [member.user for member in gone])
    names = {member.user_id: member.user.name for member in gone}
    refused = []
    for user, person in people.items():
        try:
            chat.remove(room.outside_id, person)
        except PartnerTrouble as trouble:
            if not trouble.permanent or trouble.place_gone or trouble.needs_hands:
                raise
            # One who can't be taken out keeps nobody else in.
            refused.append(f"{names[user]}: {trouble.message}")
    if refused:
        give_up(step, f"Still in the channel: {' '.join(refused)}")
        return None
    return f"{len(people)} out"
