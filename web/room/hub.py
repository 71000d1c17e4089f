"""The rooms that are open in this process: each event is read and drawn once, whatever the number of readers.

A nudge makes it quick; once a second one query asks for the heads of all open rooms, so a lost nudge is
made good. Readers get what comes after their own sequence number, in order.
"""

import asyncio
import logging
from collections import defaultdict
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from incidents.models import Incident
from incidents.queries import log_after
from incidents.timeline.frames import event_json, log_json
from incidents.timeline.kinds import kind_of
from web.room.lines import render_line

log = logging.getLogger(__name__)

_KEEP = 300


class Reader(Protocol):
    """One open socket."""

    sequence: int
    #: the version of the incident's access under which the person was last found to be allowed in
    access: int

    def offer(self, frames: list[dict[str, Any]]) -> None:
        """Take frames to send; must not block."""
        ...

    async def check_access(self) -> None:
        """Look again whether the person may still read, and set `access`; closes itself when not."""
        ...


class Hub:
    """Open rooms of this process, by incident number."""

    def __init__(self) -> None:
        self._readers: dict[int, set[Reader]] = defaultdict(set)
        self._recent: dict[int, list[dict[str, Any]]] = {}
        self._access: dict[int, int] = {}
        self._busy: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    def join(self, number: int, reader: Reader) -> None:
        self._readers[number].add(reader)

    def leave(self, number: int, reader: Reader) -> None:
        readers = self._readers.get(number)
        if readers is None:
            return
        readers.discard(reader)
        if not readers:
            for kept in (self._readers, self._recent, self._access, self._busy):
                kept.pop(number, None)

    def open_rooms(self) -> list[int]:
        return list(self._readers)

    def readers(self, number: int) -> list[Reader]:
        return list(self._readers.get(number, ()))

    def tell(self, number: int, frame: dict[str, Any], but: Reader | None = None) -> None:
        """Hand a fleeting frame, without a sequence, to every reader of a room."""
        for reader in self._checked(number):
            if reader is not but:
                reader.offer([frame])

    async def catch_up(self, number: int, reader: Reader) -> None:
        """Send a new reader everything after its sequence number."""
        while True:
            frames, access = await sync_to_async(_frames_in_thread)(number, reader.sequence)
            await self._check(number, access)
            if not frames or reader not in self._checked(number):
                return
            reader.offer(frames)
            if len(frames) < 500:
                return

    async def nudge(self, number: int, sequence: int, access: int) -> None:
        """An incident has reached this sequence: read what is new and hand it to every reader."""
        if number not in self._readers:
            return
        await self._check(number, access)
        async with self._busy[number]:
            while behind := [reader for reader in self._checked(number) if reader.sequence < sequence]:
                lowest = min(reader.sequence for reader in behind)
                frames = self._from_memory(number, lowest)
                if not frames:
                    frames, access = await sync_to_async(_frames_in_thread)(number, lowest)
                    self._remember(number, frames)
                    await self._check(number, access)
                if not frames:
                    return
                allowed = set(self._checked(number))
                for reader in behind:
                    if reader in allowed:
                        reader.offer([frame for frame in frames if frame["sequence"] > reader.sequence])

    async def _check(self, number: int, access: int) -> None:
        """Who was let in under an older version of the access is asked for anew, reader by reader."""
        if number not in self._readers:
            return
        self._access[number] = max(access, self._access.get(number, 0))
        stale = [reader for reader in self.readers(number) if reader.access < self._access[number]]
        await asyncio.gather(*(reader.check_access() for reader in stale))

    def _checked(self, number: int) -> list[Reader]:
        """Readers that were let in under the newest access known here; only they are offered anything."""
        newest = self._access.get(number, 0)
        return [reader for reader in self.readers(number) if reader.access >= newest]

    def _remember(self, number: int, frames: list[dict[str, Any]]) -> None:
        """Keep the newest frames, always without a hole between them."""
        recent = self._recent.get(number, [])
        if recent and frames and frames[0]["sequence"] <= recent[-1]["sequence"] + 1:
            last = recent[-1]["sequence"]
            recent = [*recent, *(frame for frame in frames if frame["sequence"] > last)]
        elif not recent or (frames and frames[-1]["sequence"] > recent[-1]["sequence"]):
            recent = frames
        self._recent[number] = recent[-_KEEP:]

    def _from_memory(self, number: int, after: int) -> list[dict[str, Any]] | None:
        recent = self._recent.get(number, [])
        if recent and recent[0]["sequence"] <= after + 1:
            return [frame for frame in recent if frame["sequence"] > after]
        return None

    async def look(self) -> None:
        """Ask once for the heads of all open rooms."""
        numbers = self.open_rooms()
        if not numbers:
            return
        for number, sequence, access in await sync_to_async(_heads)(numbers):
            if any(reader.sequence < sequence or reader.access < access for reader in self.readers(number)):
                await self.nudge(number, sequence, access)


def _heads(numbers: list[int]) -> list[tuple[int, int, int]]:
    close_old_connections()
    return list(Incident.objects.filter(pk__in=numbers).values_list("number", "last_sequence", "access_version"))


def _frames_in_thread(number: int, after: int) -> tuple[list[dict[str, Any]], int]:
    """The frames, and the version of the access that they may be shown under.

    The version is read last: what was written under a newer one is never handed out under an older one.
    """
    close_old_connections()
    frames = frames_after(number, after)
    access = Incident.objects.filter(pk=number).values_list("access_version", flat=True).first()
    return frames, access or 0


def frames_after(number: int, after: int) -> list[dict[str, Any]]:
    """Return the frames of every event after a sequence number (at most 500)."""
    return [_frame(event) for event in log_after(number, after)]


def _frame(event: Any) -> dict[str, Any]:
    frame = log_json(event)
    shown = event.target or event
    if kind_of(event.kind).family == "change" and event.target is not None:
        frame["folded"] = event_json(event.target)
    frame["html"] = render_line(shown)
    frame["incident"] = event.incident_id
    return frame
