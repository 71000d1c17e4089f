"""`manage.py listen`: runs the long-lived connections of integrations, one thread for each."""

from typing import Any

from django.core.management.base import BaseCommand

from config.ears import Ears
from config.running import run_until_signal
from integrations.kit.environment import connections_from_environment
from integrations.kit.listeners import listeners


class Command(BaseCommand):
    help = "Run the long-lived connections of integrations (with none, wait for a signal)."

    def handle(self, *args: Any, **options: Any) -> None:
        connections_from_environment()
        ears = Ears(listeners())

        def start() -> None:
            ears.start()
            names = ", ".join(listeners())
            nobody = "No installed integration has a long-lived connection; waiting to be stopped."
            self.stdout.write(f"Listening: {names}" if names else nobody)
            self.stdout.flush()

        run_until_signal(start, ears.stop)
