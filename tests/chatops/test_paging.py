"""Paging by direct message: a card with buttons, changed once somebody has answered."""

import pytest

from accounts import linking
from accounts.actors import Actor
from accounts.models import Identity, User
from chatops.context import Context
from chatops.router import answer
from common import clock
from connections.models import Connection, Delivery
from incidents.models import Incident
from integrations.fakechat.models import FakeMessage
from oncall.models import ContactMethod, Page, Urgency
from oncall.operations import contacts, reaching
from oncall.operations.paging import acknowledge, pass_on
from oncall.ports import pager_of
from tests.factories import link_identity, make_connection, make_incident, make_private_incident, make_service
from tests.factories.escalation import level, make_policy
from tests.factories.paging import make_mail, reach
from tests.oncall.paging_kit import later, work_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(db: None) -> Connection:
    return make_connection("fakechat")


def linked(user: User) -> Identity:
    return link_identity(user, "fakechat", f"person-{user.pk}")


def declared(ada: User, *levels: User) -> Incident:
    service = make_service("Checkout")
    service.policy = make_policy("Checkout", *(level(user) for user in levels))
    service.save()
    made = make_incident("Checkout *5xx*", by=ada, services=["checkout"], severity=1)
    work_due()
    return made


def direct(user: User) -> list[FakeMessage]:
    return list(FakeMessage.objects.filter(address=f"person-{user.pk}", marker__startswith="page:"))


def buttons(message: FakeMessage) -> list[str]:
    assert message.card is not None
    return [button["label"] for button in message.card["buttons"]]


def test_who_links_a_chat_account_is_reached_there_too(chat: Connection, cleo: User) -> None:
    make_mail()
    reach(cleo)
    identity = Identity.objects.create(realm="fakechat", outside_id=f"person-{cleo.pk}", name="cleo")
    token = linking.link_url("fakechat", identity.outside_id).rpartition("/me/link/")[2]

    linking.link_chat_account(token=token, by=Actor.person(cleo, "web"))

    high = [(rule.method.kind, rule.delay_minutes) for rule in reaching.rules_of(cleo, Urgency.HIGH)]
    low = [(rule.method.kind, rule.delay_minutes) for rule in reaching.rules_of(cleo, Urgency.LOW)]
    assert (high, low) == ([("email", 0), ("chat", 0)], [("email", 0)])
    method = ContactMethod.objects.get(kind="chat")
    assert pager_of("chat").shown(method.address) == "cleo in Fakechat"


def test_a_card_with_its_buttons(chat: Connection, ada: User, cleo: User) -> None:
    linked(cleo)

    incident = declared(ada, cleo)

    [message] = direct(cleo)
    page = Page.objects.get(user=cleo)
    assert message.card is not None
    assert message.card["title"] == f"[SEV1] #{incident.pk} Checkout *5xx*"
    assert "Nobody leads yet" in message.card["text"]
    found = {button["label"]: button["command"] or button["url"] for button in message.card["buttons"]}
    assert found == {
        "Got it": f"/oncall ack {page.pk}",
        "5 more minutes": f"/oncall snooze {page.pk} 5m",
        "Pass on": f"/oncall pass {page.pk}",
        "Open room": f"http://testserver/incidents/{incident.pk}",
    }


@pytest.mark.parametrize(
    ("label", "status"), [("Got it", Page.ACKED), ("Pass on", Page.PASSED), ("5 more minutes", Page.OPEN)]
)
def test_its_buttons_answer(chat: Connection, ada: User, cleo: User, label: str, status: str) -> None:
    linked(cleo)
    declared(ada, cleo)
    [message] = direct(cleo)
    assert message.card is not None
    pressed = next(button["command"] for button in message.card["buttons"] if button["label"] == label)

    answer(Context(by=Actor.person(cleo, "fakechat"), typed=pressed))
    later(seconds=2)

    page = Page.objects.get(user=cleo)
    assert page.status == status
    assert (page.snoozed_at is not None) == (label == "5 more minutes")
    shown = buttons(direct(cleo)[0])
    assert ("Got it" in shown) == (status == Page.OPEN)


def test_once_somebody_has_it_the_card_says_so(chat: Connection, ada: User, bo: User, cleo: User) -> None:
    linked(cleo)
    declared(ada, cleo)

    acknowledge(page=Page.objects.get(user=cleo), by=Actor.person(bo, "web"))
    later(seconds=2)

    [message] = direct(cleo)
    assert message.card is not None
    assert "Bo has it, " in message.card["text"]
    assert buttons(message) == ["Open room"]


def test_what_was_passed_on_says_so(chat: Connection, ada: User, bo: User, cleo: User) -> None:
    linked(cleo)
    linked(bo)
    declared(ada, cleo, bo)

    pass_on(page=Page.objects.get(user=cleo), by=Actor.person(cleo, "chat"))
    later(seconds=2)

    [mine], [theirs] = direct(cleo), direct(bo)
    assert mine.card is not None
    assert "Cleo passed it on" in mine.card["text"]
    assert buttons(mine) == ["Open room"]
    assert buttons(theirs)[0] == "Got it"


def test_nothing_private_is_in_a_message(chat: Connection, ada: User, cleo: User) -> None:
    linked(cleo)
    service = make_service("Keys")
    service.policy = make_policy("Keys", level(cleo))
    service.save()
    incident = make_private_incident("canary title", by=ada, impact="canary impact", services=["keys"], severity=1)
    work_due()

    [message] = direct(cleo)

    assert message.text == f"[SEV1] Private incident #{incident.pk}"
    assert "canary" not in str((message.text, message.card))


def test_an_account_that_was_unlinked_is_not_written_to(chat: Connection, ada: User, cleo: User) -> None:
    identity = linked(cleo)
    reach(cleo, "chat")
    linking.unlink_chat_account(identity=identity, by=Actor.person(cleo, "web"))

    declared(ada, cleo)

    assert direct(cleo) == []
    # It is asked again, as of anybody who was called by name.
    delivery = Delivery.objects.filter(thing_kind="page").earliest("pk")
    assert delivery.dead_at is not None
    assert "not linked to them any more" in delivery.last_error


def test_a_chat_that_is_set_up_anew_reaches_them_again(chat: Connection, ada: User, cleo: User) -> None:
    linked(cleo)
    reach(cleo, "chat")
    Connection.objects.filter(pk=chat.pk).update(is_on=False, removed_at=clock.now())
    anew = make_connection("fakechat")

    declared(ada, cleo)

    [message] = direct(cleo)
    assert message.connection == anew


def test_a_test_message(chat: Connection, cleo: User) -> None:
    linked(cleo)

    contacts.test_method(method=reach(cleo, "chat"), by=Actor.person(cleo, "web"))

    message = FakeMessage.objects.get(address=f"person-{cleo.pk}")
    assert message.text == "Test: pages reach you here"
