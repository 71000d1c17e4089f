"""Taking the whole database out and putting it back, for each kind of database."""

import os
import shutil
import sqlite3
import subprocess  # nosec B404: pg_dump and pg_restore, without a shell
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, connections, transaction

#: what a query is asked of: the copy itself, or the database as the dump sees it
Ask = Callable[[str], list[tuple[Any, ...]]]

_FORMER = "warroom_former"
_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
}
_TLS = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
}


class DatabaseTrouble(Exception):
    """The database can't be taken out or put back; the text says why and what to do."""


@dataclass(frozen=True)
class Facts:
    """What a copy of the database holds: rows by table, applied migrations, the audit's head."""

    counts: dict[str, int]
    migrations: list[str]
    audit_position: int
    audit_hash: str


def vendor() -> str:
    """sqlite or postgresql."""
    return str(connection.vendor)


def dump(to: Path) -> Facts:
    """Write the whole database into one file while others go on writing; the facts are the copy's own.

    :raises DatabaseTrouble: pg_dump is missing or failed.
    """
    return _dump_postgresql(to) if vendor() == "postgresql" else _dump_sqlite(to)


def load(source: Path, counts: dict[str, int]) -> str:
    """Put a copy in the place of the database; returns where the former one is kept ("" for nowhere).

    Either it takes the place whole, with these many rows in its tables, or everything stays as it was.

    :raises DatabaseTrouble: saying why, and that nothing has changed.
    """
    return _load_postgresql(source, counts) if vendor() == "postgresql" else _load_sqlite(source, counts)


def what_is_there() -> str:
    """Say in words what the database holds already; "" when it is empty."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        ask = _asking(cursor)
        found = []
        for label in ("accounts.User", "incidents.Incident", "connections.Connection"):
            model = apps.get_model(label)
            if model._meta.db_table in tables:
                count = _count(ask, model._meta.db_table)
                found += [f"{count} {model._meta.verbose_name_plural}"] if count else []
    return ", ".join(found)


def leave_the_pool() -> None:
    """One plain connection in this process: those that a pool keeps in reserve look like other programs.

    Called before the first query.
    """
    connection.close()
    connection.settings_dict["OPTIONS"].pop("pool", None)


def others_connected() -> int:
    """How many other programs hold the database open (only PostgreSQL can say)."""
    if vendor() != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def _asking(cursor: Any) -> Ask:
    def ask(sql: str) -> list[tuple[Any, ...]]:
        cursor.execute(sql)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    return ask


def _count(ask: Ask, table: str) -> int:
    return int(ask(f'SELECT count(*) FROM "{table}"')[0][0])  # noqa: S608


def _counts(ask: Ask) -> dict[str, int]:
    return {table: _count(ask, table) for (table,) in ask(_TABLES[vendor()])}


def _facts(ask: Ask) -> Facts:
    counts = _counts(ask)
    if "accounts_auditlink" not in counts:
        raise DatabaseTrouble("There is nothing to back up: the database has no tables yet.")
    head = ask("SELECT position, hash FROM accounts_auditlink ORDER BY position DESC LIMIT 1")
    return Facts(
        counts=counts,
        migrations=sorted(f"{app}.{name}" for app, name in ask("SELECT app, name FROM django_migrations")),
        audit_position=int(head[0][0]) if head else 0,
        audit_hash=str(head[0][1]) if head else "",
    )


def _check_counts(ask: Ask, wanted: dict[str, int]) -> None:
    there = _counts(ask)
    for table, count in wanted.items():
        if there.get(table) != count:
            raise DatabaseTrouble(f"{table} has {there.get(table, 'no')} rows, and the backup counted {count}.")


# --- SQLite -----------------------------------------------------------------------------------------


def _sqlite_file() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def _dump_sqlite(to: Path) -> Facts:
    """By SQLite's own backup: a consistent copy, although others read and write meanwhile."""
    source = sqlite3.connect(f"file:{_sqlite_file()}?mode=ro", uri=True, timeout=20)
    copy = sqlite3.connect(to)
    try:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        _check_sqlite(copy)
        return _facts(_asking(copy.cursor()))
    finally:
        copy.close()
        source.close()


def _check_sqlite(copy: sqlite3.Connection) -> None:
    try:
        said = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        said = str(error)
    if said != "ok":
        raise DatabaseTrouble(f"SQLite says that the copy is damaged: {said}")


def _load_sqlite(source: Path, counts: dict[str, int]) -> str:
    copy = sqlite3.connect(source)
    try:
        _check_sqlite(copy)
        _check_counts(_asking(copy.cursor()), counts)
    finally:
        copy.close()
    target = _sqlite_file()
    connections.close_all()
    target.parent.mkdir(parents=True, exist_ok=True)
    former = target.with_name(f"{target.name}.before-restore")
    had_one = target.exists() and _settle_sqlite(target) > 0
    if had_one:
        target.replace(former)
    for suffix in ("-wal", "-shm", "-journal"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    beside = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(source, beside)
    beside.replace(target)
    return str(former) if had_one else ""


def _settle_sqlite(target: Path) -> int:
    """Bring what stands in the write-ahead log into the file itself, so that the file alone is whole.

    Returns how many tables it has.
    """
    former = sqlite3.connect(target, timeout=20)
    try:
        former.execute("PRAGMA journal_mode=DELETE").fetchone()
        return len(former.execute(_TABLES["sqlite"]).fetchall())
    except sqlite3.OperationalError as error:
        raise DatabaseTrouble(f"The database is in use ({error}); stop Warroom first. Nothing has changed.")
    finally:
        former.close()


# --- PostgreSQL -------------------------------------------------------------------------------------


def _dump_postgresql(to: Path) -> Facts:
    """By pg_dump, in a snapshot that is shared with the queries for the facts."""
    program = _program("pg_dump")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        facts = _facts(_asking(cursor))
        _run(
            [
                *(program, "--format=custom", "--no-owner", "--no-privileges", "--schema=public"),
                *(f"--snapshot={snapshot}", f"--file={to}"),
            ]
        )
    return facts


def _load_postgresql(source: Path, counts: dict[str, int]) -> str:
    """Into a fresh schema; the former one is put aside until the new one stands, and then dropped."""
    program = _program("pg_restore")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [_FORMER])
        if cursor.fetchone():
            raise DatabaseTrouble(
                f"A former restore was cut off: the schema {_FORMER} holds what was there before it. Rename or"
                " drop it, then try again. Nothing has changed."
            )
    _say(f"ALTER SCHEMA public RENAME TO {_FORMER}", "CREATE SCHEMA public")
    connection.close()
    try:
        _run(
            [
                *(program, "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"),
                *("--schema=public", f"--dbname={connection.settings_dict['NAME']}", str(source)),
            ]
        )
        with connection.cursor() as cursor:
            _check_counts(_asking(cursor), counts)
    except DatabaseTrouble as trouble:
        _say("DROP SCHEMA public CASCADE", f"ALTER SCHEMA {_FORMER} RENAME TO public")
        raise DatabaseTrouble(f"{trouble} Nothing has changed.")
    _say(f"DROP SCHEMA {_FORMER} CASCADE")
    return ""


def _say(*statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise DatabaseTrouble(
            f"{name} is not here. Install PostgreSQL's client programs of the server's version or newer"
            " (Debian: apt-get install postgresql-client), or run this where they are."
        )
    return found


def _run(command: Iterable[str]) -> None:
    """Run a client program. The password goes by the environment, where `ps` does not show it."""
    words = list(command)
    done = subprocess.run(words, env=_environment(), capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603
    if done.returncode:
        said = " ".join(done.stderr.split())[-600:]
        raise DatabaseTrouble(f"{Path(words[0]).name} failed: {said}")


def _environment() -> dict[str, str]:
    found = connection.settings_dict
    values = {
        "PGHOST": found["HOST"],
        "PGPORT": found["PORT"],
        "PGUSER": found["USER"],
        "PGPASSWORD": found["PASSWORD"],
        "PGDATABASE": found["NAME"],
        "PGCONNECT_TIMEOUT": "10",
    }
    options = found.get("OPTIONS") or {}
    values |= {variable: options[name] for name, variable in _TLS.items() if name in options}
    return {**os.environ, **{name: str(value) for name, value in values.items() if value}}
