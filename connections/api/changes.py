"""Changing a connection; the audit names what changed, never a secret."""

from typing import Any

from accounts import audit
from accounts.actors import Actor
from accounts.permissions import Right, require
from common.errors import Conflict, Invalid
from common.operations import operation
from connections.catalogue import Entry, entry
from connections.models import Connection
from connections.operations import switch_connection


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
def change_connection(*, connection: Connection, values: dict[str, Any], by: Actor) -> None:
    """Change name, settings and secrets, switch on or off.

    :raises Invalid: a setting that the kind does not have, or a required one would be empty.
    :raises Conflict: the environment gives this connection; only its name can be changed here.
    """
    require(by, Right.ADMINISTER, "change connections")
    row = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    if row.from_environment and values.keys() & {"settings", "on"}:
        raise Conflict("The environment gives this connection; change its variables.", field="settings")
    if "name" in values:
        row.name = " ".join(values["name"].split())
        if not row.name:
            raise Invalid("name can't be empty.", field="name")
    changed = _set_values(row, values["settings"]) if "settings" in values else []
    row.save(update_fields=["name", "settings", "sealed_secrets"])
    audit.record(by, "connection.changed", "connection", row.pk, after={"name": row.name, "changed_settings": changed})
    if "on" in values:
        switch_connection(connection=row, on=values["on"], by=by)


def _set_values(row: Connection, values: dict[str, Any]) -> list[str]:
    found = entry(row.kind)
    if found is None:
        raise Conflict("This integration is not installed.", field="settings")
    check_names(found, values)
    secret_names = {field.name for field in found.fields if field.is_secret}
    secrets, plain = row.secrets, dict(row.settings)
    for name, value in values.items():
        place = secrets if name in secret_names else plain
        if value in (None, ""):
            place.pop(name, None)
        else:
            place[name] = value
    for field in found.fields:
        if field.required and field.name in values and not str(values[field.name] or "").strip():
            raise Invalid(f"{field.label} is needed.", field=f"settings.{field.name}")
    row.settings = plain
    row.put_secrets(secrets)
    return sorted(values)
