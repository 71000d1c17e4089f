"""Asking PagerDuty: the right requests, few tries, and every trouble in our words."""

import logging
import os
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator

import pytest

from common.errors import PartnerTrouble
from integrations.pagerduty import upstream
from integrations.pagerduty.upstream import PagerDuty
from tests.fakes.pagerduty import ELSEWHERE, HANG, HTML, KEY, RESET, FakePagerDuty, is_described


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePagerDuty]:
    monkeypatch.setattr(upstream, "_FIRST_PAUSE", 0.01)
    with FakePagerDuty() as found:
        found.add("Q1INC007", title="Checkout answers 5xx")
        yield found
    assert found.violations == []


@pytest.fixture
def account(fake: FakePagerDuty) -> PagerDuty:
    """As patient as the product is: only a fake that hangs lets it wait."""
    return PagerDuty(KEY, from_email="ada@example.com", base_url=fake.url)


def test_an_incident_is_fetched(account: PagerDuty, fake: FakePagerDuty) -> None:
    assert account.get_incident("Q1INC007")["title"] == "Checkout answers 5xx"

    [entry] = fake.journal
    assert (entry.method, entry.path) == ("GET", "/incidents/Q1INC007")
    assert entry.headers["accept"] == "application/vnd.pagerduty+json;version=2"


def test_its_alerts_are_fetched_in_one_page(account: PagerDuty, fake: FakePagerDuty) -> None:
    assert account.list_alerts("Q1INC007")[0]["body"]["details"] == {"lag": 94}
    assert fake.journal[0].query == {"limit": ["100"]}


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
        (lambda a: a.get_incident("Q1INC007"), [403], True, False, "does not let this key do that (Trouble)"),
        (lambda a: a.get_incident("Q1INC007"), [402], True, False, "refuses (402): Trouble"),
        (lambda a: a.get_incident("Q1INC007"), [HTML], False, True, "Not PagerDuty's answer (200)"),
        (lambda a: a.get_incident("Q1INC007"), [ELSEWHERE, ELSEWHERE], False, False, "sends us elsewhere"),
        (lambda a: a.add_note("Q1INC007", "x"), [HTML], False, True, "Not PagerDuty's answer (200)"),
        (lambda a: a.add_note("Q1INC007", "x"), [HANG], False, True, "does not answer"),
        (lambda a: a.add_note("Q1INC007", "x"), [502], False, True, "trouble of its own"),
    ],
)
def test_trouble_is_told_in_our_words(
    account: PagerDuty, fake: FakePagerDuty, call: object, faults: list[int], permanent: bool, unclear: bool, words: str
) -> None:
    fake.faults = list(faults)
    if HANG in faults:
        account = PagerDuty(KEY, from_email="ada@example.com", base_url=fake.url, timeout=0.5)

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
    account = PagerDuty(KEY, from_email="ada@example.com", base_url="http://127.0.0.1:9")

    with pytest.raises(PartnerTrouble, match="can't be reached") as told:
        account.add_note("Q1INC007", "x")

    assert not told.value.unclear


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


@pytest.mark.parametrize(
    "make",
    [
        lambda: PagerDuty("invented key"),
        lambda: PagerDuty("invented-key\n"),
        lambda: PagerDuty("invented-ключ"),
        lambda: PagerDuty(KEY, from_email="ada@example.com\r\nHost: elsewhere"),
        lambda: PagerDuty(KEY, base_url="ftp://127.0.0.1"),
        lambda: PagerDuty(KEY, base_url="api.pagerduty.com"),
        lambda: PagerDuty(KEY, base_url="https://invented-key@127.0.0.1"),
        lambda: PagerDuty(KEY, base_url="http://[127"),
    ],
)
def test_what_can_not_be_sent_is_refused_before_it_is_and_not_named(make: Callable[[], PagerDuty]) -> None:
    with pytest.raises(PartnerTrouble, match=r"once more|no web address") as told:
        make()

    assert told.value.permanent
    assert "invented" not in "".join(traceback.format_exception(told.value.with_traceback(None)))


def test_no_key_in_logs_and_errors(fake: FakePagerDuty, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for key, faults in ((KEY, [500]), (KEY, [429, 429]), (KEY, [RESET, RESET]), ("invented-but-wrong", [])):
        fake.faults = list(faults)
        with pytest.raises(PartnerTrouble) as caught:
            PagerDuty(key, base_url=fake.url).get_incident("Q1INC007")
        told.append("".join(traceback.format_exception(caught.value.with_traceback(None))))

    assert caplog.text
    for text in [caplog.text, *told]:
        assert KEY not in text
        assert "invented-but-wrong" not in text
        assert "rong)" not in text


@pytest.mark.skipif(not is_described(), reason="WARROOM_API_SPECS does not name PagerDuty's description")
def test_the_check_against_the_description_finds_what_is_wrong(account: PagerDuty, fake: FakePagerDuty) -> None:
    begin = time.monotonic()
    account._session.get("/incidents", params={"colour": "red"})
    account._session.post("/incidents/Q1INC007/notes", json={"note": {"text": 7}})
    account._session.get("/incidents/Q1INC007/nothing")

    found, fake.violations = fake.violations, []
    assert [any(part in line for line in found) for part in ("colour", "notes", "no such call")] == [True] * 3
    assert time.monotonic() - begin < 60
