"""How a message stands in another chat, told after a gap: what is missing here is added, what is gone goes."""

from collections.abc import Sequence
from datetime import datetime

from accounts.actors import Actor
from chatops.hear import target_of
from chatops.speakers import Outsider, actor_for
from common.operations import operation
from connections.models import Connection
from incidents.models import TimelineEvent
from incidents.operations import talk


@operation
def hear_standing(
    *,
    connection: Connection,
    room_outside_id: str,
    realm: str,
    outside_id: str,
    reactions: Sequence[tuple[str, Sequence[Outsider], bool]],
    is_pinned: bool,
    at: datetime,
) -> int | None:
    """Make the reactions those that stand there, and pin what is pinned there.

    `reactions`: emoji, people, and whether those are all. What was changed here or there after `at` stays. A
    pin is only added to a line of which nothing about pins was ever heard: people unpin here, too.
    """
    target = target_of(connection, room_outside_id, outside_id)
    if target is None or target.deleted_at is not None:
        return None
    for emoji, people, is_all in reactions:
        there = [actor_for(realm, one, connection.kind).in_the_room_of(target.incident_id) for one in people]
        _make_so(target, emoji, there, realm, at, is_all=is_all)
    for emoji in set(target.reactions) - {emoji for emoji, _, _ in reactions}:
        _make_so(target, emoji, [], realm, at, is_all=True)
    if is_pinned and not target.changes.filter(kind__in=["pinned", "unpinned"]).exists():
        by = Actor.machine(connection.name, connection.kind)
        talk.pin(number=target.incident_id, sequence=target.sequence, by=by, at=at)
    return target.incident_id


def _make_so(
    target: TimelineEvent, emoji: str, there: Sequence[Actor], realm: str, at: datetime, *, is_all: bool
) -> None:
    entries = [entry.split("|", 1) for entry in target.reactions.get(emoji, [])]
    here = {key: name for key, name in entries}
    for by in there:
        if by.key not in here:
            talk.react(number=target.incident_id, sequence=target.sequence, emoji=emoji, by=by, at=at)
    if is_all:
        for by in _reacted_there(target, emoji, realm):
            if by.key in here and by.key not in {one.key for one in there}:
                talk.react(number=target.incident_id, sequence=target.sequence, emoji=emoji, by=by, on=False, at=at)


def _reacted_there(target: TimelineEvent, emoji: str, realm: str) -> list[Actor]:
    """Those whose reaction came from that chat: one that was given in the web room is not there to be seen."""
    surface = realm.split(":", 1)[0]
    added = target.changes.filter(kind="reaction.added", data__emoji=emoji, surface=surface).select_related("actor")
    found = {}
    for change in added.order_by("sequence"):
        by = Actor(name=change.actor_name, surface=surface, user=change.actor, key=change.actor_key)
        found[by.key] = by.in_the_room_of(target.incident_id)
    return list(found.values())
