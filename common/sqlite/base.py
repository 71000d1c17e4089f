"""SQLite, written to by the threads of one program in turn.

SQLite lets one transaction write at a time. Whoever finds it taken sleeps, up to a tenth of a second, and looks again:
under load most of the time is slept, and who is unlucky sleeps for seconds while others come and go. So the threads
of this program queue up before they ask. Other programs (`manage.py`) meet them in SQLite as ever.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db.backends.sqlite3 import base

from common.sqlite.turns import Turns

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
_PATIENCE = 20.0
#: by the file
_turns: dict[str, Turns] = defaultdict(Turns)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that waits for its turn before it writes.

    A turn that does not come in time is not waited for any longer: then SQLite says that it is locked.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._has_turn = False
        self.execute_wrappers.append(self._in_turn)

    def _start_transaction_under_autocommit(self) -> None:
        self._take()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._give()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give()

    def _in_turn(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """A write outside a transaction is a transaction of its own."""
        if self._has_turn or not _WRITES.match(sql):
            return execute(sql, params, many, context)
        self._take()
        try:
            return execute(sql, params, many, context)
        finally:
            self._give()

    def _take(self) -> None:
        if not self._has_turn:
            self._has_turn = self._queue.take(_PATIENCE)

    def _give(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._queue.give()

    @property
    def _queue(self) -> Turns:
        return _turns[str(self.settings_dict["NAME"])]
