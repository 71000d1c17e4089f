"""Notifications of browsers, as the Connections page shows them. Nobody sets it up: the first who asks does."""

from integrations.kit.manifest import Manifest

MANIFEST = Manifest(
    slug="webpush",
    name="Browser notifications",
    summary="Pages people by notifications of their browsers, through the push service of each browser's maker.",
    capabilities=["pager"],
    can_be_added=False,
)
