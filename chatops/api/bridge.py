"""Any other chat bot: hands over the commands and lines of its people.

A token with the scope `chat` is one bridge. Its connection is made when it is first used; its rooms are
bound to an incident by the command that declared or joined it. Nothing is sent to a bridge: it asks and is
answered, so its lanes are closed and its rooms are never the current ones.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from accounts import audit
from accounts.actors import Actor
from accounts.models import Token
from chatops.api.binding import bind_room
from chatops.commanding import incident_here, run_command
from chatops.context import Context
from chatops.hear import Spoken, hear_line
from chatops.models import Heard
from chatops.replies import Reply
from chatops.rooms import room_of_channel
from chatops.speakers import Outsider, actor_for
from common import clock
from common.errors import NotAllowed, NotFound
from common.ids import digest
from common.operations import operation
from connections.models import Connection
from connections.operations import already_shown
from incidents.operations import talk
from incidents.rules import texts

KIND = "bridge"
_MOST_ID = 180
_GRAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Said:
    """What a bot hands over. `room_id` is empty for a direct message."""

    text: str
    author: Outsider
    message_id: str
    room_id: str = ""
    room_name: str = ""
    thread_id: str = ""
    occurred_at: datetime | None = None


def realm_of(token: Token) -> str:
    """Where the ids of this bridge's people are unique."""
    return f"bridge:{token.pk}"


def connection_of(token: Token) -> Connection:
    """Return the bridge's connection, made when it is first needed.

    :raises NotAllowed: an administrator has switched it off or removed it.
    """
    if Connection.objects.filter(kind=KIND, settings__token=token.pk, removed_at__isnull=False).exists():
        raise NotAllowed("This bridge was removed by an administrator. For a new one, make a new token.")
    found, made = Connection.objects.get_or_create(
        # The constraint on this column makes it one connection per token, however many calls come at once.
        key_digest=digest(f"{KIND}-of-token:{token.pk}"),
        defaults={"kind": KIND, "name": token.name[:80], "settings": {"token": token.pk, "realm": realm_of(token)}},
    )
    if made:
        by = Actor.person(token.user, "api", token_id=token.pk)
        audit.record(by, "connection.made", "connection", found.pk, after={"kind": KIND, "name": found.name})
    if not found.is_on:
        raise NotAllowed("This bridge was switched off by an administrator.")
    return found


@operation
def hear_bridge_command(*, token: Token, said: Said) -> Reply:
    """Run a typed command once and bind the room that declared or joined an incident with it.

    The connection's row is locked, so that a repeat that comes meanwhile waits and gets the same answer.
    """
    connection = connection_of(token)
    Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    if said.author.is_bot:
        return Reply("Commands are for people; bots can't run them.", ok=False)
    _noted(connection)
    outside_id = _unique(token, said, said.message_id)
    source = realm_of(token)
    repeated = Heard.objects.filter(source=source, outside_id=outside_id).exists()
    by = _who(token, said)
    context = Context(
        by=by,
        typed=said.text,
        incident=incident_here(connection, said.room_id, by),
        room_kind=KIND,
        outside_id=outside_id,
    )
    reply = run_command(context=context, source=source, connection=connection)
    if not repeated:
        bind_room(connection=connection, room_id=said.room_id, name=said.room_name, context=context, reply=reply)
    return reply


@operation
def hear_bridge_line(*, token: Token, said: Said) -> int:
    """Somebody said a line in a bound room; returns the incident's number.

    :raises NotFound: the room is not bound, or the incident is private and the person no member of it.
    """
    connection = connection_of(token)
    room = room_of_channel(connection, said.room_id)
    if room is None:
        raise NotFound(
            f"The room {said.room_name or said.room_id} is not bound to an incident.",
            field="room",
            hint="A room is bound by the command that declares or joins an incident in it.",
        )
    _noted(connection)
    outside_id = _unique(token, said, said.message_id)
    thread_id = _unique(token, said, said.thread_id) if said.thread_id else ""
    at = min(said.occurred_at or clock.now(), clock.now())
    by = _who(token, said)
    if by.user is None and room.incident.is_private:
        # What a bridge says about a person is a claim: into a private incident only members are heard.
        raise NotFound(f"The room {said.room_name or said.room_id} is not bound to an incident.", field="room")
    if by.user is None:
        heard = hear_line(
            connection=connection,
            room_outside_id=said.room_id,
            line=Spoken(
                realm=realm_of(token),
                author=said.author,
                text=said.text,
                outside_id=outside_id,
                occurred_at=at,
                thread_outside_id=thread_id,
                ref=said.message_id[:200],
            ),
        )
        return heard or room.incident_id
    incident = room.incident.merged_into or room.incident
    thread = incident.events.filter(outside_id=thread_id).first() if thread_id else None
    event = talk.say(
        number=incident.pk,
        text=texts.legible(said.text),
        by=by,
        outside_id=outside_id,
        thread_of=thread.sequence if thread else None,
        at=at,
    )
    already_shown(room.lane, thing_kind="event", refs={event.pk: said.message_id[:200]}, incident_number=incident.pk)
    return event.incident_id


def _who(token: Token, said: Said) -> Actor:
    """The person here, when the account is linked or the bridge may vouch for addresses; else an outsider."""
    by = actor_for(realm_of(token), said.author, KIND, trust_email=token.trusts_emails)
    return replace(by, token_id=token.pk)


def _noted(connection: Connection) -> None:
    """Something came: the connection's page says when, to the minute."""
    now = clock.now()
    if connection.last_event_at is None or now - connection.last_event_at > _GRAIN:
        Connection.objects.filter(pk=connection.pk).update(last_event_at=now)


def _unique(token: Token, said: Said, message_id: str) -> str:
    """One id for one message of this bridge: many chats number the messages of each room anew.

    A direct message has no room of its own: there each person's are numbered anew.
    """
    if not said.room_id:
        whole = f"{said.author.id}\n{message_id}"
        return f"{realm_of(token)}:{digest(whole)}"
    whole = f"{realm_of(token)}:{said.room_id}:{message_id}"
    return whole if len(whole) <= _MOST_ID else f"{realm_of(token)}:{digest(whole)}"
