"""A database per installation: made and filled once, then copied."""

import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.services import POSTGRES_URL

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET_KEY = "only-for-process-tests-" + "x" * 40
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")

_FILL = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from accounts.actors import SYSTEM
from accounts.models import Role, User
from accounts.operations import make_token
for name, role in (("ada", Role.ADMIN), ("bo", Role.RESPONDER)):
    User.objects.create_user(f"{name}@example.com", "correct horse battery", role=role)
ada = User.objects.get(email="ada@example.com")
print(make_token(user=ada, name="tests", scopes=["all"], by=SYSTEM)[1])
"""


def bare_environment(folder: Path, **more: str) -> dict[str, str]:
    """What every process of an installation gets, and nothing of what this process runs with."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "PYTHONUNBUFFERED": "1",
        "WARROOM_DATA_DIR": str(folder),
        "SECRET_KEY": SECRET_KEY,
        **more,
    }


class SqliteTemplate:
    """A filled SQLite file; `copy` gives an installation its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.token = _fill(bare_environment(folder))

    def copy(self, folder: Path) -> dict[str, str]:
        """Put a copy into the data directory; returns the environment that names it."""
        with closing(sqlite3.connect(self._folder / "warroom.sqlite3")) as source:
            source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self._folder / "warroom.sqlite3", folder / "warroom.sqlite3")
        return {}

    def drop(self, environment: dict[str, str]) -> None:
        """The file goes with its folder."""


class PostgresTemplate:
    """A filled PostgreSQL database; `copy` makes another from it."""

    def __init__(self, folder: Path) -> None:
        self._name = _new_name()
        _administer(f'CREATE DATABASE "{self._name}"')
        self.token = _fill(bare_environment(folder, DATABASE_URL=url_of(self._name)))

    def copy(self, folder: Path) -> dict[str, str]:
        name = _new_name()
        _administer(f'CREATE DATABASE "{name}" TEMPLATE "{self._name}"')
        return {"DATABASE_URL": url_of(name)}

    def drop(self, environment: dict[str, str]) -> None:
        _administer(f'DROP DATABASE IF EXISTS "{urlsplit(environment["DATABASE_URL"]).path[1:]}" WITH (FORCE)')

    def close(self) -> None:
        """Take the template itself away."""
        self.drop({"DATABASE_URL": url_of(self._name)})


def url_of(name: str) -> str:
    """The address of another database on the test server."""
    return urlunsplit(urlsplit(POSTGRES_URL)._replace(path=f"/{name}"))


def rows(environment: dict[str, str], sql: str) -> list[tuple[Any, ...]]:
    """Read from an installation's database."""
    if "DATABASE_URL" in environment:
        with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
            return connection.execute(sql).fetchall()  # type: ignore[call-overload, no-any-return]
    path = Path(environment["WARROOM_DATA_DIR"]) / "warroom.sqlite3"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as connection:
        return connection.execute(sql).fetchall()


def change(environment: dict[str, str], sql: str) -> None:
    """Write into an installation's database, past the product: for what would take long to happen by itself."""
    if "DATABASE_URL" in environment:
        with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[call-overload]
        return
    path = Path(environment["WARROOM_DATA_DIR"]) / "warroom.sqlite3"
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as connection:
        connection.execute(sql)


def _new_name() -> str:
    return f"warroom_run_{secrets.token_hex(4)}"


def _administer(sql: str) -> None:
    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        connection.execute(sql)  # type: ignore[call-overload]


def _fill(environment: dict[str, str]) -> str:
    """Make tables, Ada, Bo and a token of Ada's; returns the token."""
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", _FILL],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the template could not be filled:\n{done.stdout}\n{done.stderr}")
    return done.stdout.split()[-1]
