"""Answering by a text or by a key: only from one's own number, only what is signed, and it says what became of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from common import clock
from connections.models import Connection, Delivery, Received
from incidents.models import Incident
from integrations.twilio.texts import HELP, code_of
from oncall.models import ContactMethod, Page
from oncall.operations.paging import acknowledge
from oncall.proof import proofs
from tests.factories import make_incident
from tests.factories.paging import make_page
from tests.fakes.twilio import FakeTwilio
from tests.integrations.twilio.conftest import arrives
from tests.integrations.twilio.test_paging import BO, CLEO, page_people
from tests.oncall.paging_kit import later, work_due

pytestmark = pytest.mark.django_db
Phone = Callable[..., ContactMethod]
Say = Callable[..., Received | None]


@pytest.fixture
def incident(ada: User) -> Incident:
    return make_incident(by=Actor.person(ada, "web"), title="Checkout 5xx", severity=1)


@pytest.fixture
def say(fake: FakeTwilio, twilio: Connection) -> Say:
    """`say("4")`: somebody's phone sends this text, and what we answer goes out."""
    count = iter(range(1000))

    def send(text: str, sender: str = CLEO) -> Received | None:
        hook = fake.text_from(sender, text, "http://testserver/hooks/twilio/sms", f"SMin{next(count)}")
        row = arrives(twilio, hook)
        work_due()
        return row

    return send


def texts(fake: FakeTwilio, number: str = CLEO) -> list[str]:
    """What came back, without the pages themselves."""
    return [text for text in fake.texts(number) if "/a/" not in text]


@pytest.mark.parametrize("text", ["4", " 4 ", "ACK"])
def test_a_reply_takes_the_page(
    fake: FakeTwilio, phone: Phone, say: Say, cleo: User, incident: Incident, text: str
) -> None:
    phone(cleo)
    [page] = page_people(incident, cleo)

    row = say(text)

    page.refresh_from_db()
    assert (page.status, page.answered_by, page.answered_from) == (Page.ACKED, cleo, "sms")
    assert row is not None
    assert (row.outcome, row.incident_number) == ("done", incident.pk)
    assert texts(fake) == [f"You have it: [SEV1] #{incident.pk} Checkout 5xx. Nobody else is asked."]


def test_a_reply_passes_it_on(
    fake: FakeTwilio, phone: Phone, say: Say, cleo: User, bo: User, incident: Incident
) -> None:
    phone(cleo)
    phone(bo, BO)
    page_people(incident, cleo, bo)

    say("5")

    assert [page.status for page in Page.objects.order_by("pk")] == [Page.PASSED, Page.OPEN]
    assert texts(fake) == [f"Passed on: [SEV1] #{incident.pk} Checkout 5xx."]
    assert len(fake.texts(BO)) == 1


def test_with_several_open_the_code_tells_which(
    fake: FakeTwilio, phone: Phone, say: Say, cleo: User, ada: User, incident: Incident
) -> None:
    phone(cleo)
    [first] = page_people(incident, cleo)
    other = make_incident(by=Actor.person(ada, "web"), title="Mail is late", severity=2)
    from oncall.operations.paging import page_targets
    from oncall.targets import of_person

    page_targets(subject_kind="incident", subject_id=other.pk, targets=[of_person(cleo)], by=Actor.person(ada, "web"))
    work_due()
    second = Page.objects.order_by("pk").last()
    assert second is not None
    assert f"Reply 4 {code_of(second.pk)} ack, 5 {code_of(second.pk)} pass on." in fake.texts(CLEO)[-1]

    say("4")
    assert texts(fake)[-1].startswith(f"2 pages are open. Reply 4 and the code: {code_of(first.pk)} [SEV1]")
    assert not Page.objects.filter(status=Page.ACKED).exists()
    say(f"4 {code_of(second.pk).lower()}")

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (Page.OPEN, Page.ACKED)
    say("4 all")
    first.refresh_from_db()
    assert first.status == Page.ACKED


def test_who_is_too_late_is_told_who_has_it(
    fake: FakeTwilio, phone: Phone, say: Say, cleo: User, bo: User, incident: Incident
) -> None:
    phone(cleo)
    [page] = page_people(incident, cleo)
    acknowledge(page=page, by=Actor.person(bo, "web"))

    say("4")

    assert texts(fake)[0].startswith("Bo has it since ")
    page.refresh_from_db()
    assert page.answered_by == bo


def test_nothing_is_done_for_a_number_that_is_not_verified(
    fake: FakeTwilio, phone: Phone, say: Say, cleo: User, incident: Incident
) -> None:
    method = phone(cleo)
    [page] = page_people(incident, cleo)
    ContactMethod.objects.filter(pk=method.pk).update(verified_at=None)

    row = say("4")
    stranger = say("4", BO)

    page.refresh_from_db()
    assert page.status == Page.OPEN
    assert row is not None
    assert stranger is not None
    assert (row.outcome, stranger.outcome) == ("ignored", "ignored")
    assert texts(fake) == texts(fake, BO) == []


def test_nonsense_is_explained_once(fake: FakeTwilio, phone: Phone, say: Say, cleo: User) -> None:
    phone(cleo)

    say("who is this?")
    say("hello?")
    assert texts(fake) == [HELP]
    clock.shift(timedelta(hours=2))
    say("hello?")

    assert texts(fake) == [HELP, HELP]


def test_stop_and_start_are_honoured(fake: FakeTwilio, phone: Phone, say: Say, cleo: User, incident: Incident) -> None:
    method = phone(cleo)

    say("STOP")
    method.refresh_from_db()
    assert not method.is_usable
    say("4")
    say("Start")
    method.refresh_from_db()

    assert method.is_usable
    page_people(incident, cleo)
    assert len(fake.texts(CLEO)) == 1
    assert texts(fake) == []


def test_a_text_of_a_private_incident_names_nothing(
    fake: FakeTwilio, phone: Phone, say: Say, cleo: User, ada: User
) -> None:
    hidden = make_incident(by=Actor.person(ada, "web"), title="canary", severity=1, is_private=True)
    phone(cleo)
    page_people(hidden, cleo)

    row = say("4")

    assert "canary" not in str(fake.journal)
    assert texts(fake) == [f"You have it: [SEV1] Private incident #{hidden.pk}. Nobody else is asked."]
    assert row is not None
    assert row.is_private


# --- Calls --------------------------------------------------------------------------------------------


def press(client: Client, hook: tuple[str, bytes, dict[str, str]]) -> Any:
    url, body, headers = hook
    path = url.removeprefix("http://testserver")
    kind = headers["Content-Type"]
    return client.post(path, body, content_type=kind, headers={"X-Twilio-Signature": headers["X-Twilio-Signature"]})


@pytest.fixture
def called(fake: FakeTwilio, phone: Phone, cleo: User, incident: Incident) -> Page:
    """Cleo's phone rings."""
    phone(cleo, kind="voice")
    [page] = page_people(incident, cleo)
    return page


def test_a_key_takes_the_page(fake: FakeTwilio, called: Page, cleo: User, client: Client) -> None:
    [call] = fake.taken("Calls")
    assert f"Severity 1. Incident {called.subject_id}. Checkout 5xx." in call.one("Twiml")

    answer = press(client, fake.key(call, "4"))

    called.refresh_from_db()
    assert (called.status, called.answered_by, called.answered_from) == (Page.ACKED, cleo, "voice")
    assert "You have it. Nobody else is asked." in answer.content.decode()
    again = press(client, fake.key(call, "4"))
    assert "You have it." in again.content.decode()


def test_one_key_takes_all_that_one_call_stands_for(
    fake: FakeTwilio, called: Page, cleo: User, ada: User, client: Client
) -> None:
    other = make_page(cleo, make_incident(by=Actor.person(ada, "web"), title="Mail is late", severity=2).pk)
    [call] = fake.taken("Calls")
    lane = Delivery.objects.get().lane
    Delivery.objects.create(lane=lane, thing_kind="page", thing_id=other.pk, shown=1, outside_ref=call.sid)

    press(client, fake.key(call, "4"))

    assert list(Page.objects.order_by("pk").values_list("status", flat=True)) == [Page.ACKED, Page.ACKED]


def test_a_key_passes_it_on_and_others_say_it_again(fake: FakeTwilio, called: Page, client: Client) -> None:
    [call] = fake.taken("Calls")

    repeated, unknown = press(client, fake.key(call, "9")), press(client, fake.key(call, "1"))
    called.refresh_from_db()
    assert called.status == Page.OPEN
    assert called.seen_at is not None
    assert repeated.content.decode().count("Press 4 to acknowledge") == 3
    assert "That key means nothing here." in unknown.content.decode()
    passed = press(client, fake.key(call, "5"))

    called.refresh_from_db()
    assert called.status == Page.PASSED
    assert "Passed on." in passed.content.decode()
    assert "passed already" in press(client, fake.key(call, "5")).content.decode()


def test_a_key_that_is_not_signed_does_nothing(fake: FakeTwilio, called: Page, client: Client) -> None:
    [call] = fake.taken("Calls")
    url, body, headers = fake.key(call, "5")

    for forged in (body.replace(b"Digits=5", b"Digits=4"), body + b"&x=1", b"\xff", b"&".join([b"a=1"] * 500)):
        assert press(client, (url, forged, headers)).status_code == 401
    assert press(client, (url, body, {**headers, "X-Twilio-Signature": ""})).status_code == 401
    assert client.get(url.removeprefix("http://testserver")).status_code == 405

    called.refresh_from_db()
    assert (called.status, called.seen_at) == (Page.OPEN, None)


def test_a_number_that_was_removed_answers_nothing(fake: FakeTwilio, called: Page, client: Client) -> None:
    [call] = fake.taken("Calls")
    ContactMethod.objects.update(removed_at=clock.now())

    answer = press(client, fake.key(call, "4"))

    called.refresh_from_db()
    assert called.status == Page.OPEN
    assert "not used any more" in answer.content.decode()


def test_a_mailbox_that_picks_up_is_nobody(
    fake: FakeTwilio, twilio: Connection, phone: Phone, cleo: User, incident: Incident
) -> None:
    phone(cleo, kind="voice")
    text = phone(cleo)
    assert text.rules.get(urgency="high").delay_minutes == 2
    [page] = page_people(incident, cleo)
    [call] = fake.taken("Calls")

    arrives(twilio, fake.status_of(call, "", AnsweredBy="machine_start"))
    work_due()
    arrives(twilio, fake.status_of(call, "completed"))

    assert {one.kind: one.state for one in proofs([page])[page.pk]} == {"sms": "sent", "voice": "failed"}
    assert len(fake.texts(CLEO)) == 1


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
def test_a_call_that_nobody_takes_is_followed_by_the_next_way(
    fake: FakeTwilio, twilio: Connection, phone: Phone, cleo: User, incident: Incident, status: str
) -> None:
    phone(cleo, kind="voice")
    phone(cleo)
    page_people(incident, cleo)
    [call] = fake.taken("Calls")

    arrives(twilio, fake.status_of(call, "ringing"))
    arrives(twilio, fake.status_of(call, status))
    work_due()

    assert len(fake.texts(CLEO)) == 1


def test_when_somebody_else_has_it_the_phone_stops_ringing(
    fake: FakeTwilio, twilio: Connection, called: Page, bo: User
) -> None:
    [call] = fake.taken("Calls")

    acknowledge(page=called, by=Actor.person(bo, "web"))
    work_due()
    arrives(twilio, fake.status_of(call, "canceled"))
    later(minutes=10)

    changes = [entry for entry in fake.journal if entry.kind == "Change"]
    assert [(entry.sid, entry.one("Status")) for entry in changes] == [(call.sid, "canceled")]
    assert len(fake.taken()) == 1
