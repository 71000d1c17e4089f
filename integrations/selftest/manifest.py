"""The test pager, as the Connections page shows it."""

from integrations.kit.manifest import Manifest

MANIFEST = Manifest(
    slug="selftest",
    name="Test pager",
    summary="Takes a test page every five minutes: it goes through all that a page goes through, and reaches nobody.",
    capabilities=["pager"],
    can_be_added=False,
    is_built_in=True,
)
