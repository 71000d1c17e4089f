"""The parts of a running product, as threads of one program or as programs of their own."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection

from common import doorbell
from common.pending import pending_tables
from common.work import Clock, Crew
from config import env
from oncall.watching import look

log = logging.getLogger(__name__)

_PORT = "serve.port"
#: seconds between two looks at paging
_LOOK = 5.0


class ClockThread:
    """The clock and its crew, in threads of this process.

    Without a broker the crew also hears the doorbell of this process. With one the workers do; the crew
    only takes over what they leave lying.
    """

    def __init__(self, *, has_broker: bool, threads: int = 40) -> None:
        self.crew = Crew(threads)
        self._has_broker = has_broker
        self.clock = Clock(self.crew, has_broker=has_broker)
        self._thread = threading.Thread(target=self.clock.run, name="clock", daemon=True)
        self._disconnect: Any = None

    def start(self) -> None:
        if not self._has_broker:
            self._disconnect = doorbell.connect_local(self.crew.wake)
        self._thread.start()

    def stop(self) -> None:
        """Stop ticking, finish what is under way."""
        self.clock.stop()
        if self._disconnect:
            self._disconnect()
        self._thread.join(timeout=5)
        self.crew.close()


class WatchThread:
    """Looks every few seconds whether paging works, beside everything that paging is made of."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; what is being told at this moment is told to its end."""
        self._stop.set()

    def _run(self) -> None:
        silent = False
        while not self._stop.wait(_LOOK):
            try:
                close_old_connections()
                look()
                silent = False
            except Exception as error:
                # Without a database nobody can be asked who tells it: the heartbeat stays away, and that is heard.
                if not silent:
                    log.warning("nobody can look after paging: %s", error)
                silent = True
            finally:
                if connection.vendor != "sqlite":
                    connection.close()


def release_own_leases() -> int:
    """A fresh start of the embedded program, alone by its lock: leases of its former self are void."""
    freed = 0
    for table in pending_tables():
        freed += table._default_manager.filter(lease_until__isnull=False).update(lease_until=None, lease_owner="")
    return freed


@contextmanager
def alone() -> Iterator[None]:
    """Hold the guard of the data directory: one embedded program at a time.

    :raises SystemExit: another one runs here.
    """
    import fcntl

    path = settings.DATA_DIR / "serve.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit(f"Warroom runs already with {settings.DATA_DIR}; stop it first.")
        file.write(f"{socket.gethostname()} {os.getpid()}\n")
        file.flush()
        yield


def remember_port(port: int) -> None:
    """Keep the port that is served here, for commands that print addresses."""
    (settings.DATA_DIR / _PORT).write_text(f"{port}\n", encoding="utf-8")


def served_address() -> str:
    """The address that people open: BASE_URL; where nobody set one, that of the port that was served last."""
    path = settings.DATA_DIR / _PORT
    if env.text("BASE_URL") or env.text("PORT") or not path.exists():
        return str(settings.BASE_URL)
    port = path.read_text(encoding="utf-8").strip()
    return f"http://127.0.0.1:{port}" if port.isdecimal() else str(settings.BASE_URL)


def run_until_signal(start: Any, stop: Any) -> None:
    """Start, wait for SIGTERM or SIGINT, stop."""
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    start()
    done.wait()
    stop()
