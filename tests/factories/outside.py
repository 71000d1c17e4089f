"""What stands for the outside: connections, what came in, what goes out, alerts."""

from typing import Any

from alerts.models import Alert, AlertGroup
from common import clock
from common.ids import digest, new_id
from connections.models import Connection, Delivery, Lane, Received
from connections.secrets import seal


def make_connection(
    kind: str, *, name: str = "", secrets: dict[str, Any] | None = None, key: str = "", **fields: Any
) -> Connection:
    """A connection of this kind, switched on; `key` is the secret end of its hook address."""
    connection = Connection(kind=kind, name=name or kind.title(), **fields)
    if secrets:
        connection.put_secrets(secrets)
    if key:
        connection.key_digest = digest(key)
    connection.save()
    return connection


def make_received(connection: Connection, body: bytes = b"{}", **fields: Any) -> Received:
    """A request that was accepted at a door and waits to be looked at."""
    fields = {"door": "events", "outside_id": new_id(), "due_at": clock.now(), **fields}
    return Received.objects.create(connection=connection, sealed_body=seal(body), size=len(body), **fields)


def make_group(connection: Connection, key: str = "checkout-5xx", **fields: Any) -> AlertGroup:
    """A firing group of alerts."""
    fields = {"title": "Checkout 5xx over 5 %", "count": 1, **fields}
    return AlertGroup.objects.create(connection=connection, key=key, **fields)


def make_alert(group: AlertGroup, outside_id: str = "", **fields: Any) -> Alert:
    """One signal of a group."""
    fields = {"kind": "firing", "occurred_at": clock.now(), **fields}
    return Alert.objects.create(connection=group.connection, group=group, outside_id=outside_id or new_id(), **fields)


def make_delivery(connection: Connection, *, key: str = "channel:C1", **fields: Any) -> Delivery:
    """A thing that should be shown at a place."""
    lane, _ = Lane.objects.get_or_create(connection=connection, key=key, defaults={"kind": "chat", "address": key})
    fields = {"thing_kind": "event", "thing_id": Delivery.objects.count() + 1, **fields}
    return Delivery.objects.create(lane=lane, **fields)
