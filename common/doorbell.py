"""The doorbell: "look into this table now". It may be lost; the row may not.

After commit, `ring_after_commit(Table)` tells the workers. With a broker that is a Celery task rung from
a thread of its own, so a broker that hangs delays nobody; in this process it wakes the clock's workers
when they run here. At most one ring per table is outstanding.
"""

import logging
import queue
import threading
from collections.abc import Callable

from django.db import models, transaction

log = logging.getLogger(__name__)

Ringer = Callable[[str], None]

_ringer: Ringer | None = None
_local: set[Callable[[str], None]] = set()
_waiting: set[str] = set()
_queue: "queue.SimpleQueue[str]" = queue.SimpleQueue()
_lock = threading.Lock()
_thread: threading.Thread | None = None
_trouble = False


def connect_broker(ringer: Ringer | None) -> None:
    """Say how a ring reaches the other processes (given by `config.celery`; None: there is no broker)."""
    global _ringer
    _ringer = ringer


def connect_local(wake: Callable[[str], None]) -> Callable[[], None]:
    """Add a listener in this process; returns the function that takes it away again."""
    _local.add(wake)
    return lambda: _local.discard(wake)


def ring_after_commit(table: type[models.Model]) -> None:
    """Ring for this table when the running transaction has committed (at once when there is none)."""
    label = table._meta.label_lower
    connection = transaction.get_connection()
    if any(getattr(entry[1], "label", "") == label for entry in connection.run_on_commit):
        return
    transaction.on_commit(_Ring(label), robust=True)


class _Ring:
    """What runs after commit; it remembers its table so that one transaction rings once."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.__qualname__ = f"ring({label})"

    def __call__(self) -> None:
        ring(self.label)


def ring(label: str) -> None:
    """Wake local workers now and the other processes soon; never blocks and never raises."""
    for wake in list(_local):
        wake(label)
    if _ringer is None or _local:
        return
    with _lock:
        if label in _waiting:
            return
        _waiting.add(label)
        _start()
    _queue.put(label)


def broker_in_trouble() -> bool:
    """True when the last ring to the broker failed (shown on Health)."""
    return _trouble


def _start() -> None:
    global _thread
    if _thread is None or not _thread.is_alive():
        _thread = threading.Thread(target=_ring_forever, name="doorbell", daemon=True)
        _thread.start()


def _ring_forever() -> None:
    global _trouble
    while True:
        label = _queue.get()
        with _lock:
            _waiting.discard(label)
        ringer = _ringer
        if ringer is None:
            continue
        try:
            ringer(label)
            _trouble = False
        except Exception as error:
            if not _trouble:
                log.warning("the broker does not answer, the clock takes over: %s", error)
            _trouble = True
