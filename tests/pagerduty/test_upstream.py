"""Asking PagerDuty: the right requests, few tries, and every trouble in our words."""

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator

import pytest

from common.errors import PartnerTrouble
from connections.models import Connection
from connections.operations import test_connection as press_test
from integrations.pagerduty import upstream
from integrations.pagerduty.upstream import PagerDuty, upstream_of
from tests.factories import make_connection
from tests.fakes.pagerduty import HANG, KEY, RESET, FakePagerDuty, is_described


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePagerDuty]:
    monkeypatch.setattr(upstream, "_FIRST_PAUSE", 0.01)
    with FakePagerDuty() as found:
        found.add("Q1INC007", title="Checkout answers 5xx")
        yield found
    assert found.violations == []


@pytest.fixture
def account(fake: FakePagerDuty) -> PagerDuty:
    return PagerDuty(KEY, from_email="ada@example.com", base_url=fake.url, timeout=0.5)


def test_an_incident_is_fetched(account: PagerDuty, fake: FakePagerDuty) -> None:
    assert account.get_incident("Q1INC007")["title"] == "Checkout answers 5xx"

    [entry] = fake.journal
    assert (entry.method, entry.path) == ("GET", "/incidents/Q1INC007")
    assert entry.headers["accept"] == "application/vnd.pagerduty+json;version=2"


def test_its_alerts_are_fetched(account: PagerDuty) -> None:
    assert account.list_alerts("Q1INC007")[0]["body"]["details"] == {"lag": 94}


def test_a_note_is_written_and_its_id_kept(account: PagerDuty, fake: FakePagerDuty) -> None:
    assert account.add_note("Q1INC007", "Said in the room") == "PNOTE0"

    [entry] = fake.journal
    assert (entry.body, entry.headers["from"]) == ({"note": {"content": "Said in the room"}}, "ada@example.com")


def test_a_status_is_changed(account: PagerDuty, fake: FakePagerDuty) -> None:
    assert account.update_incident("Q1INC007", status="acknowledged")["status"] == "acknowledged"

    assert fake.journal[0].body == {"incident": {"type": "incident_reference", "status": "acknowledged"}}


@pytest.mark.parametrize(
    ("call", "faults", "permanent", "unclear", "words"),
    [
        (lambda a: a.get_incident("Q2NOBODY"), [], True, False, "refuses (404): Not Found"),
        (lambda a: a.get_incident("../users"), [], True, False, "no id of PagerDuty's"),
        (lambda a: a.get_incident("Q1INC007"), [500], False, True, "trouble of its own (500)"),
        (lambda a: a.get_incident("Q1INC007"), [HANG, HANG], False, True, "does not answer"),
        (lambda a: a.get_incident("Q1INC007"), [RESET, RESET], False, True, "can't be reached"),
        (lambda a: a.get_incident("Q1INC007"), [403], True, False, "refuses (403): Trouble"),
        (lambda a: a.add_note("Q1INC007", "x"), [HANG], False, True, "does not answer"),
        (lambda a: a.add_note("Q1INC007", "x"), [502], False, True, "trouble of its own"),
    ],
)
def test_trouble_is_told_in_our_words(
    account: PagerDuty, fake: FakePagerDuty, call: object, faults: list[int], permanent: bool, unclear: bool, words: str
) -> None:
    fake.faults = list(faults)

    with pytest.raises(PartnerTrouble) as told:
        call(account)  # type: ignore[operator]

    assert words in told.value.message
    assert (told.value.permanent, told.value.unclear, told.value.retry_after) == (permanent, unclear, None)


def test_a_limit_is_not_waited_for_without_end(account: PagerDuty, fake: FakePagerDuty) -> None:
    fake.faults = [429] * 50

    with pytest.raises(PartnerTrouble) as told:
        account.get_incident("Q1INC007")

    assert (told.value.retry_after, told.value.permanent) == (7.0, False)
    assert len(fake.journal) == 2


def test_a_read_is_tried_twice_and_a_write_once(account: PagerDuty, fake: FakePagerDuty) -> None:
    fake.faults = [RESET]
    assert account.get_incident("Q1INC007")["id"] == "Q1INC007"
    assert len(fake.journal) == 2

    fake.faults = [RESET]
    with pytest.raises(PartnerTrouble) as told:
        account.add_note("Q1INC007", "once")
    assert told.value.unclear
    assert len(fake.journal) == 3
    assert fake.notes == {}


def test_an_incident_that_is_over_says_so(account: PagerDuty, fake: FakePagerDuty) -> None:
    fake.add("Q1INC008", status="resolved")

    with pytest.raises(PartnerTrouble, match="Incident Already Resolved") as told:
        account.update_incident("Q1INC008", status="acknowledged")

    assert told.value.code == "1001"


def test_nobody_listening_is_no_unclear_result() -> None:
    account = PagerDuty(KEY, from_email="ada@example.com", base_url="http://127.0.0.1:9", timeout=0.5)

    with pytest.raises(PartnerTrouble, match="can't be reached") as told:
        account.add_note("Q1INC007", "x")

    assert not told.value.unclear


@pytest.fixture
def connection(db: None, fake: FakePagerDuty) -> Connection:
    return make_connection("pagerduty", secrets={"webhook_secret": "s", "api_key": KEY}, settings={"api_url": fake.url})


def test_the_test_button_says_what_works(connection: Connection) -> None:
    assert press_test(connection) == (
        True,
        "PagerDuty answers, and the key may read incidents, at this moment “Checkout answers 5xx”.",
    )


def test_the_test_button_says_what_does_not(connection: Connection) -> None:
    connection.put_secrets({"webhook_secret": "s", "api_key": "wrong"})
    connection.save()

    works, words = press_test(connection)

    assert not works
    assert "does not accept the API access key" in words
    assert KEY not in words
    connection.refresh_from_db()
    assert connection.trouble == words


def test_without_a_key_nothing_is_asked_and_nothing_is_wrong(connection: Connection, fake: FakePagerDuty) -> None:
    connection.put_secrets({"webhook_secret": "s"})
    connection.save()

    works, words = press_test(connection)

    assert works
    assert "Webhooks need none" in words
    assert fake.journal == []
    connection.refresh_from_db()
    assert connection.trouble == ""
    with pytest.raises(PartnerTrouble, match="no API access key"):
        upstream_of(connection)


def test_the_librarys_warning_is_not_shown() -> None:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        sys.modules.pop("pdpyras", None)
        PagerDuty(KEY)

    assert [str(warning.message) for warning in shown] == []


def test_the_library_is_not_loaded_before_it_is_needed() -> None:
    code = "import django, sys; django.setup(); print('pdpyras' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ), timeout=60
    )

    assert done.stdout.strip() == "False"


def test_a_call_stays_below_the_lease_of_a_pending_row() -> None:
    from common.pending import LEASE

    session = PagerDuty(KEY)._session
    tries = 1 + session.max_network_attempts
    pauses = sum(upstream._FIRST_PAUSE * 2 ** (n + 1) for n in range(session.max_network_attempts))
    assert tries * session.timeout + pauses < LEASE.total_seconds()


@pytest.mark.skipif(not is_described(), reason="WARROOM_API_SPECS does not name PagerDuty's description")
def test_the_check_against_the_description_finds_what_is_wrong(account: PagerDuty, fake: FakePagerDuty) -> None:
    begin = time.monotonic()
    account._session.get("/incidents", params={"colour": "red"})
    account._session.post("/incidents/Q1INC007/notes", json={"note": {"text": 7}})
    account._session.get("/incidents/Q1INC007/nothing")

    found, fake.violations = fake.violations, []
    assert [any(part in line for line in found) for part in ("colour", "notes", "no such call")] == [True] * 3
    assert time.monotonic() - begin < 60
