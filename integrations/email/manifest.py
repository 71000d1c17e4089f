"""E-mail, as the Connections page shows it. The environment sets it up: its address may be one inside the network."""

from integrations.kit.manifest import Field, Manifest

MANIFEST = Manifest(
    slug="email",
    name="E-mail",
    summary="Pages people by mail, through the SMTP server that EMAIL_URL names.",
    fields=[Field("url", "Address of the mail server", "As in smtp+tls://user:password@host:587.", is_secret=True)],
    capabilities=["pager"],
    can_be_added=False,
    environment={"EMAIL_URL": "url"},
)
