"""`manage.py slack_fetch`: reads the incidents' channels again, for what may have been missed."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from common import clock
from connections.models import Connection
from integrations.slack.backfilling import plan


class Command(BaseCommand):
    help = "Have the channels of incidents read again, for what was said while Slack could not reach Warroom."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--minutes", type=int, default=60, help="how far back (default: 60)")

    def handle(self, *args: Any, minutes: int, **options: Any) -> None:
        since = clock.now() - timedelta(minutes=max(1, minutes))
        for connection in Connection.objects.filter(kind="slack", is_on=True, removed_at__isnull=True):
            count = plan(connection, since)
            self.stdout.write(
                f"{connection.name}: {count} channels will be read again, from {since:%Y-%m-%d %H:%M} UTC on"
            )
