"""Paging by text and by call, against a Twilio with a journal: what goes out, and what becomes of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import User
from common import clock
from common.errors import Invalid, PartnerTrouble, Unavailable
from connections.models import Attempt, Connection, Delivery, Received
from connections.operations import test_connection as ask_connection
from incidents.models import Incident
from integrations.kit.environment import connections_from_environment
from integrations.twilio.sms import SmsPager
from oncall.links import answer_url
from oncall.models import ContactMethod, EscalationRun, Page
from oncall.operations import contacts
from oncall.operations.escalating import start_run
from oncall.operations.paging import acknowledge
from oncall.proof import proofs
from tests.factories import make_incident
from tests.factories.escalation import level, make_policy
from tests.factories.paging import make_page
from tests.fakes.twilio import ACCOUNT, LOST, NUMBER, TOKEN, FakeTwilio
from tests.integrations.twilio.conftest import arrives, look
from tests.oncall.paging_kit import later, work_due

pytestmark = pytest.mark.django_db
Phone = Callable[..., ContactMethod]
CLEO, BO = "+491700000001", "+491700000002"


@pytest.fixture
def incident(ada: User) -> Incident:
    return make_incident(by=Actor.person(ada, "web"), title="Checkout 5xx", severity=1)


def page_people(incident: Incident, *people: User) -> list[Page]:
    """They are asked one after the other."""
    policy = make_policy("Shop", *[level(person, wait=10) for person in people])
    start_run(subject_kind="incident", subject_id=incident.pk, policy=policy, by=Actor.person(people[0], "web"))
    work_due()
    return list(Page.objects.order_by("pk"))


def state_of(page: Page) -> dict[str, str]:
    return {one.kind: one.state for one in proofs([page]).get(page.pk, [])}


def test_a_text_goes_to_the_phone_and_its_receipts_are_told(
    fake: FakeTwilio, twilio: Connection, phone: Phone, cleo: User, incident: Incident
) -> None:
    phone(cleo)

    [page] = page_people(incident, cleo)

    [sent] = fake.taken()
    assert (sent.one("To"), sent.one("From")) == (CLEO, NUMBER)
    assert sent.one("Body").startswith(f"SEV1 #{incident.pk} Checkout 5xx. You are asked by name.")
    assert sent.one("Body").endswith(f"Reply 4 ack, 5 pass on. {answer_url(page)}")
    assert sent.one("StatusCallback") == "http://testserver/hooks/twilio/status"
    assert state_of(page) == {"sms": "sent"}
    for word in ("queued", "sent", "delivered"):
        assert arrives(twilio, fake.status_of(sent, word))
    assert state_of(page) == {"sms": "delivered"}


@pytest.mark.parametrize("words", [("delivered", "sent", "queued"), ("sent", "delivered", "sent"), ("delivered",)])
def test_receipts_that_are_late_or_shuffled_take_nothing_back(
    fake: FakeTwilio, twilio: Connection, phone: Phone, cleo: User, incident: Incident, words: tuple[str, ...]
) -> None:
    phone(cleo)
    [page] = page_people(incident, cleo)
    [sent] = fake.taken()

    rows = [arrives(twilio, fake.status_of(sent, word, ErrorCode=str(at))) for at, word in enumerate(words)]

    assert all(rows)
    assert state_of(page) == {"sms": "delivered"}
    assert len(fake.taken()) == 1


def test_the_same_receipt_twice_is_one(
    fake: FakeTwilio, twilio: Connection, phone: Phone, cleo: User, incident: Incident
) -> None:
    phone(cleo)
    page_people(incident, cleo)
    [sent] = fake.taken()

    assert arrives(twilio, fake.status_of(sent, "delivered"))
    assert arrives(twilio, fake.status_of(sent, "delivered")) is None
    assert Received.objects.count() == 1


def test_a_text_that_does_not_arrive_is_followed_by_the_next_way_at_once(
    fake: FakeTwilio, twilio: Connection, phone: Phone, cleo: User, incident: Incident
) -> None:
    phone(cleo)
    phone(cleo, kind="voice")
    [page] = page_people(incident, cleo)
    [text] = fake.taken()
    clock.shift(timedelta(seconds=5))

    arrives(twilio, fake.status_of(text, "undelivered", ErrorCode="30003"))
    work_due()

    assert [entry.kind for entry in fake.taken()] == ["Messages", "Calls"]
    assert state_of(page) == {"sms": "failed", "voice": "sent"}
    [proof, _] = proofs([page])[page.pk]
    assert "undelivered, error 30003" in proof.error
    assert (proof.tries[0].receipt, proof.tries[0].receipt_note) == ("failed", "undelivered, error 30003")


def test_when_the_only_way_fails_the_next_level_is_asked(
    fake: FakeTwilio, twilio: Connection, phone: Phone, cleo: User, bo: User, incident: Incident
) -> None:
    phone(cleo)
    phone(bo, BO)
    page_people(incident, cleo, bo)
    [text] = fake.taken()

    arrives(twilio, fake.status_of(text, "failed", ErrorCode="30005"))
    work_due()

    assert [entry.one("To") for entry in fake.taken()] == [CLEO, BO]


def test_a_failure_told_after_the_ack_pages_nobody(
    fake: FakeTwilio, twilio: Connection, phone: Phone, cleo: User, actor_cleo: Actor, incident: Incident
) -> None:
    phone(cleo)
    phone(cleo, kind="voice")
    [page] = page_people(incident, cleo)
    [text] = fake.taken()
    acknowledge(page=page, by=actor_cleo)
    work_due()

    arrives(twilio, fake.status_of(text, "undelivered", ErrorCode="30003"))
    later(minutes=10)

    assert [entry.kind for entry in fake.taken()] == ["Messages"]


def test_a_receipt_of_one_message_for_several_pages_is_one_for_each(
    fake: FakeTwilio, twilio: Connection, phone: Phone, cleo: User, incident: Incident
) -> None:
    phone(cleo)
    [page] = page_people(incident, cleo)
    [sent] = fake.taken()
    first = Attempt.objects.get().delivery
    other = make_page(cleo, incident.pk)
    second = Delivery.objects.create(
        lane=first.lane, thing_kind="page", thing_id=other.pk, shown=1, outside_ref=sent.sid
    )
    Attempt.objects.create(delivery=second, version=1, ok=True, outside_ref=sent.sid)

    arrives(twilio, fake.status_of(sent, "delivered"))

    assert state_of(page) == state_of(other) == {"sms": "delivered"}


@pytest.mark.parametrize("change", ["signature", "status", "account", "token"])
def test_a_forged_receipt_changes_nothing(
    fake: FakeTwilio, twilio: Connection, phone: Phone, cleo: User, incident: Incident, change: str
) -> None:
    phone(cleo)
    [page] = page_people(incident, cleo)
    [sent] = fake.taken()
    if change == "token":
        fake.token = "another"
    url, body, headers = fake.status_of(sent, "delivered")
    if change == "signature":
        headers["X-Twilio-Signature"] = headers["X-Twilio-Signature"][::-1]
    elif change == "status":
        body = body.replace(b"delivered", b"undelivered")
    elif change == "account":
        form = {"AccountSid": "AC" + "1" * 32, "MessageSid": sent.sid, "MessageStatus": "delivered"}
        body, headers = fake.sign(url, form)

    row = arrives(twilio, (url, body, headers))

    assert row is None or row.outcome == "failed"
    assert state_of(page) == {"sms": "sent"}


def test_an_empty_token_lets_nobody_in(twilio: Connection, fake: FakeTwilio) -> None:
    twilio.put_secrets({"auth_token": " , "})
    fake.token = ""

    assert arrives(twilio, fake.text_from(CLEO, "4", "http://testserver/hooks/twilio/sms", "SM1")) is None


def test_both_tokens_are_good_while_one_is_rotated(twilio: Connection, fake: FakeTwilio) -> None:
    twilio.put_secrets({"auth_token": f"the-new-one, {TOKEN}"})

    assert arrives(twilio, fake.text_from(CLEO, "4", "http://testserver/hooks/twilio/sms", "SM1"))


def test_a_receipt_that_is_quicker_than_our_own_line_comes_again(
    fake: FakeTwilio, twilio: Connection, phone: Phone, cleo: User, incident: Incident
) -> None:
    phone(cleo)
    [page] = page_people(incident, cleo)
    [sent] = fake.taken()
    Attempt.objects.update(outside_ref="")
    row = arrives(twilio, fake.status_of(sent, "delivered"))
    assert row is not None
    assert row.state == Received.WAITING

    Attempt.objects.update(outside_ref=sent.sid)
    clock.shift(timedelta(seconds=10))
    look()

    row.refresh_from_db()
    assert (row.outcome, state_of(page)) == ("done", {"sms": "delivered"})


def test_a_receipt_of_what_we_never_recorded_ends_without_fuss(
    twilio: Connection, fake: FakeTwilio, phone: Phone, cleo: User
) -> None:
    SmsPager().send_page(phone(cleo), make_page(cleo), _facts(), again=False)
    arrives(twilio, fake.status_of(fake.taken()[0], "delivered"))

    for _ in range(4):
        clock.shift(timedelta(seconds=20))
        look()

    assert Received.objects.get().outcome == "ignored"


def _facts() -> Any:
    from oncall.ports import Facts

    return Facts("#1 Checkout", "/incidents/1", "SEV1")


@pytest.mark.parametrize(
    ("fault", "permanent", "unclear"),
    [
        ((400, 21211, "Invalid 'To' Phone Number: +491700000001"), True, False),
        ((400, 21408, "Permission to send an SMS has not been enabled"), True, False),
        ((401, 20003, "Authenticate"), False, False),
        ((429, 20429, "Too many requests"), False, False),
        ((500, 20500, "Internal Server Error"), False, True),
        (LOST, False, True),
    ],
)
def test_what_a_refusal_means(
    fake: FakeTwilio, phone: Phone, cleo: User, fault: Any, permanent: bool, unclear: bool
) -> None:
    method = phone(cleo)
    fake.faults.append(fault)

    with pytest.raises(PartnerTrouble) as caught:
        SmsPager().send_page(method, make_page(cleo), _facts(), again=False)

    assert (caught.value.permanent, caught.value.unclear) == (permanent, unclear)
    assert "4917" not in caught.value.message


def test_nobody_there_is_no_unclear_result(phone: Phone, cleo: User, settings: Any) -> None:
    method = phone(cleo)
    settings.TWILIO_API_URL = "http://127.0.0.1:1"

    with pytest.raises(PartnerTrouble, match="does not answer") as caught:
        SmsPager().send_page(method, make_page(cleo), _facts(), again=False)

    assert not caught.value.unclear


def test_after_a_lost_answer_the_same_page_goes_again(
    fake: FakeTwilio, phone: Phone, cleo: User, incident: Incident
) -> None:
    phone(cleo)
    fake.faults.append(LOST)
    page_people(incident, cleo)
    assert len(fake.texts(CLEO)) == 1

    later(seconds=40)

    texts = fake.texts(CLEO)
    assert len(texts) == 2
    assert texts[0] == texts[1]


def test_who_has_sent_stop_is_switched_off_and_told_on_their_page(
    fake: FakeTwilio, phone: Phone, cleo: User, incident: Incident, client: Any
) -> None:
    method = phone(cleo)
    phone(cleo, kind="voice")
    fake.refuse[CLEO] = (400, 21610, "Attempt to send to unsubscribed recipient")

    page_people(incident, cleo)

    method.refresh_from_db()
    assert (method.is_usable, "STOP was sent" in method.off_reason) == (False, True)
    client.force_login(cleo, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "STOP was sent from this number" in client.get("/me/notifications").content.decode()


def test_a_code_by_text_or_by_call_shows_that_the_number_is_theirs(
    fake: FakeTwilio, twilio: Connection, actor_bo: Actor
) -> None:
    text = contacts.add_method(kind="sms", address="0049 170 0000002", by=actor_bo)
    call = contacts.add_method(kind="voice", address=BO, by=actor_bo)
    contacts.send_code(method=text, by=actor_bo)
    contacts.send_code(method=call, by=actor_bo)

    contacts.verify_method(method=text, code=fake.texts(BO)[0][:6], by=actor_bo)
    said = fake.taken("Calls")[0].one("Twiml")
    contacts.verify_method(
        method=call,
        code="".join(char for char in said.partition(":")[2].partition(".")[0] if char.isdigit()),
        by=actor_bo,
    )
    contacts.test_method(method=text, by=actor_bo)
    contacts.test_method(method=call, by=actor_bo)

    assert text.is_usable
    assert call.is_usable
    assert [(rule.method.kind, rule.delay_minutes) for rule in text.user.notification_rules.filter(urgency="high")] == [
        ("sms", 0),
        ("voice", 5),
    ]
    assert len(fake.taken()) == 4


def test_a_number_that_can_not_be_one_is_refused(twilio: Connection, actor_bo: Actor) -> None:
    with pytest.raises(Invalid, match="code of the country"):
        contacts.add_method(kind="sms", address="0170 1234567", by=actor_bo)


def test_without_a_connection_no_number_can_be_added(actor_bo: Actor) -> None:
    with pytest.raises(Unavailable, match="not set up here"):
        contacts.add_method(kind="sms", address=BO, by=actor_bo)


def test_a_messaging_service_texts_and_does_not_call(
    fake: FakeTwilio, twilio: Connection, phone: Phone, actor_bo: Actor, cleo: User
) -> None:
    Connection.objects.update(settings={"account_sid": ACCOUNT, "from_number": "MG" + "1" * 32})

    SmsPager().send_page(phone(cleo), make_page(cleo), _facts(), again=False)

    assert fake.taken()[0].one("MessagingServiceSid") == "MG" + "1" * 32
    with pytest.raises(Unavailable):
        contacts.add_method(kind="voice", address=BO, by=actor_bo)


def test_the_environment_makes_the_connection(fake: FakeTwilio, settings: Any) -> None:
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_FROM = ACCOUNT, TOKEN, NUMBER
    settings.TWILIO_API_URL = fake.url

    connections_from_environment()

    row = Connection.objects.get(kind="twilio")
    assert TOKEN not in row.sealed_secrets
    works, words = ask_connection(row)
    assert works
    assert "http://testserver/hooks/twilio/sms" in words


def test_the_test_button_says_what_is_wrong(fake: FakeTwilio, twilio: Connection) -> None:
    fake.token = "another"
    works, words = ask_connection(twilio)
    assert not works
    assert "enter them anew" in words

    twilio.settings["from_number"] = "Warroom"
    assert "neither a number" in ask_connection(twilio)[1]


def test_runs_end_with_the_incident(fake: FakeTwilio, phone: Phone, cleo: User, incident: Incident) -> None:
    phone(cleo)
    page_people(incident, cleo)

    assert EscalationRun.objects.get().due_at is not None
