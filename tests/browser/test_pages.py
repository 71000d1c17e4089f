"""Every page in every state: empty, wrong, not allowed; its headers; nothing from elsewhere; nothing cut off."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import APIRequestContext, Browser, Page, expect

from tests.browser.pages import OPEN, PUBLISHED, Visit, every_page
from tests.browser.people import PHONE, WIDE, Crowd
from tests.browser.product import Product, number_of
from tests.browser.rooms import composer, open_room
from tests.browser.watching import Watch

_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
_POLICY = ["default-src 'self'", "script-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]
_FETCHES = {"src", "href", "action", "formaction", "poster", "data", "srcset", "ping", "manifest"}
_OTHER_ANSWERS = [
    "/healthz",
    "/readyz",
    "/metrics",
    "/favicon.ico",
    "/api/v1/incidents",
    "/api/v1/nothing",
    "/hooks/none/x",
]

#: controls that reach out of the window, other than in boxes that scroll; and buttons whose words do not fit
_CUT_OFF = """() => {
  const found = [];
  for (const control of document.querySelectorAll("a, button, input, select, textarea, summary")) {
    if (!control.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const style = getComputedStyle(control);
    if (style.clipPath !== "none" || control.matches(".sr-only, .skip")) continue;
    const box = control.getBoundingClientRect();
    let scrolls = false;
    for (let outer = control.parentElement; outer && outer !== document.body; outer = outer.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(outer).overflowX)) scrolls = true;
    }
    const words = control.outerHTML.slice(0, 140);
    if (!scrolls && (box.left < -1 || box.right > innerWidth + 1)) found.push(`outside: ${words}`);
    if (control.matches(".button") && control.scrollWidth > control.clientWidth + 1) found.push(`cut: ${words}`);
  }
  return found;
}"""


class _Markup(HTMLParser):
    """Collects what a page would fetch or send to, and its ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: Counter[str] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids[str(values["id"])] += 1
        if tag == "a" and "noopener" in (values.get("rel") or ""):
            return  # a link that somebody wrote; it opens only when touched
        self.addresses += [value for name, value in attrs if name in _FETCHES and value]


@pytest.fixture(scope="module")
def ask(crowd: Crowd) -> dict[str, APIRequestContext]:
    """Requests without drawing, by person; "" is nobody."""
    return {who: crowd.context(who).request for who in ("ada", "bo", "dan", "")}


@pytest.mark.parametrize("visit", every_page(), ids=str)
def test_page_has_its_headers_and_asks_nobody_else(ask: dict[str, APIRequestContext], visit: Visit) -> None:
    answer = ask[visit.who].get(visit.path)

    assert answer.status == visit.status
    assert {name: answer.headers.get(name) for name in _HEADERS} == _HEADERS
    assert {"private", "no-store"} <= set(answer.headers["cache-control"].split(", "))
    assert "camera=()" in answer.headers["permissions-policy"]
    assert [part for part in _POLICY if part not in answer.headers["content-security-policy"]] == []
    assert "unsafe" not in answer.headers["content-security-policy"]
    page = _Markup(answer.text())
    assert [url for url in page.addresses if urlsplit(url).netloc not in ("", urlsplit(answer.url).netloc)] == []
    assert [name for name, count in page.ids.items() if count > 1] == []


@pytest.mark.parametrize("path", _OTHER_ANSWERS)
def test_other_answers_have_headers_too(ask: dict[str, APIRequestContext], path: str) -> None:
    headers = ask["ada"].get(path).headers

    assert headers["x-content-type-options"] == "nosniff"


def test_static_files_may_be_kept(ask: dict[str, APIRequestContext]) -> None:
    page = ask["ada"].get("/").text()
    script = re.findall(r'src="(/static/js/app[^"]*\.js)"', page)[0]

    headers = ask[""].get(script).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert "immutable" in headers["cache-control"]


@pytest.fixture(scope="module")
def phone(crowd: Crowd) -> dict[str, Page]:
    looks = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
    return {who: crowd.page(who, **looks) for who in ("ada", "dan", "")}


@pytest.mark.parametrize("visit", every_page(), ids=str)
def test_phone_cuts_nothing_off(phone: dict[str, Page], watch: Watch, visit: Visit) -> None:
    page = phone[visit.who]
    with watch.expecting(f"status of {visit.status}"):
        page.goto(visit.path)

    assert page.evaluate(_CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_phone_room_has_two_lines_of_facts_and_its_own_bar(phone: dict[str, Page]) -> None:
    page = phone["ada"]
    open_room(page, OPEN)
    head, bar = page.locator(".room__head").bounding_box(), page.locator(".roombar").bounding_box()
    box, log = page.locator(".composer").bounding_box(), page.locator("#log").bounding_box()
    assert head
    assert bar
    assert box
    assert log

    assert head["height"] <= 72
    assert bar["y"] + bar["height"] == pytest.approx(PHONE["height"], abs=1)
    assert box["y"] + box["height"] <= bar["y"] + 1
    assert log["height"] >= PHONE["height"] * 0.4
    names = page.locator(".roombar .rail__link > span").all_inner_texts()
    assert [name.split()[0] for name in names] == ["Room", "Timeline", "People", "Tasks", "More"]
    expect(page.locator(".rail")).to_be_hidden()


@pytest.mark.parametrize("tab", ["tasks", "updates", "audit"])
def test_phone_shows_the_tab_that_is_open(phone: dict[str, Page], tab: str) -> None:
    page = phone["ada"]
    page.goto(f"/incidents/{OPEN}/{tab}")

    expect(page.locator('.tabs [aria-current="page"]')).to_be_in_viewport(ratio=1)


def test_phone_people_and_actions_are_sheets(phone: dict[str, Page]) -> None:
    page = phone["ada"]
    open_room(page, OPEN)
    page.get_by_role("button", name="People").tap()
    expect(page.locator("#room-side")).to_be_visible()
    expect(page.locator("#room-side")).to_contain_text("Doing")
    page.keyboard.press("Escape")
    expect(page.locator("#room-side")).to_be_hidden()

    page.get_by_label("More actions").tap()
    page.get_by_role("link", name="Write an update").tap()

    dialog = page.get_by_role("dialog", name="Write an update")
    expect(dialog).to_be_visible()
    box = dialog.bounding_box()
    assert box
    assert box["x"] == 0
    assert box["y"] + box["height"] == pytest.approx(PHONE["height"], abs=1)


def test_phone_line_shows_its_actions_at_a_touch(phone: dict[str, Page]) -> None:
    page = phone["ada"]
    open_room(page, OPEN)
    line = page.locator("#log > .line--message").last
    line.locator(".line__text").tap()

    toolbar = line.get_by_role("toolbar")
    expect(toolbar).to_be_visible()
    words, tools = line.locator(".line__text").bounding_box(), toolbar.bounding_box()
    assert words
    assert tools
    assert tools["y"] >= words["y"] + words["height"] - 1
    sizes = toolbar.locator("button:visible").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 24


def test_wide_toolbar_covers_no_words(crowd: Crowd) -> None:
    page = crowd.page("ada")
    open_room(page, OPEN)
    for line in page.locator("#log > .line--message").all():
        line.hover()
        tools = line.get_by_role("toolbar").bounding_box()
        words = [box for text in page.locator(".line__text").all() if (box := text.bounding_box())]
        assert tools
        assert [box for box in words if _overlap(box, tools)] == []


def _overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    return (
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


# --- Not allowed ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def private(crowd: Crowd) -> int:
    """An incident that only Ada sees."""
    page = crowd.page("ada")
    page.goto("/incidents/new")
    page.get_by_label("What is broken?").fill("Canary of a secret")
    page.get_by_text("More: summary, private, drill").click()
    page.get_by_label("Private: only members see it").check()
    page.get_by_role("button", name="Declare").click()
    expect(page.locator("[data-room]")).to_be_visible()
    return number_of(page.url)


def test_a_private_incident_is_nothing_to_others(ask: dict[str, APIRequestContext], private: int) -> None:
    for visit in every_page():
        if f"/incidents/{OPEN}" in visit.path and visit.who == "ada":
            path = visit.path.replace(f"/incidents/{OPEN}", f"/incidents/{private}")
            answer = ask["bo"].get(path)

            assert answer.status == 404, path
            assert "Canary" not in answer.text()
    for path in (
        "/",
        "/incidents",
        "/incidents?text=Canary",
        "/palette/suggest?q=Canary",
        "/incidents/new",
        "/followups",
    ):
        found = re.sub(r'(?:value|placeholder)="Canary[^"]*"', "", ask["bo"].get(path).text())
        assert "Canary of a secret" not in found, path
        assert "Canary of a secret" in ask["ada"].get(path).text() or path in ("/incidents?text=Canary", "/followups")


def test_a_viewer_reads_along_and_is_told_how_to_join(crowd: Crowd, watch: Watch) -> None:
    page = crowd.page("dan")
    open_room(page, OPEN)
    expect(page.get_by_text("You are reading along.")).to_be_visible()
    expect(composer(page)).to_have_count(0)
    expect(page.get_by_label("More actions")).to_have_count(0)
    with watch.expecting("status of 403"):
        page.goto("/connections/add/pagerduty")

    expect(page.get_by_role("heading", level=1)).to_have_text("This is not open to you")
    expect(page.get_by_role("main")).to_contain_text("administrators")
    page.goto(f"/incidents/{OPEN}")
    page.get_by_role("button", name="Join to write here").click()
    expect(composer(page)).to_be_visible()


def test_nobody_is_asked_to_sign_in_and_comes_back(crowd: Crowd, product: Product) -> None:
    page = crowd.page()
    page.goto(f"/incidents/{OPEN}/timeline")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    page.get_by_label("E-mail").fill("cleo@example.com")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("cleo@example.com")


# --- Wrong ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "button", "field"),
    [
        ("/incidents/new", "Declare", "What is broken?"),
        (f"/incidents/{OPEN}/tasks", "Add", "What is to be done?"),
        (f"/incidents/{OPEN}/merge", "Merge", "Into incident"),
        ("/people", "Make a link", "E-mail"),
        ("/me", "Make a token", "What is it for?"),
        ("/connections/add/pagerduty", "Add", "Webhook signing secret"),
    ],
)
def test_an_error_stands_at_its_field(crowd: Crowd, watch: Watch, path: str, button: str, field: str) -> None:
    page = crowd.page("ada")
    page.goto(path)
    page.locator("form").evaluate_all("forms => forms.forEach((form) => { form.noValidate = true; })")
    wrong = page.locator('[aria-invalid="true"]').first
    with watch.expecting("status of 400"):
        page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
        expect(wrong).to_be_focused()

    assert wrong.evaluate("element => element.labels[0].textContent.trim()").startswith(field)
    described = str(wrong.get_attribute("aria-describedby")).split()
    texts = [page.locator(f"#{name}").inner_text() for name in described]
    assert any("needed" in text or "required" in text for text in texts)


def test_a_wrong_address_has_a_way_on(crowd: Crowd, watch: Watch) -> None:
    page = crowd.page("ada")
    with watch.expecting("status of 404"):
        page.goto("/incidents/99999")

    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    page.get_by_role("link", name="Look through the incidents").click()
    expect(page.get_by_role("heading", name="Incidents", level=1)).to_be_visible()


def test_what_an_operation_refuses_is_said_on_a_page_with_the_way_back(crowd: Crowd, watch: Watch) -> None:
    page = crowd.page("ada", java_script_enabled=False)
    page.goto(f"/incidents/{OPEN}")
    with watch.expecting("status of 400"):
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("That did not work")

    page.get_by_role("link", name="Go back").click()
    expect(page.locator("[data-room]")).to_be_visible()


def test_offline_is_said_and_typing_goes_on(crowd: Crowd, watch: Watch) -> None:
    page = crowd.page("ada")
    open_room(page, OPEN)
    with watch.expecting("ERR_INTERNET_DISCONNECTED"):
        page.context.set_offline(True)
        expect(page.get_by_text("You are offline. What you type is kept here.")).to_be_visible()
        page.get_by_role("link", name="Task", exact=True).click()
        expect(page.locator("#toasts")).to_contain_text("You are offline")
        composer(page).fill("not sent yet")
        page.context.set_offline(False)
        expect(page.get_by_text("You are offline. What you type is kept here.")).to_be_hidden()
    page.reload()
    expect(composer(page)).to_have_value("not sent yet")
    composer(page).fill("")


def test_a_lost_page_offers_the_search(crowd: Crowd, watch: Watch) -> None:
    page = crowd.page("ada")
    with watch.expecting("status of 404"):
        page.goto("/nothing/is/here")
    page.get_by_label("Search the incidents").fill("Receipts")
    page.keyboard.press("Enter")

    expect(page.get_by_role("link", name="Receipts are sent twice")).to_be_visible()


def test_what_ends_somebodys_account_is_one_step_away(crowd: Crowd) -> None:
    page = crowd.page("ada")
    page.goto("/people")
    end = page.get_by_role("button", name="Deactivate Dan")
    expect(end).to_be_hidden()
    page.get_by_label("More for Dan").click()

    expect(end).to_be_visible()


def test_an_ended_room_asks_for_nothing(crowd: Crowd) -> None:
    page = crowd.page("ada")
    page.goto(f"/incidents/{PUBLISHED}")
    expect(page.locator("[data-room]")).to_be_visible()

    expect(page.get_by_text("What is the theory?")).to_have_count(0)
    expect(page.locator("[data-part=now]")).to_be_hidden()


# --- Empty ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def beginner(
    chromium: Browser, empty_product: Product, watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """Ada on the first day: nothing has happened."""
    found = Crowd(chromium, empty_product, watch, tmp_path_factory.getbasetemp())
    yield found.page("ada")
    found.close()


@pytest.mark.parametrize(
    ("path", "sentence", "action"),
    [
        ("/", "All quiet. No SEV1 or SEV2 so far.", "Declare an incident"),
        ("/", "No tasks wait for you.", "See all follow-ups"),
        ("/", "Nothing changed.", ""),
        ("/incidents", "Nothing has broken yet.", "Declare an incident"),
        ("/incidents?state=open", "No incident matches.", "Clear filters"),
        ("/incidents/new", "Nothing else is going on.", ""),
        ("/postmortems", "Nothing to review. The next one drafts itself.", "See incidents"),
        ("/followups", "No follow-ups.", "See incidents"),
        ("/health", "Nothing was given up.", ""),
        ("/health", "Everything that was wanted is shown.", ""),
        ("/me", "No tokens.", ""),
        ("/me", "No chat account is linked yet.", ""),
        ("/connections/1", "No event yet.", ""),
    ],
)
def test_empty_page_has_one_sentence_and_one_action(beginner: Page, path: str, sentence: str, action: str) -> None:
    beginner.goto(path)

    expect(beginner.get_by_role("main")).to_contain_text(sentence)
    if action:
        expect(beginner.get_by_role("main").get_by_role("link", name=action)).to_be_visible()


def test_the_first_incident_offers_what_to_do(beginner: Page) -> None:
    beginner.goto("/incidents/new")
    beginner.get_by_label("What is broken?").fill("The very first")
    beginner.get_by_role("radio", name="Most customers").check()
    expect(beginner.locator(".proposal:visible")).to_contain_text("because most customers are hurt")
    beginner.get_by_role("button", name="Declare").click()

    starters = beginner.locator("[data-starters]")
    expect(starters.get_by_role("button", name="Take the lead")).to_be_visible()
    expect(starters.get_by_role("link", name="Write the first update")).to_be_visible()
    expect(beginner.locator(".room__head")).to_contain_text("SEV1")
    number = number_of(beginner.url)
    for tab, sentence in {
        "tasks": "Nothing to do yet. Write down who does what.",
        "alerts": "No alert belongs to this incident; a person declared it.",
        "updates": "No update yet.",
        "postmortem": "The postmortem drafts itself when the incident is resolved.",
        "people": "Nobody holds a role.",
    }.items():
        beginner.goto(f"/incidents/{number}/{tab}")
        expect(beginner.get_by_role("main")).to_contain_text(sentence)


def test_a_fault_of_ours_is_said_with_a_reference(beginner: Page, empty_product: Product, watch: Watch) -> None:
    """The last test of this installation: afterwards it is broken."""
    with empty_product.database() as database:
        database.execute("ALTER TABLE incidents_incident RENAME TO incidents_gone")
    with watch.expecting("status of 500"):
        beginner.goto("/incidents")

    expect(beginner.get_by_role("heading", level=1)).to_have_text("A fault of ours")
    reference = beginner.locator("strong.mono").inner_text()
    assert re.fullmatch(r"[0-9a-f]{10}", reference)
    assert reference in empty_product.faults()
    assert "Traceback" not in beginner.content()
    expect(beginner.get_by_role("link", name="Try again")).to_be_visible()
    assert beginner.evaluate("document.documentElement.scrollWidth") <= WIDE["width"]
