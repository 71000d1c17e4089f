"""What journeys through any Slack share: an installation that is connected to it, who is who, and the story."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.browser.product import Product
from tests.fakes.slack_server import Delivered, FakeSlack, Parcel
from tests.journeys.client import Client, wait_until

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


class WithSlack(Product):
    """An installation that Slack's environment variables connect."""

    def __init__(self, data: Path, *, api_url: str, token: str, app_token: str = "") -> None:
        super().__init__(data)
        self._slack = {"SLACK_BOT_TOKEN": token, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": api_url}
        if app_token:
            self._slack["SLACK_APP_TOKEN"] = app_token

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


def whole_incident(product: WithSlack, slack: FakeSlack, ada: Client, deliver: Callable[[Parcel], Delivered]) -> None:
    """Declare, converse and resolve; `deliver` is the way by which Slack's requests come to us."""
    bo, cleo = (slack.person(name, f"{name.lower()}@example.com") for name in ("Bo", "Cleo"))
    product.link("bo", team=bo.team, id_=bo.id)
    general = slack.channel("general", bo, cleo)

    command = slack.command(general, bo, "/incident create Checkout 5xx --sev 1")
    assert deliver(command).is_taken
    room = wait_until(
        lambda: next((c for c in slack.world.channels.values() if c.name.startswith("inc-")), None), "the channel"
    )
    number = int(room.name.split("-")[1])
    wait_until(lambda: slack.journal.calls("pins.add", ok=True), "the card is pinned")
    wait_until(lambda: bo.id in room.members, "Bo is invited")

    slack.outbox.take()
    said = [f"line {n} from Slack" for n in range(12)]
    for n, text in enumerate(said):
        slack.say(room, (bo, cleo)[n % 2], text)
    parcels = slack.outbox.take() * 4
    random.Random(7).shuffle(parcels)
    for parcel in parcels:
        assert deliver(parcel).is_taken
    wait_until(lambda: sorted(ada.lines(number)) == sorted(said), "all lines are in the timeline")
    assert ada.lines(number) == said

    web = [f"line {n} from the web" for n in range(8)]
    for text in web:
        assert ada.post(f"/incidents/{number}/messages", {"text": text}).status == 201
    wait_until(lambda: _posted(slack, room, web) == web, "all web lines are in Slack", 40)

    resolved = slack.command(room, bo, "/incident resolve Pool is back to 200")
    assert deliver(resolved).is_taken
    wait_until(lambda: ada.get(f"/incidents/{number}")["status"] == "resolved", "it is resolved")

    channels = [c for c in slack.world.channels.values() if c.name.startswith(f"inc-{number}")]
    assert len(channels) == 1
    assert len(slack.journal.calls("conversations.create", ok=True)) == 1
    assert ada.lines(number) == [*said, *web]
    assert [text for text in _posted(slack, room, said)] == []
    card = [entry for entry in slack.journal.calls("pins.add", ok=True)]
    assert len(card) == 1


def _posted(slack: FakeSlack, room: Any, texts: list[str]) -> list[str]:
    """Which of these texts we posted into the channel, in the channel's order."""
    posted = [str(post.get("text", "")) for post in slack.posts(room)]
    return [text for post in posted for text in texts if post == text]
