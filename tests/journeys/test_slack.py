"""A whole incident through Slack: signed HTTP in, the official client out, a fake workspace with a journal.

Everything Slack sends is delivered four times and shuffled; each line is on both sides once, in order.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.product import Product
from tests.fakes.slack_server import FakeSlack
from tests.journeys.client import Client, wait_until
from tests.journeys.slack import SECRET, WithSlack

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(signing_secret=SECRET) as fake:
        yield fake
    assert fake.violations == []
    assert fake.journal.inside_windows() == []


@pytest.fixture(scope="module")
def product(slack: FakeSlack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WithSlack]:
    data = Path(tmp_path_factory.mktemp("slack"))
    installation = WithSlack(data, api_url=slack.api_url, token=slack.token)
    installation.begin("seed_demo")
    yield installation
    installation.stop()
    assert installation.faults() == ""


@pytest.fixture(scope="module")
def ada(product: Product) -> Client:
    return Client(product.url, product.manage("create_token", "ada@example.com", "--scope", "all").split()[-1])


def test_declare_converse_and_resolve_without_leaving_slack(product: WithSlack, slack: FakeSlack, ada: Client) -> None:
    bo, cleo = (slack.person(name, f"{name.lower()}@example.com") for name in ("Bo", "Cleo"))
    product.link("bo", team=bo.team, id_=bo.id)
    general = slack.channel("general", bo, cleo)

    command = slack.command(general, bo, "/incident create Checkout 5xx --sev 1")
    assert slack.outbox.deliver(command, product.url).is_taken
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
        assert slack.outbox.deliver(parcel, product.url).is_taken
    wait_until(lambda: sorted(ada.lines(number)) == sorted(said), "all lines are in the timeline")
    assert ada.lines(number) == said

    web = [f"line {n} from the web" for n in range(8)]
    for text in web:
        assert ada.post(f"/incidents/{number}/messages", {"text": text}).status == 201
    wait_until(lambda: _posted(slack, room, web) == web, "all web lines are in Slack", 40)

    resolved = slack.command(room, bo, "/incident resolve Pool is back to 200")
    assert slack.outbox.deliver(resolved, product.url).is_taken
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


def test_nothing_is_wrong_afterwards(product: Product) -> None:
    wait_until(lambda: product.manage("doctor").strip() == "Nothing is wrong.", "doctor finds nothing", 30)
