"""The pages of how I am reached, and of what I was paged by."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from connections.models import Connection
from oncall.models import Page, Urgency
from oncall.operations import reaching
from oncall.operations.paging import acknowledge, page_targets
from oncall.targets import of_person
from tests.factories import layer, make_incident, make_schedule, make_service
from tests.factories.escalation import level, make_policy
from tests.factories.paging import make_mail, reach
from tests.oncall.paging_kit import work_due

pytestmark = pytest.mark.django_db
HOME = "/me/notifications"


@pytest.fixture(autouse=True)
def mailing(db: None) -> Connection:
    return make_mail()


@pytest.fixture
def as_cleo(client: Client, cleo: User) -> Client:
    client.force_login(cleo, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_rules_are_drawn_as_a_line(as_cleo: Client, cleo: User) -> None:
    reach(cleo)

    shown = words(as_cleo.get(HOME))

    assert "High urgency 0 min E-mail" in shown
    assert "Low urgency 0 min E-mail" in shown
    assert "cleo@example.com E-mail" in shown


def test_who_can_not_be_reached_is_told(as_cleo: Client) -> None:
    shown = words(as_cleo.get(HOME))

    assert "Nobody can page you." in shown
    assert "Add a rule" not in shown


def test_an_address_its_code_a_test_and_a_rule(as_cleo: Client, cleo: User) -> None:
    added = words(as_cleo.post("/me/contact-methods", {"kind": "email", "address": "home@example.org"}, follow=True))
    code = re.findall(r"\d{6}", mail.outbox[-1].subject)[0]
    method = reaching.methods_of(cleo).get()
    place = f"/me/contact-methods/{method.pk}"
    wrong = as_cleo.post(f"{place}/verify", {"code": "x"})
    done = words(as_cleo.post(f"{place}/verify", {"code": code}, follow=True))
    tested = words(as_cleo.post(f"{place}/test", follow=True))
    as_cleo.post("/me/notification-rules", {"urgency": "high", "method": method.pk, "minutes": 7})

    assert "A code is on its way." in added
    assert "not verified" in added
    assert wrong.status_code == 400
    assert "That is not the code. 9 tries are left." in words(wrong)
    assert "Verified: pages may go there" in done
    assert "Did it arrive?" in tested
    assert "7 min E-mail" in words(as_cleo.get(HOME))
    rule = reaching.rules_of(cleo, Urgency.HIGH).last()
    assert rule is not None
    assert "7 min E-mail" not in words(as_cleo.post(f"/me/notification-rules/{rule.pk}/remove", follow=True))


def test_mail_that_does_not_go_out_is_said_and_the_address_stays(as_cleo: Client, mailing: Connection) -> None:
    mailing.put_secrets({"url": "smtp://127.0.0.1:1"})
    mailing.save()

    shown = words(as_cleo.post("/me/contact-methods", {"kind": "email", "address": "home@example.org"}, follow=True))

    assert "The mail server can&#x27;t be reached" in shown
    assert "Send a new code" in shown


@pytest.mark.parametrize("address", ["", "nonsense", "a@b\r\nc"])
def test_a_wrong_address_is_said_at_its_field(as_cleo: Client, address: str) -> None:
    answer = as_cleo.post("/me/contact-methods", {"kind": "email", "address": address})

    assert answer.status_code == 400
    assert 'id="address_address_error"' in answer.content.decode()
    assert mail.outbox == []


def test_removing_warns_first(as_cleo: Client, cleo: User) -> None:
    place = f"/me/contact-methods/{reach(cleo).pk}/remove"

    asked = words(as_cleo.get(place))
    assert "Nothing reaches you without it" in asked
    assert reaching.usable_methods(cleo).exists()
    done = words(as_cleo.post(place, follow=True))

    assert "Removed. Nothing reaches you without it" in done
    assert not reaching.usable_methods(cleo).exists()


def test_who_is_on_call_is_not_let_go_dark(as_cleo: Client, cleo: User) -> None:
    make_schedule("Shop primary", layer([cleo]))

    answer = as_cleo.post(f"/me/contact-methods/{reach(cleo).pk}/remove")

    assert answer.status_code == 409
    assert "You are on call now (Shop primary)" in words(answer)
    assert reaching.usable_methods(cleo).exists()


def paged(ada: User, *people: User) -> Page:
    service = make_service("Checkout")
    service.policy = make_policy("Checkout", level(*people))
    service.save()
    make_incident("Checkout 5xx", by=ada, services=["checkout"], severity=1)
    work_due()
    return Page.objects.get(user=people[0])


def test_the_inbox_shows_each_page_and_what_became_of_it(as_cleo: Client, ada: User, cleo: User) -> None:
    page = paged(ada, cleo)

    shown = words(as_cleo.get("/inbox"))
    assert "1 page waits for your answer." in shown
    assert "Checkout 5xx" in shown
    assert re.search(r"E-mail sent [\d:]+.*handed over", shown)
    done = words(as_cleo.post(f"/inbox/{page.pk}", {"do": "ack"}, follow=True))

    assert "You have it. Nobody else is asked." in done
    assert "No page waits for your answer." in done
    page.refresh_from_db()
    assert (page.status, page.answered_from) == (Page.ACKED, "web")


def test_a_mail_that_was_refused_is_shown_with_the_reason(
    as_cleo: Client, ada: User, cleo: User, mailing: Connection
) -> None:
    mailing.put_secrets({"url": "smtp://127.0.0.1:1"})
    mailing.save()
    paged(ada, cleo)

    shown = words(as_cleo.get("/inbox"))

    assert "The mail server can&#x27;t be reached" in shown
    assert re.search(r"E-mail queued [\d:]+.*refused", shown)


def test_another_persons_page_is_not_mine_to_answer(as_cleo: Client, ada: User, bo: User) -> None:
    page = paged(ada, bo)

    assert as_cleo.post(f"/inbox/{page.pk}", {"do": "ack"}).status_code == 404
    assert "Checkout 5xx" not in words(as_cleo.get("/inbox"))


def test_an_empty_inbox_says_so(as_cleo: Client) -> None:
    assert "You were never paged." in words(as_cleo.get("/inbox"))


def test_open_pages_of_a_browser_are_told_what_waits(as_cleo: Client, cleo: User, ada: User, bo: User) -> None:
    by = Actor.person(ada, "web")
    hidden = make_incident(by=by, title="canary", severity=1, is_private=True)
    shown = make_incident(by=by, title="Checkout 5xx", severity=2)
    for incident, person in ((hidden, cleo), (shown, cleo), (shown, bo)):
        page_targets(subject_kind="incident", subject_id=incident.pk, targets=[of_person(person)], by=by)

    told = as_cleo.get("/inbox/waiting").json()["pages"]

    assert [each["title"] for each in told] == [
        f"SEV1 Private incident #{hidden.pk}",
        f"SEV2 #{shown.pk} Checkout 5xx",
    ]
    acknowledge(page=Page.objects.get(pk=told[0]["id"]), by=Actor.person(cleo, "web"))
    assert [each["id"] for each in as_cleo.get("/inbox/waiting").json()["pages"]] == [told[1]["id"]]
