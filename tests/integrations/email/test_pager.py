"""Paging by mail, against a mail server on loopback: how it reads, what refusals mean, the same id each time."""

from collections.abc import Iterator

import pytest
from django.utils.html import escape

from accounts.actors import Actor
from accounts.models import User
from common.errors import PartnerTrouble
from connections.models import Connection, Delivery
from connections.operations import test_connection as ask_connection
from connections.operations import want
from integrations.email.pager import EmailPager
from integrations.kit.environment import connections_from_environment
from oncall.links import answer_url
from oncall.models import ContactMethod
from oncall.operations import contacts
from oncall.ports import Facts
from tests.factories import make_connection
from tests.factories.paging import make_mail, make_page, reach
from tests.fakes.smtp import Mailbox, mail_server

pytestmark = pytest.mark.django_db

FACTS = Facts(
    title="#142 Checkout 5xx",
    url="/incidents/142",
    severity="SEV1",
    lines=("SEV1 since 03:02", "Nobody leads", "Theory: the deploy & <co>", "Paged because you are on call on Shop."),
)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as made:
        yield made


@pytest.fixture
def mail(box: Mailbox) -> Connection:
    return make_mail(box.url)


@pytest.fixture
def method(mail: Connection, cleo: User) -> ContactMethod:
    return reach(cleo)


def parts(mail: object) -> tuple[str, str]:
    text = mail.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    html = mail.get_body(("html",)).get_content()  # type: ignore[attr-defined]
    return text, html


def test_a_mail_says_everything_in_text_and_in_html(box: Mailbox, method: ContactMethod, cleo: User) -> None:
    page = make_page(cleo)

    handed = EmailPager().send_page(method, page, FACTS, again=False)

    [sent] = box.to("cleo@example.com")
    assert sent["Subject"] == "[SEV1] #142 Checkout 5xx · you are paged"
    assert sent["Message-ID"] == handed.ref
    assert sent["References"] == sent["In-Reply-To"] == "<incident.1@testserver>"
    assert (sent["Importance"], sent["Auto-Submitted"]) == ("high", "auto-generated")
    text, html = parts(sent)
    links = [answer_url(page), "http://testserver/incidents/142", "http://testserver/me/notifications"]
    for fact in [*FACTS.lines, *links]:
        assert fact in text
        assert escape(fact) in html
    assert html.count("border-radius:8px;font-weight:600") == 1
    assert "<img" not in html
    assert "src=" not in html


def test_the_same_send_has_the_same_id_and_a_later_one_another(box: Mailbox, method: ContactMethod, cleo: User) -> None:
    page = make_page(cleo)
    want([method.lane_id], thing_kind="page", thing_id=page.pk)
    pager = EmailPager()

    first = pager.send_page(method, page, FACTS, again=False).ref
    again = pager.send_page(method, page, FACTS, again=True).ref
    want([method.lane_id], thing_kind="page", thing_id=page.pk)
    later = pager.send_page(method, page, FACTS, again=False).ref

    assert first == again != later
    assert Delivery.objects.count() == 1
    assert [mail["References"] for mail in box.to("cleo@example.com")] == ["<incident.1@testserver>"] * 3


def test_nothing_private_is_in_a_mail(box: Mailbox, method: ContactMethod, cleo: User) -> None:
    facts = Facts("Private incident #150", "/incidents/150", "SEV1", lines=("canary theory",), is_private=True)
    page = make_page(cleo)

    EmailPager().send_page(method, page, facts, again=False)

    [sent] = box.to("cleo@example.com")
    assert sent["Subject"] == "[SEV1] Private incident #150 · you are paged"
    assert "canary" not in sent.as_string()


@pytest.mark.parametrize("title", ["a\r\nBcc: dan@example.com", "a\nX: y", "a\x00b\u2028c", "ä" * 400, "😀" * 9])
def test_a_title_breaks_no_header(box: Mailbox, method: ContactMethod, cleo: User, title: str) -> None:
    EmailPager().send_page(method, make_page(cleo), Facts(title, "/incidents/1", "SEV2"), again=False)

    [(recipient, sent)] = box.mails
    assert recipient == "cleo@example.com"
    assert sent["Bcc"] is None
    assert sent["X"] is None
    assert len(sent["Subject"]) < 150


@pytest.mark.parametrize(("code", "permanent"), [(550, True), (553, True), (450, False), (421, False)])
def test_what_a_refused_address_means(
    box: Mailbox, method: ContactMethod, cleo: User, code: int, permanent: bool
) -> None:
    box.refuse["cleo@example.com"] = (code, "<cleo@example.com> is not here")

    with pytest.raises(PartnerTrouble) as caught:
        EmailPager().send_page(method, make_page(cleo), FACTS, again=False)

    assert (caught.value.permanent, caught.value.unclear) == (permanent, False)
    assert str(code) in caught.value.message
    assert "cleo@" not in caught.value.message


def test_a_mail_refused_as_a_whole(box: Mailbox, method: ContactMethod, cleo: User) -> None:
    box.data_code = (451, "try again later")

    with pytest.raises(PartnerTrouble, match="451 try again later") as caught:
        EmailPager().send_page(method, make_page(cleo), FACTS, again=False)

    assert not caught.value.permanent


def test_a_line_that_breaks_while_a_mail_goes_leaves_it_unclear(
    box: Mailbox, method: ContactMethod, cleo: User
) -> None:
    box.hangs_up = True

    with pytest.raises(PartnerTrouble) as caught:
        EmailPager().send_page(method, make_page(cleo), FACTS, again=False)

    assert caught.value.unclear
    assert len(box.mails) == 1


def test_no_mail_server_is_said_on_the_connection_until_it_is_back(
    box: Mailbox, mail: Connection, method: ContactMethod, cleo: User
) -> None:
    mail.put_secrets({"url": "smtp://127.0.0.1:1"})
    mail.save()
    page = make_page(cleo)

    with pytest.raises(PartnerTrouble, match="can't be reached") as caught:
        EmailPager().send_page(method, page, FACTS, again=False)

    assert (caught.value.permanent, caught.value.unclear) == (False, False)
    mail.refresh_from_db()
    assert "can't be reached" in mail.trouble
    mail.put_secrets({"url": box.url})
    mail.save()
    EmailPager().send_page(method, page, FACTS, again=True)
    mail.refresh_from_db()
    assert mail.trouble == ""


def test_a_code_and_a_test_go_by_mail(box: Mailbox, mail: Connection, cleo: User) -> None:
    by = Actor.person(cleo, "web")
    added = contacts.add_method(kind="email", address=" Cleo.Home@Example.org ", by=by)

    contacts.send_code(method=added, by=by)
    [sent] = box.to("cleo.home@example.org")
    code = sent["Subject"].split()[0]
    contacts.verify_method(method=added, code=code, by=by)
    contacts.test_method(method=added, by=by)

    assert code in parts(sent)[0]
    assert code in parts(sent)[1]
    test = box.to("cleo.home@example.org")[1]
    assert "Nothing is broken" in parts(test)[0]
    assert "Nothing is broken" in parts(test)[1]


def test_the_test_button_asks_the_server(box: Mailbox, mail: Connection) -> None:
    assert ask_connection(mail)[0]
    box.greeting = "554 not today"

    works, words = ask_connection(mail)

    assert not works
    assert "can't be reached" in words
    assert box.mails == []


def test_the_environment_makes_the_connection_and_takes_it_away(settings: object) -> None:
    settings.EMAIL_URL = "smtp+tls://user:secret@mail.example.com:587"  # type: ignore[attr-defined]
    connections_from_environment()

    row = Connection.objects.get(kind="email")
    assert EmailPager().connection_of("ada@example.com") == row
    assert "secret" not in row.sealed_secrets
    settings.EMAIL_URL = ""  # type: ignore[attr-defined]
    connections_from_environment()
    assert EmailPager().connection_of("ada@example.com") is None


def test_an_address_that_a_person_enters_for_the_server_is_not_used() -> None:
    make_connection("email", secrets={"url": "smtp://169.254.169.254:80"})

    assert EmailPager().connection_of("ada@example.com") is None
