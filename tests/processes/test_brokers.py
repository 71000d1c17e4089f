"""Brokers that work, that are gone, that hang, that were flushed: they only ever wake people up."""

import json
import signal
import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from websockets.sync.client import connect

from tests.fakes.slack_server import FakeSlack
from tests.pagerduty.events import body
from tests.pagerduty.sender import Sender
from tests.processes.conftest import MakeStack
from tests.processes.harness import HOOK_SECRET, PRODUCTION, Stack, free_port, wait_until
from tests.processes.silent import SilentServer
from tests.processes.stories import settle

TAKE_OVER, DECLARE = 5.0, 0.3


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment of a broker that works."""
    if request.param == "rabbitmq":
        return dict(request.getfixturevalue("rabbitmq")) | {"REDIS_URL": request.getfixturevalue("redis_url")}
    return {"REDIS_URL": request.getfixturevalue("redis_url")}


def test_the_worker_makes_what_a_declare_asks_for(
    broker: dict[str, str], make_stack: MakeStack, slack: FakeSlack
) -> None:
    stack = make_stack(PRODUCTION, slack=slack, **broker)
    stack.start()
    stack.stop("clock")

    assert declare(stack) > 0

    slack.journal.wait_for("conversations.create", seconds=10)
    slack.journal.wait_for("chat.postMessage", seconds=10)
    assert "warroom.work" in stack.processes["worker"].said()


@pytest.fixture(params=["redis refused", "redis silent", "amqp refused", "amqp silent"])
def no_broker(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a broker that is gone, or that accepts and never answers."""
    scheme, how = request.param.split()
    rest = "/0" if scheme == "redis" else "//"
    if how == "refused":
        yield f"{scheme}://127.0.0.1:{free_port()}{rest}"
        return
    with SilentServer() as silent:
        yield f"{scheme}://127.0.0.1:{silent.port}{rest}"


def test_without_a_broker_declaring_is_quick_and_the_clock_takes_over(
    no_broker: str, make_stack: MakeStack, slack: FakeSlack
) -> None:
    stack = make_stack(PRODUCTION, slack=slack, CELERY_BROKER_URL=no_broker)
    stack.start("web", "clock")
    declare(stack)
    # The clock may still be starting.
    slack.journal.wait_for("conversations.create", seconds=60)

    def typical() -> float:
        return statistics.median(declare(stack) for _ in range(5))

    wait_until(lambda: typical() < DECLARE, 30, f"declaring within {DECLARE} s")

    settle(stack, 90)
    made = len(slack.journal.calls("conversations.create"))
    asked = slack.world.now()
    declare(stack)
    entry = slack.journal.wait_for("conversations.create", made + 1, seconds=20)[-1]
    assert entry.at - asked < TAKE_OVER
    settle(stack, 60)
    assert stack.doctor() == ""


def test_what_is_declared_before_the_clock_starts_has_its_channel(
    make_stack: MakeStack, slack: FakeSlack, rabbitmq: dict[str, str]
) -> None:
    stack = make_stack(PRODUCTION, slack=slack, **rabbitmq)
    stack.start("web")
    declare(stack)
    stack.start("clock")

    slack.journal.wait_for("conversations.create", seconds=60)


@pytest.fixture(params=["refused", "silent"])
def no_layer(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a Redis that is gone, or that never answers."""
    if request.param == "refused":
        yield f"redis://127.0.0.1:{free_port()}/0"
        return
    with SilentServer() as silent:
        yield f"redis://127.0.0.1:{silent.port}/0"


def test_without_a_channel_layer_rooms_go_on_by_asking(
    no_layer: str, make_stack: MakeStack, rabbitmq: dict[str, str]
) -> None:
    stack = make_stack(PRODUCTION, REDIS_URL=no_layer, **rabbitmq)
    stack.start("web", "clock")
    status, incident = stack.call("POST", "/incidents", {"title": "Checkout answers 5xx"}, seconds=30)
    assert status == 201
    number = incident["number"]

    address = f"ws://127.0.0.1:{stack.port}/ws/incidents/{number}?after=0"
    headers = {"Authorization": f"Bearer {stack.token}"}
    with connect(address, additional_headers=headers, open_timeout=30) as room:
        _read_until(room, "incident.declared", 20)
        for text in ("the first line", "the second line"):
            assert stack.call("POST", f"/incidents/{number}/messages", {"text": text}, seconds=30)[0] == 201
            begin = time.monotonic()
            _read_until(room, text, 20)
            assert time.monotonic() - begin < TAKE_OVER
    assert stack.doctor() == ""


def test_a_flushed_broker_loses_nothing(make_stack: MakeStack, redis_url: str) -> None:
    stack = make_stack(PRODUCTION, REDIS_URL=redis_url)
    stack.start()
    sender = Sender(lambda: stack.url, HOOK_SECRET)

    stack.processes["worker"].signal(signal.SIGSTOP)
    try:
        for n in range(10):
            raw = body("incident.triggered", incident=f"Q{n}", key=f"key-{n}", id_=f"01E{n}")
            assert sender.send(raw, f"hook-{n}").statuses == [202]
            with redis.Redis.from_url(redis_url) as client:
                client.flushdb()
    finally:
        stack.processes["worker"].signal(signal.SIGCONT)

    settle(stack, 30, with_rooms=False)
    assert stack.count("SELECT count(*) FROM incidents_incident") == 10
    assert stack.doctor() == ""


def declare(stack: Stack) -> float:
    """Declare by the API; returns how long that took."""
    begin = time.monotonic()
    status, answer = stack.call("POST", "/incidents", {"title": "Checkout answers 5xx", "severity": 3})
    assert status == 201, answer
    return time.monotonic() - begin


def _read_until(room: Any, text: str, seconds: float) -> None:
    """Read frames until one holds the text."""
    end = time.monotonic() + seconds
    seen = []
    while time.monotonic() < end:
        frame = json.loads(room.recv(timeout=max(0.1, end - time.monotonic())))
        if text in json.dumps(frame):
            return
        seen.append(frame)
    raise AssertionError(f"{text!r} did not come; these did: {seen}")
