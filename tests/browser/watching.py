"""What a browser must not do behind our back: script errors, blocked content, requests to other hosts."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

_HOSTS = {"127.0.0.1", ""}

#: Tells our own pages' policy violations, and whatever injected script runs, by the console.
TELL = """
window.__pwned = (what) => console.error("PWNED " + (what ?? ""));
addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ""} ${event.sample ?? ""}`);
});
"""


class Watch:
    """Collects troubles of every context it is set on."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.requests = 0
        self._expected: list[str] = []

    def over(self, context: BrowserContext) -> None:
        """Watch everything that happens in this context."""
        context.add_init_script(TELL)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)

    @contextmanager
    def expecting(self, *parts: str) -> Iterator[None]:
        """Within, messages that hold one of these are part of the story (a 404 that is asked for)."""
        self._expected += parts
        try:
            yield
        finally:
            self._expected = self._expected[: -len(parts)]

    def take(self) -> list[str]:
        """Return the troubles so far and forget them."""
        found, self.troubles = self.troubles, []
        return found

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _error(self, error: WebError) -> None:
        self._note(f"script error: {error.error}")

    def _request(self, request: Request) -> None:
        self.requests += 1
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in _HOSTS:
            self._note(f"request to another host: {request.url}")

    def _note(self, text: str) -> None:
        if not any(part in text for part in self._expected):
            self.troubles.append(text)
