"""The one entrance for what people type: lines and commands, from the web room, Slack and the bridge."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.actors import Actor
from accounts.linking import link_url
from accounts.models import Identity
from chatops.context import Context
from chatops.models import Heard
from chatops.port import Button
from chatops.replies import Reply
from chatops.rooms import incident_of_channel, room_of_channel
from common import clock
from common.errors import NotFound, Refused
from common.operations import operation
from common.testing.killpoint import killpoint
from connections.models import Connection, Delivery, Lane
from connections.operations import already_shown, want
from incidents.models import Incident, TimelineEvent
from incidents.operations import talk
from incidents.rules import texts
from incidents.timeline.record import record_event


@dataclass(frozen=True)
class Outsider:
    """A person as the other chat knows them. Name and e-mail are shown, never trusted."""

    id: str
    name: str
    email: str = ""
    is_bot: bool = False
    is_guest: bool = False


def actor_for(realm: str, author: Outsider, surface: str, *, trust_email: bool = False) -> Actor:
    """Return who that is here: the linked account, or an outsider without one.

    `trust_email`: the bridge may vouch for addresses; never for an administrator's.
    """
    identity, _ = Identity.objects.get_or_create(
        realm=realm,
        outside_id=author.id,
        defaults={"name": author.name[:120], "email": author.email[:254], "is_bot": author.is_bot},
    )
    if identity.name != author.name[:120] and author.name:
        Identity.objects.filter(pk=identity.pk).update(name=author.name[:120], seen_at=clock.now())
    user = identity.user if identity.user_id else None
    if user is None and trust_email and author.email:
        from accounts.models import Role, User

        user = User.objects.filter(email__iexact=author.email, is_active=True).exclude(role=Role.ADMIN).first()
    if user is not None and user.is_active and not author.is_bot:
        return Actor.person(user, surface)
    return Actor.outsider(author.name or author.id, surface, f"{realm}:{author.id}", is_bot=author.is_bot)


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


def hear_command(
    *,
    connection: Connection,
    realm: str,
    author: Outsider,
    room_outside_id: str,
    line: str,
    outside_id: str,
    answer_address: str = "",
    occurred_at: datetime | None = None,
    trust_email: bool = False,
) -> Reply:
    """Somebody typed a command in a connected chat. Bots and guests never run one."""
    by = actor_for(realm, author, connection.kind, trust_email=trust_email)
    context = Context(
        by=by,
        typed=line,
        incident=incident_here(connection, room_outside_id, by),
        room_kind=connection.kind,
        outside_id=outside_id,
    )
    if author.is_bot or author.is_guest:
        return Reply("Commands are for members of this workspace; bots and guests can't run them.", ok=False)
    return run_command(
        context=context,
        source=f"{connection.kind}:{connection.pk}",
        connection=connection,
        answer_address=answer_address,
    )


def run_command(
    *,
    context: Context,
    source: str,
    connection: Connection | None = None,
    answer_address: str = "",
) -> Reply:
    """Run a typed command once: the same outside id of the same source gives the same answer.

    What the command changes and the remembered answer are one transaction. With an `answer_address` the
    answer is also wanted there as a delivery.
    """
    outside_id = context.outside_id
    if outside_id:
        before = Heard.objects.filter(source=source, outside_id=outside_id).first()
        if before is not None:
            return _remembered(before)
    try:
        return _run(context, source, connection, answer_address)
    except IntegrityError:
        before = Heard.objects.filter(source=source, outside_id=outside_id).first()
        if before is None:
            raise
        return _remembered(before)


@operation
def _run(context: Context, source: str, connection: Connection | None, answer_address: str) -> Reply:
    from chatops.router import answer

    heard = None
    if context.outside_id:
        # A savepoint: the same command in parallel must not break the transaction that we joined.
        with transaction.atomic():
            heard = Heard.objects.create(
                source=source,
                outside_id=context.outside_id,
                connection=connection,
                user=context.by.user,
                actor_name=context.by.name[:120],
                text=context.typed,
            )
    with transaction.atomic():
        reply = _with_link(context, answer(context))
    if heard is not None:
        heard.answer = reply.as_json()
        heard.incident_number = reply.incident
        heard.save(update_fields=["answer", "incident_number"])
        if answer_address and connection is not None:
            lane, _ = Lane.objects.get_or_create(
                connection=connection,
                key=f"answer:{heard.pk}",
                defaults={"kind": "answer", "address": answer_address},
            )
            want([lane.pk], thing_kind="heard", thing_id=heard.pk, incident_number=reply.incident, priority=2)
    return reply


def _with_link(context: Context, reply: Reply) -> Reply:
    """Tell somebody without an account how to link one, when that is what stopped them."""
    realm, _, outside_id = context.by.key.rpartition(":")
    if reply.ok or context.by.user is not None or context.by.is_bot or not realm:
        return reply
    url = link_url(realm, outside_id)
    return replace(
        reply, text=f"{reply.text}\n\nI don't know which account you are. [Open this to link it]({url}) (10 min)."
    )


def _remembered(heard: Heard) -> Reply:
    answer = heard.answer
    return Reply(
        text=str(answer.get("text", "")),
        to_everyone=answer.get("visibility") == "room",
        incident=answer.get("incident"),
        undo=str(answer.get("undo", "")),
        open_url=str(answer.get("open_url", "")),
        ok=bool(answer.get("ok", True)),
        buttons=[Button(b["label"], b.get("command", ""), b.get("url", "")) for b in answer.get("buttons", [])],
    )


def incident_here(connection: Connection, channel: str, by: Actor) -> Incident | None:
    """The incident whose room this channel is, if the actor may see it."""
    incident = incident_of_channel(connection, channel)
    if incident is None:
        return None
    from incidents.queries import find_incident

    try:
        return find_incident(incident.pk, by)
    except NotFound:
        return None
