"""The story of one page: Cleo is paged by all her ways in order, answers at the third, and nothing more goes out.

A real mail server, a real browser that may show notifications, a Twilio and a push service with journals.
"""

import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import PHONE, Crowd
from tests.browser.product import Product, seeded
from tests.browser.test_answer import _PAGED
from tests.browser.watching import Watch
from tests.fakes.push import FakePush
from tests.fakes.smtp import Mailbox, mail_server
from tests.fakes.twilio import ACCOUNT, NUMBER, TOKEN, FakeTwilio
from tests.processes.waiting import wait_until

_CLEO, _HERS = "cleo@example.com", "+491700000003"
_PATIENCE = 40.0
#: the push service that a browser would ask stands in the internet: here it answers at once
_SUBSCRIBED = """(said) => {
  PushManager.prototype.subscribe = async () => ({ ...said, toJSON: () => said });
  PushManager.prototype.getSubscription = async () => null;
}"""


@dataclass
class World:
    """Everything outside, and the product in the middle."""

    product: Product
    mail: Mailbox
    twilio: FakeTwilio
    push: FakePush

    def sent(self) -> dict[str, int]:
        """What was handed to each provider of Cleo's page. A quiet line that takes a notification back is none."""
        return {
            "push": len([each for each in self.push.said("cleo") if "answer" in each]),
            "sms": len([text for text in self.twilio.texts(_HERS) if "/a/" in text]),
            "mail": len([mail for mail in self.mail.to(_CLEO) if "you are paged" in mail["Subject"]]),
            "voice": len([call for call in self.twilio.taken("Calls") if "<Gather" in call.one("Twiml")]),
        }

    def wind(self, minutes: int) -> None:
        """So many minutes go by for her rules."""
        with self.product.database() as database:
            database.execute(
                "UPDATE oncall_page SET began_at = strftime('%Y-%m-%d %H:%M:%f', began_at, ?),"
                " due_at = CASE WHEN due_at IS NULL THEN NULL ELSE strftime('%Y-%m-%d %H:%M:%f', due_at, ?) END",
                (f"-{minutes} minutes", f"-{minutes} minutes"),
            )

    def wait(self, **wanted: int) -> None:
        """Wait until exactly this has gone out."""
        full = {"push": 0, "sms": 0, "mail": 0, "voice": 0} | wanted
        wait_until(lambda: self.sent() == full, _PATIENCE, f"{full}, not {self.sent()}")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[World]:
    with mail_server() as mail, FakeTwilio() as twilio, FakePush() as push:
        made = seeded(
            tmp_path_factory.mktemp("warroom-paged"),
            EMAIL_URL=mail.url,
            TWILIO_ACCOUNT_SID=ACCOUNT,
            TWILIO_AUTH_TOKEN=TOKEN,
            TWILIO_FROM=NUMBER,
            TWILIO_API_URL=twilio.url,
            WARROOM_OUTBOUND_ALLOW=f"127.0.0.1:{push.port}",
        )
        yield World(made, mail, twilio, push)
        made.stop()
        assert push.wrong == []


@pytest.fixture
def cleo(world: World, chromium: Browser, watch: Watch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    crowd = Crowd(chromium, world.product, watch, tmp_path_factory.getbasetemp())
    yield crowd
    crowd.close()
    assert watch.take() == []
    assert world.product.faults() == ""


def test_all_ways_in_order_and_nothing_after_the_answer(world: World, cleo: Crowd) -> None:
    context = cleo.context("cleo")
    context.grant_permissions(["notifications"], origin=world.product.url)
    page = context.new_page()
    _she_adds_her_ways(world, page)
    assert _rules(page) == ["0 min Browser notification", "2 min Text message", "3 min E-mail", "5 min Phone call"]

    link = world.product.manage("shell", "--no-imports", "-c", _PAGED).strip().splitlines()[-1]

    world.wait(push=1)
    expect(page.get_by_role("alert").filter(has_text="You are paged: SEV1 #")).to_be_visible(timeout=20_000)
    world.wind(2)
    world.wait(push=1, sms=1)
    _twilio_says_delivered(world)
    world.wind(1)
    world.wait(push=1, sms=1, mail=1)
    told = next(mail for mail in world.mail.to(_CLEO) if "you are paged" in mail["Subject"])
    assert link in told.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert link in world.twilio.texts(_HERS)[-1]

    phone = cleo.page("", viewport=PHONE, has_touch=True, is_mobile=True)
    phone.goto(link)
    assert world.sent() == {"push": 1, "sms": 1, "mail": 1, "voice": 0}
    phone.get_by_role("button", name="I've got it").tap()
    expect(phone.get_by_role("status")).to_contain_text("You have it, since")
    world.wind(10)

    wait_until(lambda: world.push.said("cleo")[-1].get("silent") is True, _PATIENCE, "the quiet line")
    phone.wait_for_timeout(3_000)
    assert world.sent() == {"push": 1, "sms": 1, "mail": 1, "voice": 0}
    assert "Cleo has it" in world.push.said("cleo")[-1]["body"]
    page.goto("/inbox")
    row = page.locator("[data-row]").first
    for channel, became in (("Browser notification", "taken back"), ("Text message", "delivered"), ("E-mail", "sent")):
        expect(row.locator(".sends li").filter(has_text=channel)).to_contain_text(became)
    expect(row).not_to_contain_text("Phone call")


def _she_adds_her_ways(world: World, page: Page) -> None:
    """A browser by its button, a number for texts and for calls by its code; mail is there already."""
    browser = world.push.browser("cleo")
    page.add_init_script(f"({_SUBSCRIBED})({json.dumps(browser.subscription)})")
    page.goto("/me/notifications")
    page.get_by_role("button", name="Page me by this browser").click()
    expect(page.get_by_role("button", name=re.compile("Send a test to (Headless)?Chrome"))).to_be_visible()
    for kind in ("sms", "voice"):
        page.get_by_label("By what?").select_option(kind)
        page.get_by_role("textbox", name="Address").fill("+49 170 0000003")
        page.get_by_role("button", name="Send a code").first.click()
        expect(page.get_by_text("A code is on its way.")).to_be_visible()
        if kind == "sms":
            code = world.twilio.texts(_HERS)[-1][:6]
        else:
            said = world.twilio.taken("Calls")[-1].one("Twiml")
            code = "".join(re.findall(r"\d", said.partition("is:")[2].partition(".")[0]))
        page.get_by_label("Code that was sent there").fill(code)
        page.get_by_role("button", name="Verify").click()
        expect(page.get_by_text("Verified: pages may go there")).to_be_visible()
    with world.product.database() as database:
        database.execute(
            "UPDATE oncall_notificationrule SET delay_minutes = 3 WHERE urgency = 'high' AND method_id IN"
            " (SELECT id FROM oncall_contactmethod WHERE kind = 'email')"
        )
    page.reload()


def _rules(page: Page) -> list[str]:
    """The line of high urgency, without the addresses."""
    steps = page.locator(".rule-line").first.locator(".rule-line__step").all()
    said = [(step.locator(".rule-line__when"), step.locator(".rule-line__what")) for step in steps]
    labels = "Browser notification|Text message|E-mail|Phone call"
    return [f"{when.inner_text()} {re.findall(labels, what.inner_text())[0]}" for when, what in said]


def _twilio_says_delivered(world: World) -> None:
    entry = [each for each in world.twilio.taken("Messages") if "/a/" in each.one("Body")][-1]
    for word in ("delivered", "sent", "delivered"):
        url, body, headers = world.twilio.status_of(entry, word)
        asked = urllib.request.Request(url, body, headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            assert answer.status == 200
