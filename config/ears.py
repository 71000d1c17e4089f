"""Keeping the long-lived connections of integrations up, one thread for each."""

import logging
import threading

from django.db import close_old_connections

from integrations.kit.listeners import Listener

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
