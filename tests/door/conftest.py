"""A door with PagerDuty behind it, without a server."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connections.models import Connection
from integrations.kit.door import HookDoor
from tests.committed import committed, committed_database
from tests.door.asgi import Answer, knock
from tests.factories import make_connection
from tests.pagerduty.sender import signed

__all__ = ["PATH", "SECRET", "Knock", "committed", "committed_database", "door", "pagerduty", "post"]

SECRET = "a-secret-of-pagerduty"
PATH = "/hooks/pagerduty"

Knock = Callable[..., Answer]


@pytest.fixture
def pagerduty(committed: None) -> Connection:
    return make_connection("pagerduty", secrets={"webhook_secret": SECRET})


@pytest.fixture
def door(committed: None) -> Iterator[HookDoor]:
    made = HookDoor()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def post(door: HookDoor) -> Knock:
    """`post(raw, **changes)`: a signed webhook; changes replace headers (None takes one away)."""

    def send(raw: bytes, *, webhook_id: str = "hook-1", path: str = PATH, **changes: Any) -> Answer:
        headers = signed(raw, SECRET, webhook_id)
        for name, value in changes.items():
            headers.pop(name.replace("_", "-"), None)
            if value is not None:
                headers[name.replace("_", "-")] = value
        return asyncio.run(knock(door, path, raw, headers))

    return send
