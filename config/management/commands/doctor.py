"""`manage.py doctor`: checks the invariants on any database, changes nothing."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.schema import waiting_migrations
from config.doctor import examine


class Command(BaseCommand):
    help = "Check what must always hold; prints what is wrong and exits 1 when something is."

    def handle(self, *args: Any, **options: Any) -> None:
        if waiting := waiting_migrations():
            raise CommandError(f"{waiting} migrations wait: run manage.py migrate first.")
        problems = examine()
        for problem in problems:
            self.stdout.write(self.style.ERROR(problem))
        if problems:
            self.stdout.write(f"{len(problems)} problems.")
            sys.exit(1)
        self.stdout.write("Nothing is wrong.")
