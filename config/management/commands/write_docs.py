"""`manage.py write_docs`: writes the reference pages that are drawn from the code."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from config.reference import WHERE, pages, stale


class Command(BaseCommand):
    help = "Write the pages under docs/reference that are drawn from the code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is not up to date")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        with _a_database_of_its_own():
            drawn = pages()
        names = stale(drawn)
        if check and names:
            raise CommandError(f"Not up to date: {', '.join(names)}. Run make docs.")
        for name in names:
            path = WHERE / name
            if name in drawn:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(drawn[name], encoding="utf-8")
            else:
                path.unlink()
            self.stdout.write(f"docs/reference/{name}")


@contextmanager
def _a_database_of_its_own() -> Iterator[None]:
    """What is drawn from rows is drawn in an empty database, never in the installation's."""
    usual = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(usual, verbosity=0)
