"""The calendar of a schedule by pointer and by keyboard: both lead to the same form, which shows what it changes."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import PHONE, WIDE, Crowd

PAGE = "/schedules/payments-primary?days=7"


@pytest.fixture
def page(crowd: Crowd) -> Page:
    return crowd.context("ada", viewport=WIDE, reduced_motion="reduce").new_page()


def times(page: Page) -> tuple[str, str]:
    form = page.locator("[data-override]")
    return form.locator("[name=start]").input_value(), form.locator("[name=end]").input_value()


def test_a_drag_over_the_lane_fills_the_form_and_shows_what_it_changes(page: Page) -> None:
    page.goto(PAGE)
    before = times(page)
    lane = page.locator("[data-lane]")
    lane.scroll_into_view_if_needed()
    box = lane.bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 10, steps=4)
    page.mouse.up()

    assert times(page) != before
    expect(page.locator("[data-override] [name=user]")).to_be_focused()
    page.locator("[data-override] [name=user]").select_option(index=1)
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.get_by_role("heading", name="What it changes")).to_be_visible()


def test_the_arrows_walk_the_lane_and_enter_fills_the_form(page: Page) -> None:
    page.goto(PAGE)
    before = times(page)

    page.locator(".lanes").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-lane-said]")).not_to_be_empty()
    page.keyboard.press("Enter")

    expect(page.locator("[data-override] [name=user]")).to_be_focused()
    assert times(page) != before


def test_o_leads_to_the_form(page: Page) -> None:
    page.goto(PAGE)

    page.keyboard.press("o")

    expect(page.locator("[data-override] [name=user]")).to_be_focused()


@pytest.mark.parametrize("path", ["/oncall/me", PAGE, "/oncall"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["1280", "360"])
def test_nothing_is_wider_than_the_window(crowd: Crowd, path: str, theme: str, size: str) -> None:
    page = crowd.context("ada", viewport=PHONE if size == "360" else WIDE).new_page()
    page.goto(path)
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)

    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
