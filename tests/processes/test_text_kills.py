"""kill -9 between a text that was handed over and its receipt: it is not sent again, and the receipt is believed."""

import urllib.request
from collections.abc import Callable, Iterator

import pytest

from tests.fakes.twilio import ACCOUNT, NUMBER, TOKEN, FakeTwilio
from tests.processes import table
from tests.processes.conftest import MakeStack
from tests.processes.harness import Stack, wait_until
from tests.processes.test_killpoints import each, modes
from tests.processes.test_paging_kills import _call

_PATIENCE = 60.0
_HERS = "+491700000001"
_TEXTS = "SELECT receipt FROM connections_attempt WHERE outside_ref LIKE 'SM%'"


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio() as made:
        yield made


@each
@modes
def test_a_receipt_that_comes_after_a_kill_is_believed(
    mode: str, run: int, make_stack: MakeStack, twilio: FakeTwilio, record_property: Callable[[str, object], None]
) -> None:
    """K9: the send is recorded, and nobody is there when the receipt could come."""
    table.note(record_property, "K9 text", mode)
    stack = make_stack(
        mode,
        TWILIO_ACCOUNT_SID=ACCOUNT,
        TWILIO_AUTH_TOKEN=TOKEN,
        TWILIO_FROM=NUMBER,
        TWILIO_API_URL=twilio.url,
    )
    stack.start()
    _phone(stack, twilio)
    _declare(stack)
    wait_until(lambda: stack.rows(_TEXTS) == [("",)], _PATIENCE, "a text that is recorded")

    for name in stack.names:
        stack.kill(name)
    stack.revive()

    for word in ("delivered", "sent", "delivered"):
        _receipt(twilio, word)
    wait_until(lambda: stack.rows(_TEXTS) == [("delivered",)], _PATIENCE, "the receipt")
    assert len([text for text in twilio.texts(_HERS) if "/a/" in text]) == 1
    assert stack.doctor() == ""


def _phone(stack: Stack, twilio: FakeTwilio) -> None:
    """Whose token it is adds her number, and shows by the code that it is hers."""
    status, made = stack.call("POST", "/me/contact-methods", {"kind": "sms", "address": _HERS}, key="add")
    assert status == 201, made
    place = f"/me/contact-methods/{made['id']}"
    if not twilio.texts(_HERS):
        stack.call("POST", f"{place}/code", {}, key="code")
    code = twilio.texts(_HERS)[-1][:6]
    status, said = stack.call("POST", f"{place}/verify", {"code": code}, key="verify")
    assert status == 200, said


def _declare(stack: Stack) -> None:
    _call(stack, "/incidents", {"title": "Checkout answers 5xx", "page": "ada@example.com"}, "declare")


def _receipt(twilio: FakeTwilio, word: str) -> None:
    entry = [each for each in twilio.taken("Messages") if "/a/" in each.one("Body")][-1]
    url, body, headers = twilio.status_of(entry, word)
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
        assert answer.status == 200
