"""The same incident in Socket Mode: Slack can't reach us, everything comes through websockets that we opened.

Half way through, Slack ends every websocket as it does each few hours. A websocket may bring anything twice
and in any order; each line is on both sides once, in order.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.slack_server import Delivered, FakeSlack, Parcel
from tests.journeys.client import Client, wait_until
from tests.journeys.slack import SECRET, WithSlack, whole_incident

pytestmark = pytest.mark.processes

_REFRESHED_AFTER = 20


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(signing_secret=SECRET) as fake:
        yield fake
    assert fake.violations == []
    assert fake.journal.inside_windows() == []


@pytest.fixture(scope="module")
def product(slack: FakeSlack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WithSlack]:
    data = Path(tmp_path_factory.mktemp("socket"))
    installation = WithSlack(data, api_url=slack.api_url, token=slack.token, app_token=slack.app_token)
    installation.begin("seed_demo")
    yield installation
    installation.stop()
    assert installation.faults() == ""


@pytest.fixture(scope="module")
def ada(product: WithSlack) -> Client:
    return Client(product.url, product.manage("create_token", "ada@example.com", "--scope", "all").split()[-1])


def test_declare_converse_and_resolve_without_leaving_slack(product: WithSlack, slack: FakeSlack, ada: Client) -> None:
    slack.sockets.wait_open(2, 30)

    def deliver(parcel: Parcel) -> Delivered:
        if len(slack.sockets.sent) == _REFRESHED_AFTER:
            for link in slack.sockets.open_links():
                slack.sockets.disconnect(link, "refresh_requested")
        return slack.sockets.deliver(parcel)

    whole_incident(product, slack, ada, deliver)

    assert slack.sockets.opened == 4
    assert all(sent.ack is not None for sent in slack.sockets.sent)
    assert slack.outbox.tries == [], "nothing came over HTTP"


def test_nothing_is_wrong_afterwards(product: WithSlack) -> None:
    wait_until(lambda: product.manage("doctor").strip() == "Nothing is wrong.", "doctor finds nothing", 30)


def test_stopping_closes_every_websocket(product: WithSlack, slack: FakeSlack) -> None:
    product.stop()

    slack.sockets.wait_open(0, 5)
