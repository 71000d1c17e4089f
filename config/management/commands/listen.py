"""`manage.py listen`: runs the long-lived connections of integrations, one thread for each."""

import logging
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from config.running import run_until_signal
from integrations.kit.environment import connections_from_environment
from integrations.kit.listeners import Listener, listeners

log = logging.getLogger(__name__)

_LONGEST_PAUSE = 60.0
_STOP_WITHIN = 10.0


class Ears:
    """Keeps every listener running until stopped; one that fails is started again after a growing pause."""

    def __init__(self, found: dict[str, Listener]) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep, args=(name, run), name=f"listen {name}", daemon=True)
            for name, run in found.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Tell all to stop and wait for them, a few seconds at most."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=_STOP_WITHIN)

    def _keep(self, name: str, run: Listener) -> None:
        failures = 0
        while not self._stop.is_set():
            close_old_connections()
            try:
                run(self._stop)
                failures = 0
            except Exception:
                failures += 1
                log.exception("the listener %s stopped (%s times in a row)", name, failures)
            self._stop.wait(min(_LONGEST_PAUSE, 2.0 ** min(failures, 6)))


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
