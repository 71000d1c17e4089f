"""A whole incident through Slack: signed HTTP in, the official client out, a fake workspace with a journal.

Everything Slack sends is delivered four times and shuffled; each line is on both sides once, in order.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.product import Product
from tests.fakes.slack_server import FakeSlack
from tests.journeys.client import Client, wait_until
from tests.journeys.slack import SECRET, WithSlack, whole_incident

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
    whole_incident(product, slack, ada, lambda parcel: slack.outbox.deliver(parcel, product.url))


def test_nothing_is_wrong_afterwards(product: Product) -> None:
    wait_until(lambda: product.manage("doctor").strip() == "Nothing is wrong.", "doctor finds nothing", 30)
