"""kill -9 while people are paged: nobody is forgotten, nobody is asked twice, and an ack stays an ack.

A real mail server on loopback keeps the journal. What would take minutes to fall due is wound forward in the
database. One run each in `make test`; `make sweep` repeats them (WARROOM_REPEATS).
"""

from collections.abc import Callable, Iterator

import pytest

from tests.fakes.smtp import Mailbox, mail_server
from tests.processes import table
from tests.processes.conftest import MakeStack
from tests.processes.databases import change
from tests.processes.harness import Stack, wait_until
from tests.processes.stories import InBackground
from tests.processes.test_killpoints import deadly, die_and_come_back, each, modes

_PATIENCE = 60.0
#: claimed · sent, answer not looked at · line written, not recorded · recorded
SENDING = ("K6", "K7", "K8", "K9")
#: ack received, not stored · stored, others not told
ACKING = ("K10", "K11")
#: step claimed · taken, not committed · committed
STEPS = ("K12", "K13", "K14")
BO, ADA = "bo@example.com", "ada@example.com"


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@each
@modes
@pytest.mark.parametrize("point", SENDING)
def test_a_page_is_sent_and_a_repeat_has_the_same_id(
    point: str,
    mode: str,
    run: int,
    make_stack: MakeStack,
    mail: Mailbox,
    record_property: Callable[[str, object], None],
) -> None:
    table.note(record_property, f"{point} page", mode)
    stack = make_stack(mode, EMAIL_URL=mail.url)
    stack.start(**deadly(stack, point))
    _policy(stack)

    happening = InBackground(lambda: _declare(stack))
    die_and_come_back(stack)
    happening.done()

    _wait_sent(stack, 1)
    mails = mail.pages(BO)
    assert 1 <= len(mails) <= (1 if point in ("K6", "K9") else 2)
    assert len({each["Message-ID"] for each in mails}) == 1
    assert _lines(stack, "page.sent") == 1
    assert mail.pages(ADA) == []
    assert stack.doctor() == ""


@each
@modes
@pytest.mark.parametrize("point", ACKING)
def test_an_ack_is_an_ack_and_nobody_else_is_paged(
    point: str,
    mode: str,
    run: int,
    make_stack: MakeStack,
    mail: Mailbox,
    record_property: Callable[[str, object], None],
) -> None:
    table.note(record_property, f"{point} ack", mode)
    stack = make_stack(mode, EMAIL_URL=mail.url)
    stack.start(**deadly(stack, point))
    _policy(stack)
    _declare(stack)
    _wait_sent(stack, 1)

    happening = InBackground(lambda: _ack(stack))
    die_and_come_back(stack)
    happening.done()

    assert stack.rows("SELECT status, due_at FROM oncall_page") == [("acked", None)]
    assert stack.count("SELECT count(*) FROM oncall_escalationrun WHERE acked_at IS NOT NULL AND due_at IS NULL") == 1
    assert _lines(stack, "page.acked") == 1
    assert stack.count("SELECT count(*) FROM incidents_incident WHERE status = 'investigating'") == 1
    assert (len(mail.pages(BO)), mail.pages(ADA)) == (1, [])
    assert stack.doctor() == ""


@each
@modes
@pytest.mark.parametrize("point", STEPS)
def test_the_next_level_is_asked_once(
    point: str,
    mode: str,
    run: int,
    make_stack: MakeStack,
    mail: Mailbox,
    record_property: Callable[[str, object], None],
) -> None:
    table.note(record_property, f"{point} step", mode)
    stack = make_stack(mode, EMAIL_URL=mail.url)
    stack.start(**deadly(stack, point))
    _policy(stack)
    _declare(stack)
    _wait_sent(stack, 1)

    _wind(stack)
    die_and_come_back(stack)

    _wait_sent(stack, 2)
    assert stack.rows("SELECT step FROM oncall_page ORDER BY id") == [(1,), (2,)]
    assert (len(mail.pages(BO)), len(mail.pages(ADA))) == (1, 1)
    assert _lines(stack, "page.asked") == 2
    assert stack.doctor() == ""


@modes
def test_a_wait_of_over_an_hour_outlives_three_restarts(mode: str, make_stack: MakeStack, mail: Mailbox) -> None:
    """K15: the due time is a row, and stays what it was."""
    stack = make_stack(mode, EMAIL_URL=mail.url)
    stack.start()
    _policy(stack, wait_minutes=90)
    _declare(stack)
    _wait_sent(stack, 1)
    due = stack.rows("SELECT due_at FROM oncall_escalationrun")

    for _ in range(3):
        for name in stack.names:
            stack.kill(name)
        stack.revive()

    assert stack.rows("SELECT due_at FROM oncall_escalationrun") == due
    assert mail.pages(ADA) == []
    _wind(stack)
    _wait_sent(stack, 2)
    assert (len(mail.pages(BO)), len(mail.pages(ADA))) == (1, 1)
    assert stack.doctor() == ""


def _policy(stack: Stack, wait_minutes: int = 30) -> None:
    """Bo is asked, then Ada."""
    levels = [{"wait_minutes": wait_minutes, "targets": [{"kind": "person", "ref": ref}]} for ref in (BO, ADA)]
    _call(stack, "/escalation-policies", {"name": "Shop", "levels": levels, "repeats": 0}, "policy")
    _call(stack, "/services", {"name": "Shop", "policy": "shop"}, "service")


def _declare(stack: Stack) -> None:
    _call(stack, "/incidents", {"title": "Checkout answers 5xx", "services": ["shop"]}, "declare")


def _ack(stack: Stack) -> None:
    """Ada takes Bo's page; without an answer she asks again with the same key."""
    page = stack.count("SELECT id FROM oncall_page")
    _call(stack, f"/pages/{page}/ack", {}, "ack")


def _call(stack: Stack, path: str, body: dict[str, object], key: str) -> None:
    wait_until(lambda: stack.call("POST", path, body, key=key)[0] in (200, 201), _PATIENCE, path)


def _wind(stack: Stack) -> None:
    """The level's time has gone by."""
    now = "now()" if "DATABASE_URL" in stack.environment else "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    change(stack.environment, f"UPDATE oncall_escalationrun SET due_at = {now}")


def _wait_sent(stack: Stack, pages: int) -> None:
    sql = (
        "SELECT (SELECT count(*) FROM oncall_page) - (SELECT count(*) FROM connections_delivery"
        " WHERE thing_kind = 'page' AND shown = wanted AND outside_ref <> '')"
    )
    wait_until(
        lambda: stack.count("SELECT count(*) FROM oncall_page") == pages and stack.count(sql) == 0,
        _PATIENCE,
        f"{pages} pages sent",
    )


def _lines(stack: Stack, kind: str) -> int:
    return stack.count(f"SELECT count(*) FROM incidents_timelineevent WHERE kind = '{kind}'")
