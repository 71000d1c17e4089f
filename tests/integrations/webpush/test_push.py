"""Notifications of browsers: sealed as the RFC says, asked for by their person, quiet once somebody has it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from common.errors import Invalid, NotFound, PartnerTrouble
from connections.models import Connection
from integrations.webpush import operations
from integrations.webpush.browsers import browser_name
from integrations.webpush.models import Subscription
from integrations.webpush.pager import PushPager
from integrations.webpush.sealing import Keys, from_text, read_private, seal_for, to_text
from oncall.models import ContactMethod, Page
from oncall.operations import contacts, reaching
from oncall.operations.paging import acknowledge, page_targets
from oncall.ports import Facts
from oncall.targets import of_person
from tests.factories import make_incident
from tests.factories.paging import make_mail, make_page, reach
from tests.fakes.push import FakeBrowser, FakePush, text_of
from tests.oncall.paging_kit import work_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def push(settings: Any) -> Iterator[FakePush]:
    with FakePush() as made:
        settings.OUTBOUND_ALLOW = [f"127.0.0.1:{made.port}"]
        yield made
        assert made.wrong == []


def subscribe(by: Actor, browser: FakeBrowser, name: str = "Firefox on Linux") -> ContactMethod:
    operations.public_key()
    keys = browser.subscription["keys"]
    return operations.add_browser(endpoint=browser.endpoint, public=keys["p256dh"], auth=keys["auth"], name=name, by=by)


def test_a_message_is_sealed_as_the_rfc_has_it() -> None:
    """RFC 8291, appendix A."""
    public = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    keys = Keys(from_text(public), from_text("BTBZMqHH6r4Tts7J_aSIgg"))

    sealed = seal_for(
        keys,
        b"When I grow up, I want to be a watermelon",
        salt=from_text("DGv6ra1nlYgDCS1FRnbzlw"),
        sender=read_private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
    )

    assert to_text(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_page_comes_with_its_facts_and_its_buttons_and_says_quietly_who_has_it(
    push: FakePush, ada: User, cleo: User, bo: User, actor_cleo: Actor
) -> None:
    subscribe(actor_cleo, push.browser())
    by = Actor.person(ada, "web")
    incident = make_incident(by=by, title="Checkout 5xx", severity=1)
    page_targets(subject_kind="incident", subject_id=incident.pk, targets=[of_person(cleo)], by=by)
    work_due()

    [said] = push.said()
    page = Page.objects.get()
    assert said["title"] == f"SEV1 #{incident.pk} Checkout 5xx"
    assert "Nobody leads yet." in said["body"] or "leads." in said["body"]
    assert said["answer"].startswith("http://testserver/a/")
    assert (said["tag"], said.get("silent")) == (f"page-{page.pk}", None)
    headers = push.journal[0].headers
    assert (headers["urgency"], headers["topic"], headers["ttl"]) == ("high", f"page-{page.pk}", "1800")
    acknowledge(page=page, by=Actor.person(bo, "web"))
    work_due()

    later = push.said()[1]
    assert (later["tag"], later["silent"], "answer" in later) == (f"page-{page.pk}", True, False)
    assert later["body"].startswith("Bo has it")


def test_nothing_private_stands_on_a_lock_screen(push: FakePush, cleo: User, actor_cleo: Actor) -> None:
    method = subscribe(actor_cleo, push.browser())
    facts = Facts("Private incident #150", "/incidents/150", "SEV1", lines=("canary",), is_private=True)

    PushPager().send_page(method, make_page(cleo), facts, again=False)

    [said] = push.said()
    assert (said["title"], said["body"]) == ("SEV1 Private incident #150", "")
    assert "canary" not in str(said)


def test_a_title_of_any_length_fits(push: FakePush, cleo: User, actor_cleo: Actor) -> None:
    method = subscribe(actor_cleo, push.browser())
    facts = Facts("😀" * 900, "/incidents/1", "SEV1", lines=tuple("ü" * 900 for _ in range(9)))

    PushPager().send_page(method, make_page(cleo), facts, again=False)

    assert len(push.said()) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_switched_off_and_its_person_told(
    push: FakePush, cleo: User, actor_cleo: Actor, client: Client, status: int
) -> None:
    method = subscribe(actor_cleo, push.browser())
    push.statuses = [status]

    with pytest.raises(PartnerTrouble) as caught:
        PushPager().send_test(method)

    assert caught.value.permanent
    method.refresh_from_db()
    assert not method.is_usable
    client.force_login(cleo, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = client.get("/me/notifications").content.decode()
    assert "takes no notifications any more" in shown
    assert "switched off" in shown


@pytest.mark.parametrize(("status", "permanent"), [(400, True), (403, True), (413, True), (429, False), (503, False)])
def test_what_a_refusal_means(push: FakePush, actor_cleo: Actor, status: int, permanent: bool) -> None:
    method = subscribe(actor_cleo, push.browser())
    push.statuses = [status]

    with pytest.raises(PartnerTrouble) as caught:
        PushPager().send_test(method)

    assert caught.value.permanent == permanent
    method.refresh_from_db()
    assert method.is_usable


def test_a_browser_is_used_at_once_and_has_a_name(push: FakePush, cleo: User, actor_cleo: Actor) -> None:
    make_mail()
    reach(cleo)

    method = subscribe(actor_cleo, push.browser())
    again = subscribe(actor_cleo, push.browser())

    assert method.pk == again.pk
    assert PushPager().shown(method.address) == "Firefox on Linux"
    assert [(rule.method.kind, rule.delay_minutes) for rule in reaching.rules_of(cleo, "high")] == [
        ("email", 0),
        ("push", 0),
    ]


def test_one_browser_pages_one_person(push: FakePush, cleo: User, bo: User, actor_cleo: Actor, actor_bo: Actor) -> None:
    first = subscribe(actor_cleo, push.browser())

    second = subscribe(actor_bo, push.browser())

    first.refresh_from_db()
    assert (first.is_usable, second.is_usable) == (False, True)
    assert "Somebody else uses this browser now." in first.off_reason


def test_our_key_is_made_once_and_kept_encrypted(db: None) -> None:
    made = operations.public_key()

    assert operations.public_key() == made
    assert len(from_text(made)) == 65
    row = Connection.objects.get(kind="webpush")
    assert str(row.secrets["private_key"]) not in row.sealed_secrets


def test_where_a_browser_is_is_kept_encrypted(push: FakePush, actor_cleo: Actor) -> None:
    method = subscribe(actor_cleo, push.browser("very-secret-place"))

    row = Subscription.objects.get()
    assert "very-secret-place" not in f"{row.sealed}{row.address}{method.address}{method.lane.key}"
    assert row.endpoint.endswith("/very-secret-place")


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("", "whole address"),
        ("ftp://push.example/1", "whole address"),
        ("http://169.254.169.254/latest", "into the network"),
        ("http://127.0.0.1/1", "into the network"),
        ("https://user:pass@push.example/1", "name or a password"),
    ],
)
def test_what_is_no_place_of_a_browser_is_refused(actor_cleo: Actor, endpoint: str, words: str) -> None:
    operations.public_key()
    keys = FakeBrowser(endpoint).subscription["keys"]

    with pytest.raises(Invalid, match=words):
        operations.add_browser(endpoint=endpoint, public=keys["p256dh"], auth=keys["auth"], name="", by=actor_cleo)

    assert not Subscription.objects.exists()


@pytest.mark.parametrize("public", ["", "x", "é", text_of(b"\x04" + b"\x01" * 64), text_of(b"\x04" * 65)])
def test_what_is_no_key_is_refused(actor_cleo: Actor, public: str) -> None:
    operations.public_key()

    with pytest.raises(Invalid, match="no keys of a browser"):
        operations.add_browser(
            endpoint="https://push.example/1", public=public, auth=text_of(b"0" * 16), name="", by=actor_cleo
        )


def test_a_name_that_leads_into_the_network_is_not_called(push: FakePush, settings: Any, actor_cleo: Actor) -> None:
    method = subscribe(actor_cleo, push.browser())
    settings.OUTBOUND_ALLOW = []

    with pytest.raises(PartnerTrouble, match="into the network") as caught:
        PushPager().send_test(method)

    assert caught.value.permanent
    assert push.journal == []


# --- The browser's own requests ----------------------------------------------------------------------


@pytest.fixture
def as_cleo(client: Client, cleo: User) -> Client:
    client.force_login(cleo, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, json.dumps(body or {}), content_type="application/json", headers={"User-Agent": _AGENT})


_AGENT = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"


def test_a_browser_is_switched_on_and_off(push: FakePush, as_cleo: Client, cleo: User) -> None:
    browser = push.browser()

    assert len(from_text(post(as_cleo, "/me/push/key").json()["key"])) == 65
    assert post(as_cleo, "/me/push", browser.subscription).status_code == 201
    method = reaching.methods_of(cleo).get()
    page = as_cleo.get("/me/notifications").content.decode()
    assert "Firefox on Android" in page
    assert f'data-known="{method.address} "' in page
    as_cleo.post(f"/me/contact-methods/{method.pk}/test")
    assert push.said()[0]["title"] == "Test: pages reach you here"
    assert post(as_cleo, "/me/push/forget", {"endpoint": browser.endpoint}).status_code == 204

    assert not reaching.methods_of(cleo).exists()
    assert post(as_cleo, "/me/push/forget", {"endpoint": browser.endpoint}).status_code == 404


@pytest.mark.parametrize("body", [[], "x", {"endpoint": 5}, {"endpoint": "https://p.example/1", "keys": []}])
def test_nonsense_of_a_browser_is_refused(as_cleo: Client, body: Any) -> None:
    post(as_cleo, "/me/push/key")

    assert post(as_cleo, "/me/push", body).status_code == 400


def test_without_a_key_there_is_no_browser(as_cleo: Client, push: FakePush) -> None:
    assert post(as_cleo, "/me/push", push.browser().subscription).status_code == 503


def test_the_worker_is_there_for_everybody(client: Client) -> None:
    answer = client.get("/push-worker.js")

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert b"notificationclick" in answer.content


def test_nobody_forgets_another_persons_browser(push: FakePush, actor_cleo: Actor, actor_bo: Actor) -> None:
    subscribe(actor_cleo, push.browser())

    with pytest.raises(NotFound):
        operations.forget_browser(endpoint=push.browser().endpoint, by=actor_bo)
    with pytest.raises(Invalid, match="switch notifications on there"):
        PushPager().check("x")
    with pytest.raises(Invalid, match="not by an address"):
        contacts.add_method(kind="push", address="x", by=actor_bo)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (_AGENT, "Firefox on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/131.0 Safari/537 Edg/131.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("curl/8", "A browser"),
    ],
)
def test_what_a_browser_is_called(agent: str, name: str) -> None:
    assert browser_name(agent) == name
