"""Who and what a line of a person mentions, as another chat knows them. Only those it has an id for are named."""

import re

from accounts.models import Identity
from chatops.models import Room
from connections.models import Connection
from incidents.models import TimelineEvent
from incidents.timeline.kinds import kind_of

_PERSON = re.compile(r"(?<![\w@/.])@([a-z0-9][a-z0-9._-]{0,59})\b", re.IGNORECASE)
_CHANNEL = re.compile(r"(?<![\w#/&])#([a-z0-9][a-z0-9_-]{1,79})", re.IGNORECASE)
_MOST = 20


def names_in(event: TimelineEvent, connection: Connection) -> dict[str, str]:
    """The words of a line that stand for somebody or a channel there, with their ids.

    What machines and bots write names nobody: no alert may ping.
    """
    is_persons = kind_of(event.kind).family == "message" and event.actor_id is not None
    if not is_persons:
        return {}
    handles = _PERSON.findall(event.shown_text)[:_MOST]
    channels = _CHANNEL.findall(event.shown_text)[:_MOST]
    found: dict[str, str] = {}
    if handles:
        realm = str(connection.settings.get("realm", connection.kind))
        wanted = {handle.lower() for handle in handles}
        known = Identity.objects.filter(
            realm=realm, user__handle__in=wanted, user__is_active=True, is_bot=False
        ).values_list("user__handle", "outside_id")
        ids = dict(known)
        found |= {f"@{handle}": ids[handle.lower()] for handle in handles if handle.lower() in ids}
    if channels:
        rooms = Room.objects.filter(connection=connection, name__in=[name.lower() for name in channels])
        ids = dict(rooms.exclude(outside_id="").values_list("name", "outside_id"))
        found |= {f"#{name}": ids[name.lower()] for name in channels if name.lower() in ids}
    return found
