"""The whole way with the keyboard alone: declare, converse, pin, update, task, assign, resolve, publish, export.

After every key that does something, the focus is somewhere: never on the bare page.
"""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.pages import OPEN
from tests.browser.people import Crowd
from tests.browser.product import number_of
from tests.browser.rooms import WORDS_OF_FORMATS, composer, heard_within, line

_FAR = 80


class Hands:
    """Somebody at a keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        """Press keys that act on the page; the focus must survive each."""
        for key in keys:
            self.page.keyboard.press(key)
            self.still_somewhere(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def reach(self, role: str, name: str, *, back: bool = False) -> None:
        """Walk with Tab until something of this role and name has the focus."""
        wanted = self.page.get_by_role(role, name=re.compile(f"^{re.escape(name)}")).first  # type: ignore[arg-type]
        expect(wanted).to_be_visible()
        for _ in range(_FAR):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
        pytest.fail(f"{role} “{name}” is not reached with Tab")

    def follow(self, name: str, *, back: bool = False) -> None:
        """Go to a link and open it."""
        self.reach("link", name, back=back)
        self.page.keyboard.press("Enter")

    def send(self, name: str) -> None:
        """Go to a button of a form and press it; the page or the dialog that follows has the focus."""
        self.reach("button", name)
        self.page.keyboard.press("Enter")

    def still_somewhere(self, after: str) -> None:
        expect(self.page.locator(":focus"), f"the focus is lost after {after}").to_have_count(1, timeout=1_000)


@pytest.fixture(scope="module")
def hands(crowd: Crowd) -> Hands:
    return Hands(crowd.page("ada"))


@pytest.fixture(scope="module")
def others_hands(crowd: Crowd) -> Hands:
    return Hands(crowd.page("bo"))


def test_declare_with_one_key_a_title_and_enter(hands: Hands) -> None:
    hands.page.goto("/")
    hands.page.keyboard.press("c")
    expect(hands.page.get_by_label("What is broken?")).to_be_focused()

    hands.type("Mail queue is stuck")
    hands.page.keyboard.press("Enter")

    expect(hands.page.get_by_role("heading", level=1)).to_contain_text("Mail queue is stuck")
    expect(hands.page.locator("#main")).to_be_focused()
    expect(hands.page.locator("#live")).to_have_text("live")


def test_write_lines_and_leave_the_field(hands: Hands) -> None:
    hands.press("l")
    expect(composer(hands.page)).to_be_focused()

    for text in ("mails wait since 04:10", "the worker holds a lease"):
        hands.type(text)
        hands.press("Enter")
        heard_within(hands.page, text)
        expect(composer(hands.page)).to_be_focused()
    hands.press("Escape")

    expect(hands.page.locator("#log")).to_be_focused()


def test_somebody_else_comes_by_the_palette_and_answers(hands: Hands, others_hands: Hands) -> None:
    others_hands.page.goto("/")
    others_hands.press("Control+k")
    others_hands.type(f"#{number_of(hands.page.url)}")
    others_hands.page.keyboard.press("Enter")
    expect(others_hands.page.locator("#live")).to_have_text("live")
    heard_within(others_hands.page, "the worker holds a lease", seconds=6)

    others_hands.press("l")
    others_hands.type("I look after the queue")
    others_hands.press("Enter")

    heard_within(hands.page, "I look after the queue", seconds=6)
    hands.still_somewhere("a line of somebody else arrived")


def test_walk_over_the_lines_and_pin_one(hands: Hands) -> None:
    hands.press("ArrowUp", "ArrowUp", "ArrowUp")
    expect(line(hands.page, "mails wait since 04:10")).to_be_focused()

    hands.press("p")

    expect(line(hands.page, "mails wait since 04:10")).to_contain_text("pinned")
    hands.still_somewhere("the line was drawn anew")
    hands.reach("button", "Reply")
    hands.press("ArrowRight", "Enter")
    expect(composer(hands.page)).to_be_focused()
    expect(composer(hands.page)).to_have_value(re.compile("> mails wait|> Ada: mails wait"))
    hands.press("Control+a", "Delete", "Escape")


def test_react_with_the_arrows(hands: Hands) -> None:
    hands.press("j")
    hands.reach("button", "Reply")
    hands.press("ArrowRight", "ArrowRight", "Enter")
    expect(hands.page.get_by_role("button", name="pushpin", exact=True)).to_be_focused()

    hands.press("ArrowRight", "ArrowRight", "Enter")

    expect(line(hands.page, "I look after the queue").get_by_role("button", name="eyes, 1: Ada")).to_be_visible()
    hands.still_somewhere("a reaction was chosen")


@pytest.mark.parametrize(
    ("key", "title", "text", "button", "said"),
    [
        ("u", "Write an update", "Mails are late, nothing is lost.", "Publish", "Mails are late, nothing is lost."),
        ("t", "Add a task", "Restart the worker", "Add", "Task 1: Restart the worker"),
    ],
)
def test_a_key_opens_a_form_and_the_focus_comes_back(
    hands: Hands, key: str, title: str, text: str, button: str, said: str
) -> None:
    hands.page.locator("#log").focus()
    hands.press(key)
    expect(hands.page.get_by_role("dialog", name=title)).to_be_visible()
    hands.type(text)

    hands.send(button)

    heard_within(hands.page, said)
    expect(hands.page.get_by_role("dialog", name=title)).to_be_hidden()
    hands.still_somewhere("the dialog closed")


def test_what_was_typed_in_a_closed_form_is_found_again(hands: Hands) -> None:
    hands.press("u")
    dialog = hands.page.get_by_role("dialog", name="Write an update")
    expect(dialog).to_be_visible()
    hands.type("half a sentence")
    hands.press("Escape")
    expect(dialog).to_be_hidden()

    hands.press("u")

    expect(dialog.locator("textarea").first).to_have_value("half a sentence")
    hands.press("Escape")


def test_take_the_lead_and_give_a_role(hands: Hands) -> None:
    hands.reach("button", "Take the lead", back=True)
    hands.press("Enter")
    heard_within(hands.page, "Ada took the lead")
    expect(hands.page.get_by_role("button", name="Take the lead")).to_have_count(0)
    hands.still_somewhere("the button went away")

    hands.reach("link", "Roles")
    hands.page.keyboard.press("Enter")
    expect(hands.page.get_by_role("dialog", name="Give a role")).to_be_visible()
    hands.type("s")  # Scribe
    hands.press("Tab")
    hands.type("C")  # Cleo
    hands.send("Assign")

    heard_within(hands.page, "Cleo is now scribe")
    expect(hands.page.get_by_role("dialog")).to_have_count(0)
    hands.still_somewhere("the dialog closed")


def test_the_palette_runs_a_command_once(hands: Hands) -> None:
    hands.press("/")
    box = hands.page.get_by_role("combobox", name="Search or type a command")
    expect(box).to_be_focused()
    hands.type("/incident task done 1")
    hands.press("Enter")
    heard_within(hands.page, "Done: Restart the worker")
    hands.still_somewhere("the answer came")

    hands.press("Escape")

    expect(box).to_be_hidden()
    hands.still_somewhere("the palette closed")


def test_enter_goes_where_the_words_say_however_fast_they_are_typed(crowd: Crowd) -> None:
    """What was found for fewer letters, or for none, is not what was asked for."""
    page = crowd.page("bo")
    page.clock.install()
    page.goto("/")
    page.keyboard.press("Control+k")
    options = page.locator("#palette").get_by_role("option")
    expect(options.first).to_be_visible()
    held: list[Route] = []
    page.route(re.compile("/palette/suggest"), lambda route: held.append(route))

    page.keyboard.type("#1")
    with page.expect_request(re.compile("/palette/suggest")):
        page.keyboard.press("Enter")
    page.clock.run_for(500)  # whatever waited to be asked is asked now
    for route in held:
        route.continue_()

    page.wait_for_url(re.compile("/incidents/1$"))
    page.context.close()


def test_the_list_of_keys_opens_and_closes(hands: Hands) -> None:
    hands.page.locator("#log").focus()
    hands.press("?")
    keys = hands.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_contain_text("Write an update")
    expect(keys).to_contain_text("Pin the line")
    hands.press("Escape")
    expect(keys).to_be_hidden()


def test_resolve(hands: Hands) -> None:
    hands.press("r")
    expect(hands.page.get_by_role("dialog", name="Resolve")).to_be_visible()
    hands.type("The worker was restarted")

    hands.send("Resolve")

    heard_within(hands.page, "→ resolved")
    expect(hands.page.get_by_role("dialog")).to_have_count(0)
    hands.still_somewhere("the incident was resolved")


def test_edit_review_and_publish_the_postmortem(hands: Hands) -> None:
    number = number_of(hands.page.url)
    hands.reach("link", "Timeline", back=True)
    for tab in ("/timeline", "/tasks", "/alerts", "/updates", "/postmortem"):
        hands.page.keyboard.press("]")
        hands.page.wait_for_url(re.compile(f"{tab}$"))
    hands.follow("Edit")
    hands.reach("textbox", "Postmortem in markdown")
    hands.press("Control+Home")
    hands.type("Written without a mouse.\n\n")
    expect(hands.page.locator("[data-preview-target]")).to_contain_text("Written without a mouse.")
    hands.send("Save")
    expect(hands.page.locator("article.prose")).to_contain_text("Written without a mouse.")
    hands.still_somewhere("it was saved")

    hands.send("Ask for review")
    expect(hands.page.get_by_text("In review")).to_be_visible()
    hands.still_somewhere("review was asked for")
    hands.send("Publish")

    expect(hands.page.get_by_text("Published", exact=True)).to_be_visible()
    hands.still_somewhere("it was published")
    assert number_of(hands.page.url) == number


@pytest.mark.parametrize("format", WORDS_OF_FORMATS)
def test_take_the_postmortem_out_as_a_file(hands: Hands, format: str) -> None:
    with hands.page.expect_download() as waiting:
        hands.follow(WORDS_OF_FORMATS[format])

    assert waiting.value.suggested_filename.endswith(f"-postmortem.{format}")
    assert waiting.value.path().stat().st_size > 400
    hands.still_somewhere("the file came")


@pytest.mark.parametrize("format", ["Markdown", "CSV", "JSON"])
def test_take_the_timeline_out_as_a_file(hands: Hands, format: str) -> None:
    hands.page.goto(f"/incidents/{number_of(hands.page.url)}/timeline")
    with hands.page.expect_download() as waiting:
        hands.follow(format)

    assert b"Mail queue is stuck" in waiting.value.path().read_bytes()
    hands.still_somewhere("the file came")


@pytest.mark.parametrize("path", ["/", "/incidents", "/incidents/new", "/me", f"/incidents/{OPEN}", "/design"])
@pytest.mark.parametrize("from_a_link", [True, False], ids=["from a link", "from the page"])
def test_escape_in_the_palette_gives_the_focus_back(hands: Hands, path: str, from_a_link: bool) -> None:
    hands.page.goto(path)
    before = hands.page.get_by_role("navigation", name="Main").get_by_role("link", name="Incidents")
    if from_a_link:
        before.focus()
    elif path == "/incidents/new":
        before = hands.page.get_by_label("What is broken?")
    else:
        hands.page.evaluate("document.activeElement.blur()")
        before = hands.page.locator("#log" if path == f"/incidents/{OPEN}" else "#main")
    hands.page.keyboard.press("Control+k")
    hands.type("/incident sho")
    expect(hands.page.locator("#palette").get_by_role("option").first).to_be_visible()
    hands.page.keyboard.press("Escape")

    # At once: the next key must not go astray.
    assert before.evaluate("element => element === document.activeElement")
    expect(hands.page.get_by_role("combobox", name="Search or type a command")).to_be_hidden()


def test_escape_in_the_palette_after_a_command_that_redraws_the_room(hands: Hands) -> None:
    hands.page.goto(f"/incidents/{OPEN}")
    expect(hands.page.locator("#live")).to_have_text("live")
    hands.page.locator("[data-part=now]").get_by_role("link", name="edit Now").focus()
    hands.press("Control+k")
    hands.type("/incident now the focus stays")
    hands.press("Enter")
    expect(hands.page.locator("[data-palette-reply] .answer")).to_be_visible()
    hands.press("Escape")

    expect(hands.page.locator("[data-part=now]")).to_contain_text("the focus stays")
    hands.still_somewhere("the room was drawn anew")
    hands.press("j")


def test_rows_are_walked_and_opened(hands: Hands) -> None:
    hands.page.goto("/incidents")
    hands.press("j", "j", "k")
    first = hands.page.locator("tr[data-row] a").first
    expect(first).to_be_focused()

    hands.page.keyboard.press("Enter")

    expect(hands.page.locator("[data-room]")).to_be_visible()


def test_the_first_tab_skips_to_the_content(hands: Hands) -> None:
    hands.page.goto("/incidents")
    hands.press("Tab")
    expect(hands.page.get_by_role("link", name="Skip to content")).to_be_focused()

    hands.page.keyboard.press("Enter")

    expect(hands.page.locator("#main")).to_be_focused()
