"""Installations for tests, and the services they need. Where a service is absent, these tests are skipped."""

import fcntl
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import kombu
import pytest
import redis

from tests import services
from tests.fakes.slack_server import FakeSlack
from tests.processes import table
from tests.processes.databases import PostgresTemplate, SqliteTemplate
from tests.processes.harness import EMBEDDED, Stack

pytest.register_assert_rewrite("tests.processes.stories")

_FOLDER = Path(__file__).parent
_OWN_REDIS = range(10, 16)
SLACK_SECRET = "process-tests-slack-secret"
#: seconds that a killed worker's rows stay held; the product's own figure is 30
LEASE = os.environ.get("WARROOM_SWEEP_LEASE", "4")

MakeStack = Callable[..., Stack]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here starts processes; they bring their own databases, so one pass of the suite is enough."""
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.processes)
            if os.environ.get("WARROOM_TEST_DATABASE_URL"):
                item.add_marker(pytest.mark.skip(reason="starts processes with databases of their own: runs once"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember how the test ended, for fixtures that show logs of what failed."""
    report = yield
    setattr(item, f"report_{report.when}", report)
    return report  # type: ignore[return-value]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of kills, after the run."""
    for line in table.lines(terminalreporter):
        terminalreporter.write_line(line)


def need(kind: str, url: str) -> None:
    """Skip the test where the service is absent, or fail it where it is required."""
    if services.answers(kind, url):
        return
    reason = f"{kind} does not answer at {urlsplit(url).hostname}"
    pytest.fail(reason) if services.REQUIRED else pytest.skip(reason)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite-template"))


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresTemplate]:
    need("postgres", services.POSTGRES_URL)
    template = PostgresTemplate(tmp_path_factory.mktemp("postgres-template"))
    yield template
    template.close()


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A Redis database that no other run on this machine uses, empty."""
    need("redis", services.REDIS_URL)
    for number in _OWN_REDIS:
        with (Path(tempfile.gettempdir()) / f"warroom-tests-redis-{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            url = urlunsplit(urlsplit(services.REDIS_URL)._replace(path=f"/{number}"))
            with redis.Redis.from_url(url) as client:
                client.flushdb()
                yield url
                client.flushdb()
            return
    pytest.fail("all Redis databases for tests are in use")


@pytest.fixture
def rabbitmq() -> Iterator[dict[str, str]]:
    """The environment that names a queue of one's own on RabbitMQ."""
    need("rabbitmq", services.RABBITMQ_URL)
    queue = f"warroom-{secrets.token_hex(4)}"
    yield {"CELERY_BROKER_URL": services.RABBITMQ_URL, "WARROOM_QUEUE": queue}
    with kombu.Connection(services.RABBITMQ_URL) as connection:
        kombu.Queue(queue, kombu.Exchange(queue))(connection.default_channel).delete()
        kombu.Exchange(queue)(connection.default_channel).delete()


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A workspace in which Ada and Bo are."""
    with FakeSlack(signing_secret=SLACK_SECRET) as fake:
        fake.person("Ada", "ada@example.com")
        fake.person("Bo", "bo@example.com")
        yield fake
    assert fake.violations == []


@pytest.fixture
def make_stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeStack]:
    """`make_stack(mode, slack=..., **environment)`: an installation, not started yet. Ended after the test."""
    made: list[Stack] = []

    def make(mode: str, *, slack: FakeSlack | None = None, **environment: str) -> Stack:
        folder = tmp_path / f"{mode}-{len(made)}"
        folder.mkdir()
        given = {"WARROOM_LEASE_SECONDS": LEASE, "WARROOM_QUEUE": f"warroom-{secrets.token_hex(4)}"} | environment
        if slack is not None:
            given |= {
                "SLACK_BOT_TOKEN": slack.token,
                "SLACK_SIGNING_SECRET": SLACK_SECRET,
                "SLACK_API_URL": slack.api_url,
            }
        if mode == EMBEDDED:
            template = request.getfixturevalue("sqlite_template")
        else:
            template = request.getfixturevalue("postgres_template")
            given.setdefault("REDIS_URL", "")
            if not given["REDIS_URL"] and "CELERY_BROKER_URL" not in given:
                given["REDIS_URL"] = request.getfixturevalue("redis_url")
        stack = Stack(mode, folder, template, **given)
        made.append(stack)
        return stack

    yield make
    failed = getattr(request.node, "report_call", None)
    for stack in made:
        if failed is not None and failed.failed:
            print(stack.tail())
        stack.close()
