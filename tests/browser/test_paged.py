"""Being paged while a page of ours is open, and while none is: the strip, the sound, the notification, the worker."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import PHONE, Crowd
from tests.browser.product import Product
from tests.browser.test_answer import _PAGED, state
from tests.browser.test_axe import serious
from tests.browser.watching import Watch

#: what a page would have heard and shown, kept where a test can read it
_EARS = """() => {
  window.heard = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) { window.heard.push("tone"); return start.apply(this, at); };
  const Real = window.Notification;
  window.Notification = class extends Real {
    constructor(title, more) { super(title, more); window.heard.push(`${title} (${more.tag})`); }
  };
  document.hasFocus = () => false;
}"""


@pytest.fixture
def context(crowd: Crowd, product: Product) -> Iterator[BrowserContext]:
    made = crowd.context("cleo")
    made.grant_permissions(["notifications"], origin=product.url)
    made.add_init_script(f"({_EARS})()")
    yield made
    with product.database() as database:
        database.execute("UPDATE oncall_page SET status = 'unanswered', due_at = NULL")


def paged(product: Product) -> str:
    """Cleo is paged; returns the link that answers."""
    return product.manage("shell", "--no-imports", "-c", _PAGED).strip().splitlines()[-1]


def strip(page: Page) -> Any:
    return page.get_by_role("alert").filter(has_text="You are paged")


def test_an_open_page_says_rings_and_notifies_once(context: BrowserContext, product: Product, watch: Watch) -> None:
    page = context.new_page()
    page.goto("/commands")
    page.get_by_role("heading", level=1).click()

    paged(product)

    expect(strip(page)).to_contain_text("You are paged: SEV1 #", timeout=20_000)
    expect(strip(page)).to_contain_text("Cards are refused")
    expect(strip(page)).not_to_contain_text("no sound")
    page.wait_for_function("window.heard.filter((each) => each === 'tone').length === 6")
    heard = page.evaluate("window.heard")
    assert [each for each in heard if each != "tone" and "Cards are refused (page-" in each]
    with page.expect_response("**/inbox/waiting"):
        page.evaluate("document.dispatchEvent(new Event('warroom:news'))")
    assert page.evaluate("window.heard") == heard
    assert serious(page) == []

    other = context.new_page()
    other.goto("/commands")
    expect(strip(other)).to_be_visible()
    assert other.evaluate("window.heard") == []
    other.get_by_role("link", name="Answer").click()
    other.get_by_role("button", name="I've got it").first.click()
    expect(other.get_by_text("You have it. Nobody else is asked.")).to_be_visible()
    expect(strip(page)).to_have_count(0, timeout=20_000)


def test_a_muted_browser_only_says_it_and_an_untouched_tab_says_why_it_is_silent(
    context: BrowserContext, product: Product, watch: Watch
) -> None:
    page = context.new_page()
    page.goto("/commands")
    paged(product)
    expect(strip(page)).to_contain_text("There was no sound: this tab was not clicked yet.", timeout=20_000)
    assert "tone" not in page.evaluate("window.heard")

    page.get_by_role("button", name="Play no sound when I am paged").click()
    expect(page.get_by_role("button", name="Play a sound when I am paged")).to_be_visible()
    page.evaluate("window.heard.length = 0")
    paged(product)

    expect(strip(page)).to_contain_text("and 1 more", timeout=20_000)
    assert "tone" not in page.evaluate("window.heard")


def test_what_is_pushed_is_shown_and_its_button_takes_the_page(
    context: BrowserContext, product: Product, watch: Watch
) -> None:
    page = context.new_page()
    page.goto("/me/notifications")
    expect(page.get_by_text("Pages do not come to this browser.")).to_be_visible()
    link = paged(product)
    page.evaluate(
        "navigator.serviceWorker.register('/push-worker.js', {scope: '/'}).then(() => navigator.serviceWorker.ready)"
    )
    said = {"title": "SEV1 #9 Cards", "body": "Since 03:02", "tag": "page-9", "url": link, "answer": link}

    _push(context, page, product, json.dumps(said))

    shown = page.evaluate_handle(
        """async () => { const registered = await navigator.serviceWorker.ready;
           for (let turn = 0; turn < 50; turn += 1) {
             const [found] = await registered.getNotifications();
             if (found) return found;
             await new Promise((done) => setTimeout(done, 100)); } }"""
    )
    assert shown.evaluate("each => [each.title, each.body, each.tag]") == ["SEV1 #9 Cards", "Since 03:02", "page-9"]
    assert shown.evaluate("each => each.actions.map((one) => one.title)") == ["Got it", "Open"]
    worker = context.service_workers[0]
    worker.evaluate(
        """async () => { const [found] = await self.registration.getNotifications();
           await acknowledge(found.data); }"""
    )

    assert state(product)[0] == "acked"
    told = page.evaluate(
        "async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((one) => one.body)"
    )
    assert told == ["You have it. Nobody else is asked."]


def _push(context: BrowserContext, page: Page, product: Product, data: str) -> None:
    """As the browser's push service would."""
    session = context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    session.send("ServiceWorker.deliverPushMessage", {"origin": product.url, "registrationId": found[-1], "data": data})


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["wide", "phone"])
def test_the_page_of_how_i_am_reached_fits(crowd: Crowd, watch: Watch, viewport: Any) -> None:
    page = crowd.page("cleo", **({"viewport": viewport} if viewport else {}))
    page.goto("/me/notifications")

    expect(page.get_by_role("heading", name="This browser")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    assert serious(page) == []
