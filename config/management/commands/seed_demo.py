"""`manage.py seed_demo`: a lived-in organisation to look at; `--remove` takes it away again."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from config.demo.organisation import remove_demo, seed_demo


class Command(BaseCommand):
    help = "Load the demo organisation (refused where BASE_URL is public), or --remove it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--remove", action="store_true", help="remove demo incidents; the audit stays")
        parser.add_argument("--if-empty", action="store_true", help="only when nobody has an account yet")

    def handle(self, *args: Any, remove: bool, if_empty: bool, **options: Any) -> None:
        if remove:
            self.stdout.write(f"Removed {remove_demo()} demo incidents.")
            return
        if if_empty and User.objects.exists():
            return
        if settings.BASE_IS_PUBLIC:
            if if_empty:
                self.stdout.write(
                    "No demo here: BASE_URL is public. Begin with: manage.py create_admin you@example.com"
                )
                return
            raise CommandError("Demo data refuses to load where BASE_URL is public.")
        password = seed_demo()
        self.stdout.write(f"Warroom is at {settings.BASE_URL}")
        if password:
            self.stdout.write(f"Sign in as ada@example.com with the password {password}")
            self.stdout.write("(bo, cleo and dan@example.com have the same one)")
