"""Making and changing channels: a saga of small steps, each a row that can be retried by itself."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urljoin

from django.conf import settings
from django.db.models import F
from django.utils.text import slugify

from accounts.models import Identity
from chatops.drawing import topic_of
from chatops.models import Announcement, Room, RoomStep
from chatops.port import ChatPort, chat_for, chat_kinds
from common import clock, doorbell
from common.errors import PartnerTrouble
from common.operations import operation
from common.testing.killpoint import killpoint
from connections.models import Connection, Delivery, Lane
from connections.operations import in_trouble, open_lane, out_of_trouble, want
from incidents.models import Incident

#: steps of a new room in order; all but `create` wait for the channel.
_STEPS = ("create", "invite", "pin", "topic", "bookmark")
_PRIORITY_CARD, _PRIORITY_LINE = 1, 4


def plan_rooms(incident: Incident) -> None:
    """Write what it takes to have a channel in every connected chat; joins the running transaction."""
    for connection in Connection.objects.filter(kind__in=chat_kinds(), is_on=True):
        plan_room(incident, connection, generation=0)
        channel = announce_channel(connection)
        if channel and not incident.is_private and not incident.is_drill:
            announce(incident, connection, channel)


def plan_room(incident: Incident, connection: Connection, *, generation: int) -> Room:
    """Write the room, its lane, its steps and its card. `generation` counts the rooms it had there before."""
    now = clock.now()
    lane = Lane.objects.create(
        connection=connection, kind="chat", key=f"incident:{incident.pk}:{generation}", is_open=False
    )
    room = Room.objects.create(
        incident=incident,
        connection=connection,
        lane=lane,
        name=room_name(incident),
        is_private=incident.is_private,
    )
    RoomStep.objects.bulk_create(
        [
            RoomStep(room=room, name=name, position=n, due_at=now if name == "create" else None)
            for n, name in enumerate(_STEPS)
        ]
    )
    want(
        [lane.pk],
        thing_kind="card",
        thing_id=incident.pk,
        incident_number=incident.pk,
        priority=_PRIORITY_CARD,
        lanes_are_new=True,
    )
    doorbell.ring_after_commit(RoomStep)
    return room


def announce(incident: Incident, connection: Connection, channel: str) -> None:
    """Have the incident announced in the chat's incidents channel, by one message edited in place."""
    lane, _ = Lane.objects.get_or_create(
        connection=connection, key=f"channel:{channel}", defaults={"kind": "chat", "address": channel}
    )
    Announcement.objects.get_or_create(incident=incident, connection=connection, defaults={"lane": lane})
    want(
        [lane.pk],
        thing_kind="announcement",
        thing_id=incident.pk,
        incident_number=incident.pk,
        priority=_PRIORITY_LINE,
        position=incident.pk,
    )


def announce_channel(connection: Connection) -> str:
    """The id of the chat's incidents channel, where one is set."""
    return str(connection.settings.get("announce_channel", "")).strip()


def room_name(incident: Incident) -> str:
    """Return `inc-142-checkout-5xx`, at most 80 characters of a-z, 0-9 and hyphen."""
    words = "" if incident.is_private else slugify(incident.title)
    name = f"{'drill' if incident.is_drill else 'inc'}-{incident.pk}"
    return (f"{name}-{words}" if words else name)[:80].rstrip("-_")


def again(rooms: Sequence[Room], step: str) -> None:
    """Have a step of these rooms done once more (topic after a change, invite after a join)."""
    ids = [room.pk for room in rooms]
    if not ids:
        return
    RoomStep.objects.filter(room_id__in=ids, name=step).update(
        wanted=F("wanted") + 1, state=RoomStep.WAITING, attempts=0
    )
    RoomStep.objects.filter(room_id__in=ids, name=step, room__lane__is_open=True).update(due_at=clock.now())
    doorbell.ring_after_commit(RoomStep)


def replace_room(incident: Incident, old: Room) -> Room:
    """The incident's privacy changed: a new channel of the right kind, the old one archived."""
    Room.objects.filter(pk=old.pk).update(is_current=False)
    old.is_current = False
    if old.outside_id:
        RoomStep.objects.update_or_create(
            room=old,
            name="archive",
            defaults={"position": 9, "due_at": clock.now(), "state": RoomStep.WAITING, "attempts": 0},
        )
    Delivery.objects.filter(lane=old.lane, wanted__gt=F("shown")).update(
        dead_at=clock.now(), last_error="superseded: the incident moved to another channel"
    )
    generation = incident.rooms.filter(connection=old.connection).count()
    return plan_room(incident, old.connection, generation=generation)


def do_step(step: RoomStep) -> None:
    """Do one step against the chat. Leaves the row done, due again, or a visible dead letter."""
    room = Room.objects.select_related("incident", "connection", "lane").get(pk=step.room_id)
    wanted = step.wanted
    try:
        chat = chat_for(room.connection)
    except KeyError:
        step.again(error="integration not installed", at=clock.now() + timedelta(minutes=5), count=False)
        return
    try:
        detail = _DOERS[step.name](room, chat, step)
    except PartnerTrouble as trouble:
        _trouble(step, room, trouble)
        return
    out_of_trouble(room.connection)
    if detail is None:
        return
    step.done(detail=detail[:300], done_at=clock.now(), attempts=0)
    # Somebody asked for it again while it was being done.
    RoomStep.objects.filter(pk=step.pk, wanted__gt=wanted).update(state=RoomStep.WAITING, due_at=clock.now())


def _trouble(step: RoomStep, room: Room, trouble: PartnerTrouble) -> None:
    if trouble.permanent:
        step.bury(error=trouble.message)
        in_trouble(room.connection, trouble.message)
        return
    if trouble.retry_after is None or trouble.needs_hands:
        in_trouble(room.connection, trouble.message)
    pause = trouble.retry_after if trouble.retry_after is not None else min(25.0, 2.0 ** min(step.attempts, 5))
    step.again(
        error=trouble.message,
        at=clock.now() + timedelta(seconds=pause),
        count=False,
        attempts=step.attempts + 1,
        detail="unclear" if trouble.unclear else step.detail,
    )


def _create(room: Room, chat: ChatPort, step: RoomStep) -> str | None:
    if room.outside_id:
        return room.name
    # A first try leaves its mark before the call: whoever takes over after a crash looks before making.
    look_first = step.detail in ("asked", "unclear")
    RoomStep.objects.filter(pk=step.pk).update(detail="asked")
    step.detail = "asked"
    killpoint("K16")
    made = chat.create_room(room.name, is_private=room.is_private, marker=f"room:{room.pk}", look_first=look_first)
    killpoint("K17")
    _keep(room, made.outside_id, made.name, made.url)
    return made.name


@operation
def _keep(room: Room, outside_id: str, name: str, url: str) -> None:
    """Store the channel's id, open its lane and let the other steps begin."""
    Room.objects.filter(pk=room.pk).update(outside_id=outside_id, name=name, url=url)
    open_lane(room.lane, outside_id)
    RoomStep.objects.filter(room=room, state=RoomStep.WAITING).exclude(name__in=["create", "pin"]).update(
        due_at=clock.now()
    )
    RoomStep.objects.filter(room=room, name="pin").update(due_at=clock.now() + timedelta(milliseconds=300))
    doorbell.ring_after_commit(RoomStep)


def _topic(room: Room, chat: ChatPort, step: RoomStep) -> str | None:
    killpoint("K18")
    text = topic_of(room.incident)
    chat.set_topic(room.outside_id, text)
    return text


def _pin(room: Room, chat: ChatPort, step: RoomStep) -> str | None:
    card = Delivery.objects.filter(lane=room.lane, thing_kind="card").first()
    if card is None or not card.outside_ref:
        step.again(error="", at=clock.now() + timedelta(seconds=1), count=False)
        return None
    killpoint("K19")
    chat.pin(room.outside_id, card.outside_ref)
    return "card pinned"


def _invite(room: Room, chat: ChatPort, step: RoomStep) -> str | None:
    killpoint("K21")
    people = list(room.incident.members.filter(left_at__isnull=True, user__is_active=True).select_related("user"))
    realm = str(room.connection.settings.get("realm", room.connection.kind))
    known = dict(
        Identity.objects.filter(realm=realm, user_id__in=[member.user_id for member in people]).values_list(
            "user_id", "outside_id"
        )
    )
    unknown = {member.user.email: member.user_id for member in people if member.user_id not in known}
    if unknown:
        for email, outside_id in chat.people_by_email(list(unknown)).items():
            known[unknown[email]] = outside_id
    if not known:
        return "nobody of this incident is known there"
    result = chat.invite(room.outside_id, sorted(known.values()))
    missing = len(people) - len(known)
    parts = [f"{len(known) - len(result.failed)} in"]
    parts += [f"{who}: {why}" for who, why in result.failed]
    if missing:
        parts.append(f"{missing} unknown there")
    return ", ".join(parts)


def _bookmark(room: Room, chat: ChatPort, step: RoomStep) -> str | None:
    if step.done_at:
        return step.detail
    chat.bookmark(room.outside_id, "Web room", room_url(room.incident))
    return "web room linked"


def _archive(room: Room, chat: ChatPort, step: RoomStep) -> str | None:
    chat.archive(room.outside_id)
    Room.objects.filter(pk=room.pk).update(archived_at=clock.now())
    return "archived"


_DOERS = {
    "create": _create,
    "topic": _topic,
    "pin": _pin,
    "invite": _invite,
    "bookmark": _bookmark,
    "archive": _archive,
}


def room_url(incident: Incident) -> str:
    """The web room's full address."""
    return urljoin(settings.BASE_URL + "/", f"incidents/{incident.pk}")


def room_of_channel(connection: Connection, channel: str) -> Room | None:
    """Return the room that a channel is."""
    return (
        Room.objects.filter(connection=connection, outside_id=channel).select_related("incident").first()
        if channel
        else None
    )


def incident_of_channel(connection: Connection, channel: str) -> Incident | None:
    """Return the incident a channel belongs to; after a merge it is the one that it went into."""
    room = room_of_channel(connection, channel)
    if room is None:
        return None
    return room.incident.merged_into or room.incident
