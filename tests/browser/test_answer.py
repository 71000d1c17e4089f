"""The page behind a link, in a real browser of nobody: robots change nothing, only the button answers."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import PHONE, Crowd
from tests.browser.product import Product
from tests.browser.test_axe import serious
from tests.browser.watching import Watch

_PAGED = """
from accounts.actors import Actor
from accounts.models import User
from incidents.operations.declare import declare_incident
from oncall.links import answer_url
from oncall.models import Page
from oncall.operations.paging import page_targets
from oncall.targets import of_person
ada, cleo = (User.objects.get(email=f"{name}@example.com") for name in ("ada", "cleo"))
by = Actor.person(ada, "web")
made = declare_incident(by=by, title="Cards are refused", severity=1)
page_targets(subject_kind="incident", subject_id=made.pk, targets=[of_person(cleo)], by=by)
print(answer_url(Page.objects.latest("pk")))
"""
_STATE = "SELECT status, seen_at IS NOT NULL, answered_from FROM oncall_page ORDER BY id DESC LIMIT 1"
#: what a scanner that runs scripts could do: events that no person made
_ROBOT = """() => {
  for (const kind of ["pointerdown", "mousedown", "touchstart", "keydown", "focus"]) {
    document.querySelector("h1").dispatchEvent(new Event(kind, { bubbles: true }));
  }
}"""


@pytest.fixture
def link(product: Product) -> str:
    return product.manage("shell", "--no-imports", "-c", _PAGED).strip().splitlines()[-1]


@pytest.fixture
def phone(crowd: Crowd) -> Page:
    return crowd.page("", viewport=PHONE, has_touch=True, is_mobile=True)


def state(product: Product) -> tuple[str, bool, str]:
    with product.database() as database:
        status, seen, surface = database.execute(_STATE).fetchone()
    return status, bool(seen), surface


def test_from_the_link_to_the_answer(phone: Page, product: Product, watch: Watch, link: str) -> None:
    phone.goto(link)
    phone.evaluate(_ROBOT)
    phone.goto(link)
    expect(phone.get_by_role("heading", name="Cards are refused")).to_be_visible()
    expect(phone.get_by_text(re.compile(r"Others are asked in \d:\d\d"))).to_be_visible()
    assert state(product) == ("open", False, "")

    with phone.expect_response(lambda answer: answer.request.method == "POST") as told:
        phone.get_by_role("heading").tap()
    assert told.value.status == 204
    assert state(product) == ("open", True, "")

    phone.get_by_role("button", name="I've got it").tap()
    expect(phone.get_by_role("status")).to_contain_text("You have it, since")
    assert state(product) == ("acked", True, "link")


def test_it_needs_no_script_no_cookies_and_no_more_than_50_kB(
    crowd: Crowd, product: Product, watch: Watch, link: str
) -> None:
    context = crowd.context("", viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    sizes = {}
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    page.goto(link, wait_until="networkidle")

    page.get_by_role("button", name="5 more minutes").click()

    expect(page.get_by_role("status")).to_contain_text("you are paged again at")
    assert context.cookies() == []
    assert {urlsplit(url).netloc for url in sizes} == {urlsplit(product.url).netloc}
    assert sum(sizes.values()) < 50_000


def test_axe_finds_nothing_before_and_after(phone: Page, watch: Watch, link: str) -> None:
    phone.goto(link)
    assert serious(phone) == []

    phone.get_by_role("button", name="pass on").tap()

    expect(phone.get_by_role("status")).to_contain_text("You passed it on")
    assert serious(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
