"""Words for what people do in a room, so that journeys read like a story."""

import re

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.product import number_of

#: what a postmortem can be taken out as, and the words on the button.
WORDS_OF_FORMATS = {"md": "Markdown", "html": "HTML", "json": "JSON", "docx": "Word"}


class Cable:
    """The line between one page and the server. Put it in before the page loads; pulled, nothing gets through."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._is_in = True
        self._sockets: list[WebSocketRoute] = []
        page.route_web_socket(re.compile("/ws/"), self._connect)

    def pull(self) -> None:
        """No request gets out any more, and the open socket ends."""
        self._is_in = False
        self._page.context.set_offline(True)
        while self._sockets:
            self._sockets.pop().close()

    def put_back(self) -> None:
        self._is_in = True
        self._page.context.set_offline(False)

    def _connect(self, socket: WebSocketRoute) -> None:
        if self._is_in:
            socket.connect_to_server()
            self._sockets.append(socket)
        else:
            socket.close()


def declare_by_palette(page: Page, typed: str) -> int:
    """Type a command into the palette and open what it declared."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or type a command").fill(typed)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile(r"^Open #\d+$")).click()
    expect(page.locator("[data-room]")).to_be_visible()
    return number_of(page.url)


def open_room(page: Page, number: int) -> None:
    """Open the room and wait until it is live."""
    page.goto(f"/incidents/{number}")
    expect(page.locator("#live")).to_have_text("live")


def composer(page: Page) -> Locator:
    return page.get_by_label("Write a line, or a command that begins with a slash")


def say(page: Page, text: str) -> None:
    """Write a line and send it."""
    composer(page).fill(text)
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value("")


def line(page: Page, text: str | re.Pattern[str]) -> Locator:
    """The lines of the log that say this and have arrived."""
    return page.locator("#log > .line:not(.line--waiting)").filter(has_text=text)


def heard_within(page: Page, text: str, seconds: float = 2.0) -> Locator:
    """The line is there within this time, and there once."""
    found = line(page, text)
    expect(found.first).to_be_visible(timeout=seconds * 1000)
    expect(found).to_have_count(1)
    return found


def act(page: Page, text: str, action: str) -> None:
    """Use one of the actions of the first line that says this."""
    found = line(page, text).first
    found.hover()
    found.get_by_role("button", name=action, exact=True).click()


def in_dialog(page: Page, title: str) -> Locator:
    """The form that opened over the room."""
    dialog = page.get_by_role("dialog", name=title)
    expect(dialog).to_be_visible()
    return dialog
