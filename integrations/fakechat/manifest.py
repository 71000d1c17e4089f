"""What the fake chat is, for the Connections page."""

from integrations.kit.manifest import Manifest

MANIFEST = Manifest(
    slug="fakechat",
    name="Fake chat",
    summary="A chat without people, for development and tests: rooms and posts are rows in the database.",
    capabilities=["chat"],
)
