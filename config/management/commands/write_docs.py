"""`manage.py write_docs`: writes the reference pages that are drawn from the code."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.reference import WHERE, pages


class Command(BaseCommand):
    help = "Write the pages under docs/reference that are drawn from the code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is not up to date")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        stale = []
        for name, text in pages().items():
            path = WHERE / name
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            stale.append(name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                self.stdout.write(f"docs/reference/{name}")
        if check and stale:
            raise CommandError(f"Not up to date: {', '.join(stale)}. Run make docs.")
