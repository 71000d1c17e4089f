"""Follows the connections: each Slack connection that is on and has an App-Level Token gets its websockets."""

import logging
from threading import Event

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from connections.models import Connection
from connections.secrets import LostKey
from integrations.kit.receiving import Receiver
from integrations.slack.sockets.group import Group

log = logging.getLogger(__name__)

_LOOK_EVERY = 3.0
_STOP_WITHIN = 8.0

#: which websockets: of this connection, by this token
Key = tuple[int, str]


def listen(stop: Event) -> None:
    """Hold the websockets of every Slack connection until told to stop; what changes in the web is followed."""
    receiver = Receiver()
    receiver.start()
    groups: dict[Key, Group] = {}
    try:
        while not stop.is_set():
            _follow(groups, receiver)
            stop.wait(_LOOK_EVERY)
    finally:
        _end(list(groups.values()))
        receiver.stop()


def _follow(groups: dict[Key, Group], receiver: Receiver) -> None:
    close_old_connections()
    try:
        wanted = _wanted()
    except DatabaseError as error:
        log.warning("connections can't be read, the websockets stay as they are: %s", error)
        return
    finally:
        close_old_connections()
    _end([groups.pop(key) for key in list(groups) if key not in wanted])
    for key, connection in wanted.items():
        if key not in groups:
            groups[key] = Group(connection, key[1], settings.SLACK_WEBSOCKETS, receiver)
            groups[key].start()


def _wanted() -> dict[Key, Connection]:
    found = {}
    for connection in Connection.objects.present().filter(kind="slack", is_on=True):
        try:
            token = str(connection.secrets.get("app_token") or "").strip()
        except LostKey:
            continue
        if token:
            found[connection.pk, token] = connection
    return found


def _end(groups: list[Group]) -> None:
    for group in groups:
        group.stop()
    for group in groups:
        group.join(timeout=_STOP_WITHIN)
