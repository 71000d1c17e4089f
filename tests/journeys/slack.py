"""What journeys through any Slack share: an installation that is connected to it, and who is who."""

from pathlib import Path

from tests.browser.product import Product

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


class WithSlack(Product):
    """An installation that Slack's environment variables connect."""

    def __init__(self, data: Path, *, api_url: str, token: str) -> None:
        super().__init__(data)
        self._slack = {"SLACK_BOT_TOKEN": token, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": api_url}

    def _environment(self) -> dict[str, str]:
        return super()._environment() | self._slack

    def link(self, handle: str, *, team: str, id_: str) -> None:
        """Link a workspace account to its person, as the signed link would."""
        self.manage(
            "shell",
            "--no-imports",
            "-c",
            "from accounts.models import Identity, User\n"
            f"Identity.objects.update_or_create(realm='slack:{team}', outside_id={id_!r},"
            f" defaults={{'name': {handle!r}, 'user': User.objects.get(handle={handle!r})}})",
        )
