"""Browsers of the cast: each person's own context, signed in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.product import PASSWORD, Product
from tests.browser.watching import Watch

Enter = Callable[..., Page]
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


def sign_in(page: Page, product: Product, who: str) -> None:
    """Sign in by the page that people use."""
    page.goto(f"{product.url}/accounts/login/")
    page.get_by_label("E-mail").fill(f"{who}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Now", level=1)).to_be_visible()


class Crowd:
    """Opens browsers for people; everybody signs in once per product, later contexts take the session over."""

    def __init__(self, chromium: Browser, product: Product, watch: Watch, kept: Path) -> None:
        self._chromium, self._product, self._watch, self._kept = chromium, product, watch, kept
        self._open: list[BrowserContext] = []

    def context(self, who: str = "", **options: Any) -> BrowserContext:
        """A watched context of this person; of nobody without a name."""
        options.setdefault("viewport", WIDE)
        state = self._session(who) if who else None
        context = self._chromium.new_context(base_url=self._product.url, storage_state=state, **options)
        context.set_default_timeout(10_000)
        self._watch.over(context)
        self._open.append(context)
        return context

    def page(self, who: str = "", **options: Any) -> Page:
        """A page of this person in a context of its own."""
        return self.context(who, **options).new_page()

    def close(self) -> None:
        for context in self._open:
            context.close()
        self._open.clear()

    def _session(self, who: str) -> Path:
        path = self._kept / f"{self._product.port}-{who}.json"
        if not path.exists():
            context = self._chromium.new_context(viewport=WIDE)
            sign_in(context.new_page(), self._product, who)
            context.storage_state(path=path)
            context.close()
        return path
