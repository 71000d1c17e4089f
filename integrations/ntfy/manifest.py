"""ntfy, as the Connections page shows it."""

from integrations.kit.manifest import Field, Manifest

MANIFEST = Manifest(
    slug="ntfy",
    name="ntfy",
    summary="Pages people by the ntfy app, through a server of yours or the public one.",
    fields=[
        Field("server", "Server", "Its address, https://ntfy.example.org or another", required=True),
        Field("token", "Access token", "Where the server asks for one; it goes to this server alone.", is_secret=True),
    ],
    capabilities=["pager"],
)
