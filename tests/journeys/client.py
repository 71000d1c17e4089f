"""A small HTTP client for journeys, and bounded waiting."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any


class Answer(dict[str, Any]):
    """A JSON answer with its status."""

    status = 0


class Client:
    """Speaks with one installation under one token."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """Call the API; problems come back as answers with their status."""
        request = urllib.request.Request(
            f"{self._url}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as found:
                answer = Answer(json.loads(found.read() or b"{}"))
                answer.status = found.status
        except urllib.error.HTTPError as error:
            answer = Answer(json.loads(error.read() or b"{}"))
            answer.status = error.code
        return answer

    def get(self, path: str) -> Answer:
        return self.call("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        return self.call("POST", path, body)

    def timeline(self, number: int) -> list[dict[str, Any]]:
        """The whole timeline, folded, in reading order."""
        items: list[dict[str, Any]] = []
        path = f"/incidents/{number}/timeline?page_size=200"
        while path:
            page = self.get(path)
            items += page["results"]
            path = page["next"].split("/api/v1", 1)[1] if page["next"] else ""
        return items

    def lines(self, number: int) -> list[str]:
        """What people said, in reading order."""
        return [item["text"] for item in self.timeline(number) if item["kind"] == "message"]


def wait_until(true: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    """Ask again and again, for a bounded time, until something is true; returns it.

    :raises AssertionError: it did not come about.
    """
    end = time.monotonic() + seconds
    while True:
        found = true()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.05)
