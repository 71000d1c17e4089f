"""The one write path: an operation is one transaction, done whole or not at all."""

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, transaction

P = ParamSpec("P")
R = TypeVar("R")

_TRIES = 5
# PostgreSQL: serialization_failure, deadlock_detected, lock_not_available.
_AGAIN = {"40001", "40P01", "55P03"}


def _worth_again(error: OperationalError) -> bool:
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) in _AGAIN or "database is locked" in str(error)


def operation(function: Callable[P, R]) -> Callable[P, R]:
    """Run the function in one transaction; inside another operation it joins that one.

    Deadlocks, serialisation failures and a locked SQLite file repeat the whole operation, at most
    five times with a short random pause.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if transaction.get_connection().in_atomic_block:
            return function(*args, **kwargs)
        for left in reversed(range(_TRIES)):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                if not left or not _worth_again(error):
                    raise
                time.sleep(random.uniform(0.005, 0.05))  # noqa: S311
        raise AssertionError("unreachable")

    return run


def hold_name(*parts: object) -> None:
    """Let nobody else hold this name until the transaction ends: a lock where there is no row yet.

    On SQLite one transaction writes at a time anyway.
    """
    connection = transaction.get_connection()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", ["|".join(map(str, parts))])
