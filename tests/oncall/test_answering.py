"""The page behind a link: answers one page without signing in, and changes nothing when it is opened."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from common import clock
from incidents.models import Incident, Status
from incidents.operations.lifecycle import resolve_incident
from oncall.links import answer_url, token_of
from oncall.models import Page
from oncall.operations.paging import acknowledge
from tests.factories import make_incident, make_private_incident, make_service
from tests.factories.escalation import level, make_policy
from tests.factories.paging import make_mail
from tests.fakes.smtp import Mailbox, mail_server
from tests.oncall.paging_kit import later, work_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as made:
        make_mail(made.url)
        yield made


@pytest.fixture
def incident(box: Mailbox, ada: User, bo: User, cleo: User) -> Incident:
    """Cleo was paged by mail; Bo is next in five minutes."""
    service = make_service("Checkout")
    service.policy = make_policy("Checkout", level(cleo), level(bo))
    service.save()
    made = make_incident("Checkout 5xx", by=ada, services=["checkout"], severity=1)
    work_due()
    return made


@pytest.fixture
def page(incident: Incident, cleo: User) -> Page:
    return Page.objects.get(user=cleo)


def link_in(box: Mailbox, address: str = "cleo@example.com") -> str:
    text = box.to(address)[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    found = re.search(r"http://testserver(/a/\S+)", text)
    assert found
    return found.group(1)


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def state(page: Page) -> list[Any]:
    page.refresh_from_db()
    run = page.run
    assert run is not None
    run.refresh_from_db()
    return [
        page.status,
        page.seen_at,
        page.due_at,
        page.answered_at,
        page.snoozed_at,
        run.due_at,
        run.acked_at,
        run.step,
    ]


def test_paged_by_mail_and_answered_by_its_link(
    box: Mailbox, incident: Incident, page: Page, client: Client, bo: User
) -> None:
    [mail] = box.to("cleo@example.com")
    assert mail["Subject"] == f"[SEV1] #{incident.pk} Checkout 5xx · you are paged"
    link = link_in(box)

    shown = words(client.get(link))
    done = client.post(link, {"do": "ack"}, follow=True)
    later(minutes=20)

    assert "I've got it" in shown
    assert "Nobody leads yet." in shown
    assert "You have it" in words(done)
    assert done.redirect_chain == [(link, 303)]
    page.refresh_from_db()
    incident.refresh_from_db()
    assert (page.status, page.answered_by, page.answered_from) == (Page.ACKED, page.user, "link")
    assert incident.status == Status.INVESTIGATING
    assert len(box.mails) == 1


@pytest.mark.parametrize("method", ["get", "head", "options", "put"])
def test_opening_changes_nothing(box: Mailbox, page: Page, client: Client, method: str) -> None:
    before = state(page)

    for _ in range(3):
        getattr(client, method)(link_in(box), HTTP_USER_AGENT="a robot that reads mails")
        getattr(client, method)(link_in(box) + "?do=ack")

    assert state(page) == before


def test_the_first_touch_says_seen_and_answers_nothing(box: Mailbox, page: Page, client: Client) -> None:
    answer = client.post(link_in(box), {"do": "seen"})

    assert answer.status_code == 204
    page.refresh_from_db()
    assert page.seen_at is not None
    assert (page.status, page.answered_at) == (Page.OPEN, None)


@pytest.mark.parametrize("body", [{}, {"do": ""}, {"do": "resolve"}, {"do": "ack\x00"}])
def test_only_its_buttons_answer(box: Mailbox, page: Page, client: Client, body: dict[str, str]) -> None:
    before = state(page)

    answer = client.post(link_in(box), body)

    assert answer.status_code == 400
    assert "Choose one of the buttons." in words(answer)
    assert state(page) == before


def test_five_more_minutes_once(box: Mailbox, page: Page, client: Client) -> None:
    link = link_in(box)
    assert "5 more minutes" in words(client.get(link))

    put_off = words(client.post(link, {"do": "snooze"}, follow=True))
    twice = client.post(link, {"do": "snooze"})

    assert "you are paged again at" in put_off
    assert "5 more minutes" not in put_off
    assert twice.status_code == 409
    assert "put off once already" in words(twice)
    page.refresh_from_db()
    assert page.snoozed_at is not None
    later(minutes=5, seconds=5)
    assert len(box.to("cleo@example.com")) == 2


def test_passed_on_the_next_is_asked_at_once(box: Mailbox, page: Page, client: Client) -> None:
    link = link_in(box)

    done = words(client.post(link, {"do": "pass"}, follow=True))
    work_due()

    assert "You passed it on" in done
    assert "Not me, pass on" not in done
    assert "I've got it" in done
    assert len(box.to("bo@example.com")) == 1


def test_somebody_else_has_it(box: Mailbox, page: Page, client: Client, bo: User) -> None:
    acknowledge(page=page, by=Actor.person(bo, "web"))

    shown = words(client.get(link_in(box)))

    assert "Bo has it" in shown
    assert "I've got it" not in shown
    assert "Bo has it" in words(client.post(link_in(box), {"do": "ack"}, follow=True))


def test_a_second_ack_of_ones_own_changes_nothing(box: Mailbox, page: Page, client: Client) -> None:
    client.post(link_in(box), {"do": "ack"})
    before = state(page)

    again = client.post(link_in(box), {"do": "ack"}, follow=True)

    assert "You have it" in words(again)
    assert state(page) == before


def test_what_is_over_asks_for_nothing(box: Mailbox, page: Page, incident: Incident, client: Client) -> None:
    resolve_incident(number=incident.pk, by=SYSTEM)

    shown = words(client.get(link_in(box)))

    assert "I've got it" not in shown
    assert "It is over" in shown or "Nobody waits for this answer" in shown


def test_a_link_lasts_thirty_minutes_from_its_last_send(box: Mailbox, page: Page, client: Client) -> None:
    link = link_in(box)
    clock.shift(timedelta(minutes=29))
    assert client.get(link).status_code == 200
    clock.shift(timedelta(minutes=2))
    before = state(page)

    shown, posted = client.get(link), client.post(link, {"do": "ack"})

    assert (shown.status_code, posted.status_code) == (410, 410)
    assert "Sign in" in words(shown)
    assert "Checkout" not in words(shown)
    assert state(page) == before
    page.refresh_from_db()
    client.force_login(page.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(link, {"do": "ack"}).status_code == 410


def test_each_send_carries_the_same_link_and_only_a_digest_is_kept(box: Mailbox, page: Page, cleo: User) -> None:
    token = link_in(box).removeprefix("/a/")

    assert answer_url(page) == f"http://testserver/a/{token}"
    assert len(token) == 22
    row = Page.objects.filter(pk=page.pk).values()[0]
    assert token not in str(row)
    other = Page(pk=page.pk + 1, created_at=page.created_at)
    assert token_of(other) != token


def test_who_left_answers_nothing(box: Mailbox, page: Page, client: Client) -> None:
    User.objects.filter(pk=page.user_id).update(is_active=False)
    before = state(page)

    assert client.post(link_in(box), {"do": "ack"}).status_code == 404
    assert state(page) == before


@pytest.mark.parametrize("token", ["x", "A" * 22, "ä", "A" * 3000, "%00", "..%2f..%2fme", "0"])
def test_a_link_that_is_not_known(db: None, client: Client, token: str) -> None:
    answer = client.get(f"/a/{token}")

    assert answer.status_code in (302, 404)
    assert client.post(f"/a/{token}", {"do": "ack"}).status_code in (302, 404)


def test_guessing_is_stopped_after_ten_tries_a_minute(box: Mailbox, page: Page, client: Client) -> None:
    link = link_in(box)
    for number in range(10):
        assert client.post(f"/a/guess-{number}", {"do": "ack"}).status_code == 404

    stopped = client.post("/a/guess-10", {"do": "ack"})

    assert stopped.status_code == 429
    assert "Wait a minute" in words(stopped)
    # Somebody else behind the same address has a good link: it works.
    assert client.get(link).status_code == 200
    page.refresh_from_db()
    assert page.status == Page.OPEN


def test_nothing_private_is_shown_without_signing_in(box: Mailbox, ada: User, cleo: User, client: Client) -> None:
    service = make_service("Keys")
    service.policy = make_policy("Keys", level(cleo))
    service.save()
    canary = {"impact": "canary impact", "summary": "canary summary", "services": ["keys"], "severity": 1}
    incident = make_private_incident("canary title", by=ada, **canary)
    work_due()

    shown = words(client.get(link_in(box)))

    assert f"Private incident #{incident.pk}" in shown
    assert "sign in to read more" in shown
    assert "canary" not in shown
    assert "canary" not in box.mails[-1][1].as_string()


def test_it_is_small_and_asks_nobody_else(box: Mailbox, page: Page, client: Client) -> None:
    answer = client.get(link_in(box))
    html = answer.content.decode()

    files = re.findall(r'(?:src|href)="/static/([^"]+)"', html)
    size = len(html) + sum(len((Path(settings.ROOT) / "static" / name).read_bytes()) for name in files)
    assert len(files) == 4
    assert size < 50_000
    assert re.findall(r'(?:src|href|action)="(?!/)([^"]+)"', html) == [f"http://testserver/incidents/{page.subject_id}"]
    assert '<meta name="referrer" content="no-referrer">' in html
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(("at", "theme"), [(3, "night"), (23, "night"), (12, "system")])
def test_at_night_it_is_dark(box: Mailbox, page: Page, client: Client, at: int, theme: str) -> None:
    User.objects.filter(pk=page.user_id).update(time_zone="Pacific/Auckland")
    now = clock.now().astimezone(ZoneInfo("Pacific/Auckland"))
    earlier = now.replace(hour=at, minute=30) - timedelta(days=1)

    with clock.standing_still(earlier):
        html = client.get(link_in(box)).content.decode()

    assert f'data-theme="{theme}"' in html
