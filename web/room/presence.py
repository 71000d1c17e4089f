"""Who is in a room now, in every web process.

Each process knows its own sockets. It tells the others who is in a room when somebody comes or goes there,
and again every fifteen seconds; what was not heard again for forty is forgotten, so a killed process leaves
nobody behind. Nothing is stored, and a lost message is made good by the next one. Without a layer that
reaches the other processes a room shows the people of its own.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from common.ids import new_id

AGAIN = 15.0
_FORGET = 40.0
_PAUSE = 1.0
_NAMED = 30
#: how many people of one room are told to the other processes by name; the rest is a number.
_TOLD = 500
_ROOMS_AT_ONCE = 50

HERE, WHO = "room.here", "room.who"

People = Mapping[int, str]


@dataclass(frozen=True)
class Elsewhere:
    """Who another process has in a room, until when that counts."""

    people: dict[int, str]
    count: int
    until: float


class Presence:
    """The people of the open rooms: of this process (`here`) and of the others.

    `show` hands a frame to the readers of a room here, `send` a message to every process.
    """

    def __init__(
        self,
        *,
        here: Callable[[int], People],
        rooms: Callable[[], list[int]],
        show: Callable[[int, dict[str, Any]], None],
        send: Callable[[dict[str, Any]], None],
        pause: float = _PAUSE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.process = new_id()
        self._here, self._rooms, self._show, self._send = here, rooms, show, send
        self._pause, self._now = pause, now
        self._elsewhere: dict[int, dict[str, Elsewhere]] = {}
        self._waiting: dict[int, bool] = {}

    def came(self, number: int) -> None:
        """Somebody opened a room here, perhaps the first: the others say who they have."""
        self._send({"type": WHO, "process": self.process, "number": number})

    async def changed(self, number: int, *, tell_others: bool = True) -> None:
        """Show and tell who is there: at most once a second, however many come and go."""
        if number in self._waiting:
            self._waiting[number] |= tell_others
            return
        self._waiting[number] = tell_others
        try:
            await asyncio.sleep(self._pause)
        finally:
            tell_others = self._waiting.pop(number)
        if tell_others:
            self._tell([number])
        self._show(number, self.frame(number))

    def frame(self, number: int) -> dict[str, Any]:
        """Who is in the room, once each, and how many."""
        people = dict(self._here(number))
        unnamed = 0
        for process in self._others(number):
            people.update(process.people)
            unnamed += process.count - len(process.people)
        named = [{"user": pk, "name": name} for pk, name in sorted(people.items())[:_NAMED]]
        return {"type": "presence", "people": named, "count": len(people) + unnamed}

    def _others(self, number: int) -> Iterable[Elsewhere]:
        return self._elsewhere.get(number, {}).values()

    def _tell(self, numbers: list[int]) -> None:
        for start in range(0, len(numbers), _ROOMS_AT_ONCE):
            told = []
            for number in numbers[start : start + _ROOMS_AT_ONCE]:
                people = self._here(number)
                told.append([number, [list(person) for person in sorted(people.items())[:_TOLD]], len(people)])
            self._send({"type": HERE, "process": self.process, "rooms": told})

    def hear(self, message: Mapping[str, Any]) -> list[int]:
        """Take what another process says; returns the rooms that look different now."""
        if message["process"] == self.process:
            return []
        if message["type"] == WHO:
            if self._here(message["number"]):
                self._tell([message["number"]])
            return []
        return [number for number, people, count in message["rooms"] if self._learn(message, number, people, count)]

    def _learn(self, message: Mapping[str, Any], number: int, people: list[list[Any]], count: int) -> bool:
        if not self._here(number):
            self._elsewhere.pop(number, None)
            return False
        there = self._elsewhere.setdefault(number, {})
        former = there.pop(message["process"], None)
        if not count:
            return former is not None
        named = {int(pk): str(name) for pk, name in people}
        there[message["process"]] = Elsewhere(named, count, self._now() + _FORGET)
        return former is None or (former.people, former.count) != (named, count)

    def again(self) -> list[int]:
        """Tell once more who is here, and forget who was not heard of; returns the rooms that changed by that."""
        open_rooms = self._rooms()
        self._tell(open_rooms)
        changed = []
        for number in list(self._elsewhere):
            there = self._elsewhere[number]
            kept = {process: seen for process, seen in there.items() if seen.until > self._now()}
            if number not in open_rooms or not kept:
                del self._elsewhere[number]
            else:
                self._elsewhere[number] = kept
            if number in open_rooms and len(kept) < len(there):
                changed.append(number)
        return changed
