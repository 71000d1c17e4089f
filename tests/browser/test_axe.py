"""axe finds nothing serious on any page, in any state, in light, dark and night, on phones and desks.

The ordinary run meets every page at both widths, each in two of the themes (in the second only the colours, which is
what a theme changes), so that all three are met. With WARROOM_SWEEP=1 every rule is asked in every combination.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.pages import OPEN, Visit, every_page
from tests.browser.people import PHONE, WIDE, Crowd
from tests.browser.rooms import in_dialog, open_room
from tests.browser.watching import Watch

THEMES = ("light", "dark", "night")
SIZES = {"360": PHONE, "1280": WIDE}
SWEEP = os.environ.get("WARROOM_SWEEP") == "1"
_EVERYTHING = {"resultTypes": ["violations"]}
_COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}

_RUN = """async ([theme, options]) => {
  document.documentElement.dataset.theme = theme;
  return (await axe.run(options)).violations;
}"""

_axe = Axe()


@pytest.fixture(scope="module")
def desk(crowd: Crowd) -> Callable[[str, str], Page]:
    """One page per person and width, used again and again."""
    contexts: dict[tuple[str, str], BrowserContext] = {}

    def page(who: str, size: str) -> Page:
        if (who, size) not in contexts:
            context = crowd.context(who, viewport=SIZES[size], reduced_motion="reduce")
            context.new_page()
            contexts[who, size] = context
        return contexts[who, size].pages[0]

    return page


def serious(page: Page, themes: tuple[str, ...] = THEMES) -> list[str]:
    """What axe holds against the page: everything in the first theme, the colours again in the others."""
    page.evaluate(_axe.axe_script)
    found = []
    for place, theme in enumerate(THEMES if SWEEP else themes):
        violations = page.evaluate(_RUN, [theme, _COLOURS if place and not SWEEP else _EVERYTHING])
        found += [f"{theme}: {_words(violation)}" for violation in violations if _matters(violation)]
    return found


def some_themes(visit: Visit, size: str) -> tuple[str, ...]:
    """Two of the three themes, others at the other width; a stable choice that differs from page to page."""
    turn = sum(map(ord, str(visit))) + list(SIZES).index(size)
    return THEMES[turn % 3], THEMES[(turn + 1) % 3]


def _matters(violation: dict[str, Any]) -> bool:
    return violation["impact"] in ("serious", "critical")


def _words(violation: dict[str, Any]) -> str:
    nodes = [f"{node['html'][:160]} ({node['failureSummary'][-200:]})" for node in violation["nodes"][:3]]
    return f"{violation['id']}: {violation['help']}\n" + "\n".join(nodes)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("visit", every_page(), ids=str)
def test_page_has_nothing_serious(desk: Callable[[str, str], Page], watch: Watch, visit: Visit, size: str) -> None:
    page = desk(visit.who, size)
    with watch.expecting(f"status of {visit.status}"):
        answer = page.goto(visit.path)

    assert answer
    assert answer.status == visit.status
    assert serious(page, some_themes(visit, size)) == []


def test_no_page_is_left_out_of_a_theme() -> None:
    for visit in every_page():
        assert {theme for size in SIZES for theme in some_themes(visit, size)} == set(THEMES)


@pytest.mark.parametrize("size", SIZES)
def test_form_errors_have_nothing_serious(desk: Callable[[str, str], Page], watch: Watch, size: str) -> None:
    for path, button in (("/incidents/new", "Declare"), (f"/incidents/{OPEN}/tasks", "Add"), ("/me", "Make a token")):
        page = desk("ada", size)
        page.goto(path)
        page.locator("form").evaluate_all("forms => forms.forEach((form) => { form.noValidate = true; })")
        with watch.expecting("status of 400"):
            page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
            expect(page.locator(".field__error").first).to_be_visible()

        assert serious(page, ("light", "night")) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("u", "Write an update"),
        ("e", "Edit the facts"),
        ("t", "Add a task"),
        ("r", "Resolve"),
        ("?", "Keyboard shortcuts"),
    ],
)
def test_open_dialog_has_nothing_serious(desk: Callable[[str, str], Page], key: str, title: str, size: str) -> None:
    page = desk("ada", size)
    open_room(page, OPEN)
    page.locator("#log").focus()
    page.keyboard.press(key)
    in_dialog(page, title)

    assert serious(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_open_palette_has_nothing_serious(desk: Callable[[str, str], Page], size: str) -> None:
    page = desk("ada", size)
    open_room(page, OPEN)
    page.keyboard.press("Control+k")
    page.keyboard.type("/incident ")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")

    assert serious(page) == []
    page.get_by_role("combobox", name="Search or type a command").fill("/incident resovle")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Did you mean resolve?")).to_be_visible()
    assert serious(page, ("light", "night")) == []


@pytest.mark.parametrize("size", SIZES)
def test_menus_and_sheets_have_nothing_serious(desk: Callable[[str, str], Page], size: str) -> None:
    page = desk("ada", size)
    open_room(page, OPEN)
    openers = [page.get_by_label("More actions"), page.get_by_role("button", name="You: Ada")]
    bar = page.get_by_role("navigation", name="Incident, short" if size == "360" else "Main")
    openers.append(bar.get_by_role("button", name="More"))
    if size == "360":
        openers.append(bar.get_by_role("button", name="People"))
    for opener in openers:
        opener.click()

        assert serious(page, ("light", "night")) == []
        page.keyboard.press("Escape")


def test_a_line_with_its_actions_and_reactions_has_nothing_serious(desk: Callable[[str, str], Page]) -> None:
    page = desk("ada", "1280")
    open_room(page, OPEN)
    line = page.locator("#log > .line--message").last
    line.hover()
    line.get_by_role("button", name="React", exact=True).click()
    expect(page.get_by_role("toolbar", name="React")).to_be_visible()

    assert serious(page) == []


@pytest.fixture(scope="module")
def narrow(crowd: Crowd) -> Callable[[str], Page]:
    pages: dict[str, Page] = {}

    def page(who: str) -> Page:
        if who not in pages:
            pages[who] = crowd.page(who, viewport={"width": 320, "height": 640})
        return pages[who]

    return page


@pytest.mark.parametrize("visit", every_page(), ids=str)
def test_nothing_scrolls_sideways_at_320(narrow: Callable[[str], Page], watch: Watch, visit: Visit) -> None:
    page = narrow(visit.who)
    with watch.expecting(f"status of {visit.status}"):
        page.goto(visit.path)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
