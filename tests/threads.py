"""Several threads with database connections of their own, for races."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

PATIENCE = 30.0


def together(*functions: Callable[[], Any]) -> list[Any]:
    """Run the functions at the same moment, one thread each; returns results, raises the first error."""
    start = threading.Barrier(len(functions))
    threads = [Thread(function, start) for function in functions]
    return [thread.result() for thread in threads]


class Thread:
    """One function in a thread that closes its database connection; `result()` waits for it."""

    def __init__(self, function: Callable[[], Any], start: threading.Barrier | None = None) -> None:
        self._function, self._start = function, start
        self._value: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            if self._start is not None:
                self._start.wait(PATIENCE)
            self._value = self._function()
        except BaseException as error:
            self._error = error
        finally:
            connection.close()

    @property
    def is_done(self) -> bool:
        return not self._thread.is_alive()

    def result(self) -> Any:
        """What the function returned.

        :raises AssertionError: it does not come to its end.
        """
        self._thread.join(PATIENCE)
        assert self.is_done, "a thread does not come to its end"
        if self._error is not None:
            raise self._error
        return self._value


def somebody_waits_for_a_lock() -> bool:
    """Tell whether a connection to this (PostgreSQL) database waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
