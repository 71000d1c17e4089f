"""`manage.py backup PATH`: everything in one file, made while Warroom runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from common import clock
from config.backup import make_backup
from config.databases import DatabaseTrouble


class Command(BaseCommand):
    help = "Write the database, attachments and audit heads into one .tar.gz; Warroom may go on running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", help="a new file, or a directory in which it gets a name with the time")

    def handle(self, *args: Any, path: str, **options: Any) -> None:
        to = Path(path).expanduser()
        if path.endswith("/") and not to.is_dir():
            raise CommandError(f"There is no directory {to}.")
        if to.is_dir():
            to = to / f"warroom-{clock.now():%Y%m%dT%H%M%SZ}.tar.gz"
        if to.exists():
            raise CommandError(f"{to} is there already; give another name.")
        if not to.parent.is_dir():
            raise CommandError(f"There is no directory {to.parent}.")
        try:
            manifest = make_backup(to)
        except (DatabaseTrouble, OSError) as error:
            raise CommandError(str(error))
        rows = sum(manifest.counts.values())
        self.stdout.write(f"{to}: {rows} rows, {manifest.file_count} files, {filesizeformat(to.stat().st_size)}")
        for name in manifest.missing_files:
            self.stdout.write(self.style.WARNING(f"The file {name} is gone from its place and is not in the backup."))
        if manifest.has_secret_key:
            self.stdout.write(
                self.style.WARNING(
                    "It holds the secret key, which opens every secret in it: keep it as you would keep a password."
                )
            )
        else:
            self.stdout.write(
                "SECRET_KEY and WARROOM_ENCRYPTION_KEYS are not in it. Keep them elsewhere: without them the"
                " secrets of the connections can't be read again."
            )
