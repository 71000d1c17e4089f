"""The chat bridge, as the Connections page shows it. It has no form: making a token sets it up."""

from integrations.kit.manifest import Manifest

MANIFEST = Manifest(
    slug="bridge",
    name="Chat bridge",
    summary="Any other chat bot hands over commands and lines with a token that has the scope chat.",
    capabilities=["commands", "lines"],
)
