"""Reading a channel again for what was missed there: asked for by people, done by the chat's integration."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from accounts import audit
from accounts.actors import Actor
from chatops.models import Room
from common import clock
from common.errors import Conflict, Invalid, NotFound
from common.operations import operation
from incidents.operations.base import lock_incident
from incidents.permissions import Doing


@dataclass(frozen=True)
class Reading:
    """How reading a channel again stands: since when it looks, how many messages it saw, and what went wrong."""

    state: Literal["reading", "done", "failed"]
    since: datetime
    found: int = 0
    trouble: str = ""
    done_at: datetime | None = None


class Rereader(Protocol):
    """A chat whose channels can be read again."""

    def begin(self, room: Room, since: datetime) -> None:
        """Have it read from a moment on. Joins the running transaction."""
        ...

    def standing(self, rooms: Collection[int]) -> Mapping[int, Reading]:
        """How it stands with those rooms that were ever read again, in one question."""
        ...


_rereaders: dict[str, Rereader] = {}


def register_rereader(kind: str, rereader: Rereader) -> None:
    """Say how a kind of connection reads its channels again."""
    _rereaders[kind] = rereader


def can_be_read_again(room: Room) -> bool:
    """Tell whether there is a channel, and a way to read it."""
    is_here = room.is_current and room.archived_at is None and room.lost_at is None
    return bool(room.outside_id) and is_here and room.connection.kind in _rereaders


def standing_of(rooms: Collection[Room]) -> dict[int, Reading]:
    """How it stands with these rooms, by their ids; one question for each kind of chat."""
    found: dict[int, Reading] = {}
    for kind, rereader in _rereaders.items():
        of_kind = [room.pk for room in rooms if room.connection.kind == kind]
        found |= rereader.standing(of_kind) if of_kind else {}
    return found


@operation
def fetch_missing(*, room: int, by: Actor, since: datetime | None = None) -> Room:
    """Have a channel read again, and what is missing in the incident added. What is here stays as it is.

    :param since: from when on; by default since the incident was declared, and never from before that.
    :raises NotFound: there is no such room, or the incident is not theirs to see.
    :raises Invalid: from the future. :raises Conflict: it has no channel that can be read.
    """
    missing = NotFound("There is no such room, or you may not see it.")
    number = Room.objects.filter(pk=room).values_list("incident_id", flat=True).first()
    if number is None:
        raise missing
    try:
        incident = lock_incident(number, by, Doing.RUN)
    except NotFound:
        raise missing
    found = Room.objects.select_related("connection").get(pk=room)
    if not can_be_read_again(found):
        raise Conflict("This room has no channel that can be read again.")
    if since is not None and since > clock.now():
        raise Invalid("since lies in the future.", field="since")
    start = max(since or incident.declared_at, incident.declared_at)
    _rereaders[found.connection.kind].begin(found, start)
    audit.record(by, "room.fetched", "incident", number, after={"room": room, "since": start.isoformat()})
    return found
