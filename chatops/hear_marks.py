"""What people do to a line in a connected chat: reactions and pins. Each is heard once."""

from datetime import datetime

from accounts.actors import Actor
from chatops.hear import target_of
from chatops.speakers import Outsider, actor_for, identity_of
from chatops.whispering import offer_draft
from common.operations import operation
from connections.models import Connection
from incidents.models import TimelineEvent
from incidents.operations import talk
from incidents.rules.reactions import Meaning, meaning_of


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
    occurred_at: datetime | None = None,
) -> int | None:
    """Somebody reacted there: a pin, a task, a draft of an update, or only a reaction."""
    target = target_of(connection, room_outside_id, outside_id)
    if target is None:
        return None
    by = _in_the_room(connection, realm, author, target)
    if not added:
        by = _as_they_reacted(by, target, emoji, f"{realm}:{author.id}")
    talk.react(
        number=target.incident_id,
        sequence=target.sequence,
        emoji=emoji,
        by=by,
        on=added,
        outside_id=change_id,
        at=occurred_at,
    )
    if added and meaning_of(emoji) is Meaning.UPDATE:
        offer_draft(connection=connection, identity=identity_of(realm, author), event=target)
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
    change_id: str = "",
    occurred_at: datetime | None = None,
) -> int | None:
    """Somebody pinned a message there: it belongs to the story here."""
    target = target_of(connection, room_outside_id, outside_id)
    if target is None:
        return None
    by = _in_the_room(connection, realm, author, target)
    talk.pin(number=target.incident_id, sequence=target.sequence, by=by, on=added, outside_id=change_id, at=occurred_at)
    return target.incident_id


def _as_they_reacted(by: Actor, target: TimelineEvent, emoji: str, key: str) -> Actor:
    """Who takes a reaction away that they gave before their account was linked takes it away as who gave it."""
    names = dict(entry.split("|", 1) for entry in target.reactions.get(emoji, []))
    if by.key in names or key not in names:
        return by
    return Actor.outsider(names[key], by.surface, key).in_the_room_of(target.incident_id)


def _in_the_room(connection: Connection, realm: str, author: Outsider, target: TimelineEvent) -> Actor:
    """Who reacts or pins. Guests and bots are seen doing it, and get no right of any account by it."""
    if author.is_guest or author.is_bot:
        key = f"{realm}:{author.id}"
        by = Actor.outsider(author.name or author.id, connection.kind, key, is_bot=author.is_bot)
    else:
        by = actor_for(realm, author, connection.kind)
    return by.in_the_room_of(target.incident_id)
