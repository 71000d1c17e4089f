"""What was asked of the fake and what it answered: the record that tests look into."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Entry:
    """One request. `applied` tells whether its effect happened, whatever the client got to see."""

    number: int
    method: str
    params: Mapping[str, Any]
    at: float
    token: str = ""
    status: int = 0
    answer: Mapping[str, Any] | None = None
    fault: str = ""
    applied: bool = False
    inside_window: bool = False

    @property
    def ok(self) -> bool:
        return bool(self.answer and self.answer.get("ok"))

    @property
    def error(self) -> str:
        return str((self.answer or {}).get("error", ""))

    def __str__(self) -> str:
        end = "ok" if self.ok else self.error or self.fault or "no answer"
        return f"{self.number:>4} {self.at:.3f} {self.method} {dict(self.params)} → {end}"


@dataclass(frozen=True)
class Window:
    """A Retry-After that was given: nothing like it may be asked before `until`."""

    method: str
    channel: str
    since: float
    until: float

    def covers(self, method: str, channel: str, at: float) -> bool:
        same = self.method == method and self.channel in ("", channel)
        return same and self.since <= at < self.until


@dataclass
class Journal:
    """Every request in order. Waiting is by condition, never by sleeping."""

    entries: list[Entry] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def open(self, method: str, params: Mapping[str, Any], at: float, token: str = "") -> Entry:
        """Write down that a request came in."""
        with self._news:
            entry = Entry(len(self.entries) + 1, method, params, at, token)
            self.entries.append(entry)
            self._news.notify_all()
            return entry

    def changed(self) -> None:
        """An entry got its answer."""
        with self._news:
            self._news.notify_all()

    def calls(self, *methods: str, ok: bool | None = None) -> list[Entry]:
        """The requests of these methods (all without any); `ok` keeps those that were answered so."""
        with self._news:
            found = [entry for entry in self.entries if not methods or entry.method in methods]
        return [entry for entry in found if ok is None or entry.ok is ok]

    def applied(self, *methods: str) -> list[Entry]:
        """The requests that had their effect."""
        return [entry for entry in self.calls(*methods) if entry.applied]

    def inside_windows(self) -> list[Entry]:
        """Requests made although a Retry-After still ran. There should be none."""
        return [entry for entry in self.calls() if entry.inside_window]

    def wait(self, until: Callable[["Journal"], bool], seconds: float = 10.0) -> None:
        """Return as soon as the condition holds.

        :raises AssertionError: it did not within the time; shows the last requests.
        """
        with self._news:
            if not self._news.wait_for(lambda: until(self), timeout=seconds):
                raise AssertionError(f"not within {seconds} s; the journal ends with\n{self}")

    def wait_for(self, method: str, count: int = 1, seconds: float = 10.0) -> list[Entry]:
        """Return the requests of a method once there are that many answered ones."""
        self.wait(lambda journal: sum(e.method == method and e.status > 0 for e in journal.entries) >= count, seconds)
        return self.calls(method)

    def clear(self) -> None:
        """Forget the requests (windows stay)."""
        with self._news:
            self.entries.clear()

    def __str__(self) -> str:
        return "\n".join(str(entry) for entry in self.entries[-20:])
