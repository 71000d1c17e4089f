"""Changing a connection, rotating its secrets, taking it away; the audit names what changed, never a secret."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import F

from accounts import audit
from accounts.actors import Actor
from accounts.permissions import Right, require
from common import clock
from common.errors import Conflict, Invalid
from common.ids import digest, new_secret
from common.news import tell
from common.operations import operation
from connections.catalogue import Entry, EntryField, entry
from connections.models import Connection, Delivery, Lane
from connections.news import ConnectionRemoved
from connections.operations import switch_connection
from connections.secrets import LostKey

#: the name by which the key at the end of an address is rotated.
KEY = "key"


def check_names(found: Entry, values: dict[str, Any]) -> None:
    """Refuse settings that the kind does not have: a misspelt secret would be kept in the clear.

    :raises Invalid: naming the setting.
    """
    known = [field.name for field in found.fields]
    for name in values:
        if name not in known:
            raise Invalid(
                f"{found.name} has no setting “{name[:60]}”.",
                field=f"settings.{name[:60]}",
                hint=f"It has: {', '.join(known)}." if known else "It has no settings.",
            )


@operation
def change_connection(
    *, connection: Connection, values: dict[str, Any], by: Actor, keep_former: Collection[str] = ()
) -> None:
    """Change name, settings and secrets, switch on or off.

    A new value of a secret named in `keep_former` stands in front of the one that is set: both are good
    until `end_former`.

    :raises Invalid: a setting that the kind does not have, or a required one would be empty.
    :raises Conflict: the environment gives this connection; only its name can be changed here.
    """
    require(by, Right.ADMINISTER, "change connections")
    row = _locked(connection)
    if row.from_environment and values.keys() & {"settings", "on"}:
        raise Conflict("The environment gives this connection; change its variables.", field="settings")
    if "name" in values:
        row.name = " ".join(values["name"].split())
        if not row.name:
            raise Invalid("name can't be empty.", field="name")
    changed = _set_values(row, values.get("settings", {}), keep_former)
    row.save(update_fields=["name", "settings", "sealed_secrets"])
    kept = {"kept_former": sorted(keep_former)} if keep_former else {}
    audit.record(
        by, "connection.changed", "connection", row.pk, after={"name": row.name, "changed_settings": changed, **kept}
    )
    if "on" in values:
        switch_connection(connection=row, on=values["on"], by=by)


def _locked(connection: Connection) -> Connection:
    row = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    if row.removed_at is not None:
        raise Conflict("This connection was removed.")
    return row


def _set_values(row: Connection, values: dict[str, Any], keep_former: Collection[str]) -> list[str]:
    if not values and not keep_former:
        return []
    found = entry(row.kind)
    if found is None:
        raise Conflict("This integration is not installed.", field="settings")
    check_names(found, values)
    fields = {field.name: field for field in found.fields}
    for name in keep_former:
        if name not in values or name not in fields or not fields[name].several:
            raise Invalid(f"“{name[:60]}” does not keep its former value beside a new one.", field="keep_former")
    secrets, plain = _readable_secrets(row), dict(row.settings)
    for name, value in values.items():
        place = secrets if fields[name].is_secret else plain
        if value in (None, ""):
            place.pop(name, None)
        elif name in keep_former:
            place[name] = _in_front(fields[name], str(value), str(place.get(name, "")))
        else:
            place[name] = value
    for field in found.missing({**plain, **secrets}):
        if field.name in values:
            raise Invalid(f"{field.label} is needed.", field=f"settings.{field.name}")
    row.settings = plain
    row.put_secrets(secrets)
    return sorted(values)


def _readable_secrets(row: Connection) -> dict[str, Any]:
    """What is set; nothing where no key opens it any more: then it is entered anew."""
    try:
        return row.secrets
    except LostKey:
        return {}


def values_of(secret: object) -> list[str]:
    """The values in a secret that may have several, the newest first."""
    return [part for part in re.split(r"[,\s]+", str(secret)) if part]


def _in_front(field: EntryField, new: str, held: str) -> str:
    former = values_of(held)[:1]
    if len(values_of(new)) != 1:
        raise Invalid(f"Give one new {field.label}; the former one is kept.", field=f"settings.{field.name}")
    if values_of(new) == former:
        raise Invalid(f"That is the {field.label} in use.", field=f"settings.{field.name}")
    return ",".join([*values_of(new), *former])


def being_rotated(row: Connection) -> list[str]:
    """Names of the secrets whose former value is still good."""
    found = entry(row.kind)
    several = {field.name for field in found.fields if field.several} if found else set()
    secrets = _readable_secrets(row)
    names = [name for name in several if len(values_of(secrets.get(name, ""))) > 1]
    return sorted([*names, KEY] if row.former_key_digest else names)


@operation
def end_former(*, connection: Connection, name: str, by: Actor) -> None:
    """The other side has the new secret: the former one is no longer good.

    :raises Conflict: there is no former one, or the environment gives it.
    """
    require(by, Right.ADMINISTER, "change connections")
    row = _locked(connection)
    if row.from_environment:
        raise Conflict("The environment gives this connection; change its variables.", field="secret")
    if name not in being_rotated(row):
        raise Conflict(f"“{name[:60]}” has no former value.", field="secret")
    if name == KEY:
        row.former_key_digest = ""
    else:
        secrets = row.secrets
        row.put_secrets({**secrets, name: values_of(secrets[name])[0]})
    row.save(update_fields=["former_key_digest", "sealed_secrets"])
    audit.record(by, "connection.former_ended", "connection", row.pk, after={"secret": name})


@operation
def new_key(*, connection: Connection, by: Actor) -> str:
    """Make a new address with a key of its own and return it, this once; the former one stays good.

    :raises Conflict: its address has no key, or a former key has not been ended yet.
    """
    require(by, Right.ADMINISTER, "change connections")
    row = _locked(connection)
    found = entry(row.kind)
    if found is None or not found.keyed_doors:
        raise Conflict("The address of this connection has no key.")
    if row.former_key_digest:
        raise Conflict("A former key is still good.", hint="End it first: only one former key is kept.")
    key = new_secret()
    row.former_key_digest, row.key_digest = row.key_digest, digest(key)
    row.save(update_fields=["former_key_digest", "key_digest"])
    audit.record(by, "connection.new_key", "connection", row.pk)
    return f"{settings.BASE_URL}/hooks/{found.keyed_doors[0]}/{key}"


@dataclass(frozen=True)
class Loss:
    """What removing a connection would end."""

    waiting: int
    received: int


def what_removing_ends(connection: Connection) -> Loss:
    """Count what would not be sent any more, and what stays."""
    return Loss(waiting=_unsent(connection).count(), received=connection.received.count())


def _unsent(connection: Connection) -> Any:
    return Delivery.objects.filter(lane__connection=connection, dead_at__isnull=True, wanted__gt=F("shown"))


@operation
def remove_connection(*, connection: Connection, by: Actor) -> None:
    """Take a connection away: secrets and key go, nothing comes in or goes out any more.

    What came in stays, and everything that was made of it.

    :raises Conflict: the environment gives it, and would make it again.
    """
    require(by, Right.ADMINISTER, "remove connections")
    row = _locked(connection)
    if row.from_environment and row.is_on:
        raise Conflict(
            "The environment gives this connection.", hint="Take its variables away and restart, then remove it."
        )
    unsent = _unsent(row).update(dead_at=clock.now(), last_error="superseded: the connection was removed")
    Lane.objects.filter(connection=row).update(due_at=None)
    row.put_secrets({})
    row.key_digest = row.former_key_digest = row.trouble = ""
    row.is_on = row.from_environment = False
    row.trouble_since = None
    row.removed_at = clock.now()
    row.save()
    audit.record(
        by,
        "connection.removed",
        "connection",
        row.pk,
        before={"kind": row.kind, "name": row.name},
        after={"unsent": unsent},
    )
    tell(ConnectionRemoved(connection_id=row.pk))
