"""One writer per process: requests that arrive together share one INSERT and its commit."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction

from common import clock
from connections.models import Connection, Received
from connections.secrets import seal

log = logging.getLogger(__name__)

_MOST = 200
_SEEN_EVERY = 1.0


@dataclass(frozen=True)
class Arrived:
    """One genuine request, not yet stored."""

    connection_id: int
    door: str
    outside_id: str
    headers: str
    body: bytes
    failed: str = ""


#: who waits for the commit: a task of a loop, or a thread
Waiter = tuple["asyncio.Future[None]", asyncio.AbstractEventLoop] | Future[None]
Item = tuple[Arrived, Waiter]


class Writer:
    """Stores what arrives; `store` returns once it is committed."""

    def __init__(self, after_commit: Callable[[], None]) -> None:
        self._queue: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._after_commit = after_commit
        self._thread: threading.Thread | None = None
        self._seen: dict[int, float] = {}
        self._durable = False

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="door-writer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(timeout=10)
            self._thread = None

    async def store(self, arrived: Arrived) -> None:
        """Return when the row is committed (or was there already).

        :raises Exception: the database did not take it; nothing is stored.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._queue.put((arrived, (future, loop)))
        await future

    def store_and_wait(self, arrived: Arrived, seconds: float) -> None:
        """The same, for a thread that may wait so long.

        :raises Exception: the database did not take it, or (TimeoutError) nobody knows yet whether it will.
        """
        future: Future[None] = Future()
        self._queue.put((arrived, future))
        future.result(seconds)

    def _run(self) -> None:
        try:
            while batch := self._next_batch():
                self._write(batch)
        finally:
            connection.close()

    def _next_batch(self) -> list[Item]:
        """Wait for a request and return it with those that came meanwhile; empty at the end."""
        item = self._queue.get()
        batch: list[Item] = []
        while item is not None:
            batch.append(item)
            if len(batch) >= _MOST:
                return batch
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return batch
        if batch:
            self._queue.put(None)
        return batch

    def _write(self, batch: list[Item]) -> None:
        stored = 0
        for part in self._store_parts(batch):
            stored += len(part)
            _resolve(part, None)
        if stored:
            self._after_commit()

    def _store_parts(self, batch: list[Item]) -> Iterator[list[Item]]:
        """Store the batch at once, or else each by itself: one row the database won't take stops no other."""
        error = self._try(batch)
        if error is None:
            yield batch
            return
        if len(batch) == 1 or isinstance(error, OperationalError | InterfaceError):
            log.error("%s hooks could not be stored: %s", len(batch), error)
            _resolve(batch, error)
            return
        for item in batch:
            yield from self._store_parts([item])

    def _try(self, batch: list[Item]) -> Exception | None:
        try:
            self._insert([arrived for arrived, _ in batch])
        except Exception as error:
            connection.close()
            self._durable = False
            return error
        return None

    def _insert(self, rows: list[Arrived]) -> None:
        close_old_connections()
        self._make_durable()
        now = clock.now()
        columns = (
            "connection_id, door, outside_id, headers, sealed_body, size, received_at, outcome, outcome_text,"
            " is_private, due_at, state, attempts, lease_owner, last_error"
        )
        values: list[Any] = []
        for row in rows:
            values += [
                row.connection_id,
                row.door,
                row.outside_id,
                row.headers,
                seal(row.body) if row.body else None,
                len(row.body),
                connection.ops.adapt_datetimefield_value(now),
                "failed" if row.failed else "",
                row.failed,
                False,
                connection.ops.adapt_datetimefield_value(now),
                Received.DEAD if row.failed else Received.WAITING,
                0,
                "",
                row.failed,
            ]
        place = "(" + ", ".join(["%s"] * 15) + ")"
        sql = (
            f"INSERT INTO {Received._meta.db_table} ({columns}) VALUES "  # noqa: S608
            + ", ".join([place] * len(rows))
            + " ON CONFLICT (connection_id, outside_id) DO NOTHING"
        )
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
            for pk in {row.connection_id for row in rows}:
                if now.timestamp() - self._seen.get(pk, 0.0) > _SEEN_EVERY:
                    self._seen[pk] = now.timestamp()
                    Connection.objects.filter(pk=pk).update(last_event_at=now)

    def _make_durable(self) -> None:
        """On SQLite what is answered must survive a power cut: this connection syncs at each commit."""
        if not self._durable and connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous=FULL")
        self._durable = True


def _resolve(batch: list[Item], error: Exception | None) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for _, waiter in batch:
        if isinstance(waiter, Future):
            _settle([waiter], error)
        else:
            future, loop = waiter
            by_loop.setdefault(loop, []).append(future)
    for loop, futures in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, futures, error)


def _settle(futures: "Sequence[asyncio.Future[None] | Future[None]]", error: Exception | None) -> None:
    for future in futures:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
