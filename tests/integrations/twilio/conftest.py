"""Twilio with a journal, its connection, and phones that are verified."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import User
from common import clock
from connections.models import Connection, Received
from integrations.kit.arriving import stable_id
from integrations.twilio.manifest import MANIFEST
from oncall.models import ContactMethod
from oncall.operations import reaching
from tests.factories import make_connection, make_received
from tests.fakes.twilio import ACCOUNT, NUMBER, TOKEN, FakeTwilio

Hook = tuple[str, bytes, dict[str, str]]


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with FakeTwilio() as made:
        yield made


@pytest.fixture
def twilio(db: None, fake: FakeTwilio, settings: Any) -> Connection:
    settings.TWILIO_API_URL = fake.url
    return make_connection(
        "twilio",
        secrets={"auth_token": TOKEN},
        settings={"account_sid": ACCOUNT, "from_number": NUMBER},
    )


@pytest.fixture
def phone(twilio: Connection) -> Callable[..., ContactMethod]:
    """`phone(user, "+49…", kind="voice")`: a verified number with its usual rule."""

    def make(user: User, number: str = "+491700000001", kind: str = "sms") -> ContactMethod:
        method = reaching.make_method(user, kind, number, twilio)
        method.verified_at = clock.now()
        method.save()
        reaching.give_rules(method)
        return method

    return make


def arrives(connection: Connection, hook: Hook) -> Received | None:
    """One of Twilio's requests, as the door takes it, and looked at; None: it was refused, or is known already."""
    url, body, given = hook
    headers = {name.lower(): value for name, value in given.items()}
    door = next(each for each in MANIFEST.doors if url.endswith(f"/hooks/{each.path}"))
    if not door.verify(headers, body, connection.secrets, 0.0):
        return None
    name = stable_id(door, headers, body)
    if Received.objects.filter(outside_id=name).exists():
        return None
    row = make_received(connection, body, door=door.path, outside_id=name)
    look()
    row.refresh_from_db()
    return row


def look() -> None:
    """Whatever has arrived and is due is looked at."""
    for each in Received.claim():
        each.work()
