"""`manage.py restore PATH`: put a backup back; what it would send waits for `restore --release`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.schema import waiting_migrations
from config.backup import BadBackup
from config.databases import DatabaseTrouble
from config.restoring import NotEmpty, restore
from connections.holding import release


class Command(BaseCommand):
    help = "Put a backup in the place of what is here, and hold what it would send until --release."
    # They would open the pool of connections, before it is asked who else is connected.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", nargs="?", help="a file made by manage.py backup")
        parser.add_argument("--force", action="store_true", help="replace what is here already")
        parser.add_argument("--release", action="store_true", help="let go what a restore holds back")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["path"]) == options["release"]:
            raise CommandError("Give the path of a backup, or --release.")
        if options["release"]:
            if waiting := waiting_migrations():
                raise CommandError(f"{waiting} migrations wait: run manage.py migrate first.")
            self._say_counts("Let go", release())
            return
        try:
            restored = restore(Path(options["path"]).expanduser(), force=options["force"])
        except BadBackup as error:
            raise CommandError(f"This backup can't be used. {error}")
        except NotEmpty as error:
            hint = "" if "other programs" in str(error) else " --force replaces it."
            raise CommandError(f"{error}{hint} Nothing has changed.")
        except DatabaseTrouble as error:
            raise CommandError(str(error))
        manifest = restored.manifest
        self.stdout.write(
            f"Restored: the backup of {manifest.made_at} (Warroom {manifest.version}),"
            f" {sum(manifest.counts.values())} rows, {manifest.file_count} files."
        )
        if restored.former:
            self.stdout.write(f"The former database is kept as {restored.former}.")
        for note in restored.notes:
            self.stdout.write(self.style.WARNING(note))
        self._say_counts("Held back", restored.held)
        self.stdout.write(
            "Every lane is on hold: nothing that the backup had in hand goes out, and no line goes to the channels"
            " it knows. Start Warroom, look at what is there, then say: manage.py restore --release"
        )

    def _say_counts(self, what: str, counts: dict[str, int]) -> None:
        said = ", ".join(f"{count} {name}" for name, count in counts.items())
        self.stdout.write(f"{what}: {said or 'nothing'}.")
