"""The installed manifests, in the words of the Connections page."""

from django.utils.module_loading import import_string

from connections.catalogue import Entry, EntryField, Guide
from integrations.kit.manifest import GuidePaths, manifests


def entries() -> list[Entry]:
    """One entry per installed manifest."""
    return [
        Entry(
            kind=manifest.slug,
            name=manifest.name,
            summary=manifest.summary,
            fields=[EntryField(**vars(field)) for field in manifest.fields],
            doors=[door.path for door in manifest.doors if not door.by_key],
            keyed_doors=[door.path for door in manifest.doors if door.by_key],
            can_be_added=manifest.can_be_added and bool(manifest.fields or manifest.doors),
            is_chat="chat" in manifest.capabilities,
            guide=_guide(manifest.guide),
        )
        for manifest in manifests().values()
    ]


def _guide(paths: GuidePaths | None) -> Guide | None:
    if paths is None:
        return None
    return Guide(
        template=paths.template,
        after_template=paths.after_template,
        steps=import_string(paths.steps),
        after=import_string(paths.after),
    )
