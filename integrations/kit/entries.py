"""The installed manifests, in the words of the Connections page."""

from connections.catalogue import Entry, EntryField
from integrations.kit.manifest import manifests


def entries() -> list[Entry]:
    """One entry per installed manifest."""
    return [
        Entry(
            kind=manifest.slug,
            name=manifest.name,
            summary=manifest.summary,
            fields=[
                EntryField(field.name, field.label, field.hint, field.is_secret, field.required, field.several)
                for field in manifest.fields
            ],
            doors=[door.path for door in manifest.doors if not door.by_key],
            keyed_doors=[door.path for door in manifest.doors if door.by_key],
            can_be_added=bool(manifest.fields or manifest.doors),
        )
        for manifest in manifests().values()
    ]
