"""`manage.py slack_manifest`: prints the manifest of the Slack app, with this installation's addresses."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from integrations.slack.app_manifest import app_manifest
from integrations.slack.installing import names_here


class Command(BaseCommand):
    help = "Print the manifest of the Slack app, with this installation's addresses and command names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--socket", action="store_true", help="for Socket Mode, where Slack can't reach us")
        parser.add_argument("--json", action="store_true", help="as JSON instead of YAML")

    def handle(self, *args: Any, socket: bool, json: bool, **options: Any) -> None:
        names = names_here()
        manifest = app_manifest(settings.BASE_URL, names, by_socket=socket)
        self.stdout.write(manifest.as_json if json else manifest.as_yaml.rstrip())
        for name in names:
            if name.refused:
                self.stderr.write(name.refused)
