"""Making and changing channels: a saga of small steps, each a row that can be retried by itself."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.text import slugify

from accounts.models import Identity, User
from chatops.drawing import topic_of
from chatops.losing import lose_room
from chatops.models import Announcement, Room, RoomStep
from chatops.port import ChatPort, chat_for, chat_kinds
from common import clock, doorbell
from common.errors import PartnerTrouble
from common.operations import operation
from common.testing.killpoint import killpoint
from connections.lanes import PAUSED
from connections.models import Connection, Delivery, Lane
from connections.operations import in_trouble, open_lane, out_of_trouble, want
from incidents.models import Incident

#: steps of a new room in order; all but `create` wait for the channel.
_STEPS = ("create", "invite", "pin", "topic", "bookmark")
_PRIORITY_CARD, _PRIORITY_LINE = 1, 4

_AFTERWARDS = timedelta(seconds=1.5)

Doer = Callable[[Room, ChatPort, RoomStep], str | None]


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
    """The incident gets a new channel in place of this one, which is archived where that can be."""
    Room.objects.filter(pk=old.pk).update(is_current=False)
    old.is_current = False
    if old.outside_id and old.lost_at is None:
        plan_step(old, "archive", clock.now())
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
    if room.connection.paused_at is not None:
        step.again(error=PAUSED, at=clock.now() + timedelta(minutes=1), count=False)
        return
    try:
        detail = _DOERS[step.name](room, chat, step)
    except PartnerTrouble as trouble:
        _trouble(step, room, trouble)
        return
    if room.connection.trouble:
        out_of_trouble(room.connection)
    if detail is None:
        return
    done: dict[str, Any] = {"detail": detail[:300], "done_at": clock.now(), "attempts": 0}
    if step.done(only_if={"wanted": wanted}, **done):
        return
    with transaction.atomic():
        row = RoomStep.objects.select_for_update(no_key=True).get(pk=step.pk)
        if step.done(**done) and row.wanted > wanted:
            # Somebody asked for it again while it was being done.
            due_at = row.due_at or clock.now()
            RoomStep.objects.filter(pk=step.pk).update(state=RoomStep.WAITING, due_at=due_at)


def _trouble(step: RoomStep, room: Room, trouble: PartnerTrouble) -> None:
    if trouble.place_gone and room.outside_id and lose_room(room, trouble.message):
        # Done once the channel can be used again, see `losing`.
        RoomStep.objects.filter(pk=step.pk, lease_owner=step.lease_owner).update(
            due_at=None, last_error=trouble.message[:2000], lease_until=None, lease_owner=""
        )
        return
    if trouble.permanent:
        give_up(step, trouble.message)
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


def give_up(step: RoomStep, error: str) -> None:
    """It can't be done: a dead letter that operators see, unless it was asked for again meanwhile."""
    with transaction.atomic():
        if RoomStep.objects.select_for_update(no_key=True).get(pk=step.pk).wanted > step.wanted:
            step.again(error=error, at=clock.now(), count=False)
        else:
            step.bury(error=error)


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
    # What makes the channel usable goes first, also that of other channels.
    now = clock.now()
    due_at = Case(When(name="invite", then=Value(now)), default=Value(now + _AFTERWARDS))
    RoomStep.objects.filter(room=room, state=RoomStep.WAITING).exclude(name="create").update(due_at=due_at)
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
    known = ids_there(chat, [member.user for member in people])
    if not known:
        return "nobody of this incident is known there"
    result = chat.invite(room.outside_id, sorted(known.values()))
    missing = len(people) - len(known)
    parts = [f"{len(known) - len(result.failed)} in"]
    parts += [f"{who}: {why}" for who, why in result.failed]
    if missing:
        parts.append(f"{missing} unknown there")
    return ", ".join(parts)


def ids_there(chat: ChatPort, people: Sequence[User]) -> dict[int, str]:
    """Who these people are in the chat, by their ids here and in their order: as linked, else by address; unknown ones
    are left out."""
    linked = Identity.objects.filter(realm=chat.realm(), user__in=people)
    known = dict(linked.values_list("user_id", "outside_id"))
    unknown = {user.email: user.pk for user in people if user.pk not in known}
    if unknown:
        for email, outside_id in chat.people_by_email(list(unknown)).items():
            known[unknown[email]] = outside_id
    return {user.pk: known[user.pk] for user in people if user.pk in known}


def _bookmark(room: Room, chat: ChatPort, step: RoomStep) -> str | None:
    if step.done_at:
        return step.detail
    chat.bookmark(room.outside_id, "Web room", room_url(room.incident))
    return "web room linked"


_DOERS: dict[str, Doer] = {
    "create": _create,
    "topic": _topic,
    "pin": _pin,
    "invite": _invite,
    "bookmark": _bookmark,
}


def does_step(name: str) -> Callable[[Doer], Doer]:
    """Register who does a step. A doer returns what to show for it, or None when the step is due again."""

    def register(doer: Doer) -> Doer:
        _DOERS[name] = doer
        return doer

    return register


def plan_step(room: Room, name: str, due_at: datetime) -> None:
    """Have a step done at this time, whatever became of it before."""
    step, made = RoomStep.objects.get_or_create(
        room=room, name=name, defaults={"position": RoomStep.STEPS.index(name), "due_at": due_at}
    )
    if not made:
        # Raised, so that whoever is at it just now does not take it for done.
        RoomStep.objects.filter(pk=step.pk).update(
            wanted=F("wanted") + 1,
            due_at=due_at,
            state=RoomStep.WAITING,
            attempts=0,
            detail="",
            last_error="",
        )
    doorbell.ring_after_commit(RoomStep)


def room_url(incident: Incident) -> str:
    """The web room's full address."""
    return urljoin(settings.BASE_URL + "/", f"incidents/{incident.pk}")


def room_of_channel(connection: Connection, channel: str) -> Room | None:
    """Return the room that a channel is."""
    return (
        Room.objects.filter(connection=connection, outside_id=channel).select_related("incident", "lane").first()
        if channel
        else None
    )


def incident_of_channel(connection: Connection, channel: str) -> Incident | None:
    """Return the incident a channel belongs to; after a merge it is the one that it went into."""
    room = room_of_channel(connection, channel)
    if room is None:
        return None
    return room.incident.merged_into or room.incident
