"""Connections that the environment gives: made or updated at start, marked so."""

from django.conf import settings

from connections.models import Connection
from integrations.kit.manifest import manifests


def connections_from_environment() -> list[Connection]:
    """Make one connection per integration whose environment variables are set; returns those.

    Variables that are gone switch their connection off; nothing is deleted.
    """
    found = []
    for slug, manifest in manifests().items():
        given = {
            field: getattr(settings, setting, "")
            for setting, field in manifest.environment.items()
            if getattr(settings, setting, "")
        }
        secret_names = {field.name for field in manifest.fields if field.is_secret}
        secrets = {name: value for name, value in given.items() if name in secret_names}
        rows = Connection.objects.filter(kind=slug, from_environment=True)
        if manifest.is_built_in:
            Connection.objects.get_or_create(kind=slug, from_environment=True, defaults={"name": manifest.name})
            continue
        if not secrets:
            rows.filter(is_on=True).update(is_on=False)
            continue
        # Several programs may start at once: the constraint lets one of them make it.
        connection, _ = Connection.objects.get_or_create(
            kind=slug, from_environment=True, defaults={"name": manifest.name}
        )
        connection.is_on = True
        connection.settings = {
            **connection.settings,
            **{name: value for name, value in given.items() if name not in secret_names},
        }
        connection.put_secrets(secrets)
        connection.save(update_fields=["is_on", "settings", "sealed_secrets"])
        found.append(connection)
    return found
