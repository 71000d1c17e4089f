"""The real product as a program of its own: its own data directory, its own port, SQLite, loopback only."""

import fcntl
import hashlib
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HOOK_SECRET = "browser-tests-hook-secret"
PASSWORD = "all-hands-on-deck-42"
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
_READY_TRIES, _READY_EVERY = 120, 0.25
_TRIES, _TRY_EVERY = 3, 4.0


class Product:
    """One installation. `start()` it, talk to `url`, `stop()` it."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data, self.environment = data, environment
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data / "serve.log"
        self._read = 0
        self._process: subprocess.Popen[bytes] | None = None

    # --- setting up ------------------------------------------------------------------------------

    def manage(self, *words: str, text: str = "") -> str:
        """Run a management command of this installation and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self._environment(),
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(words)} failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def begin(self, *command: str) -> None:
        """Make tables and people (by this command), and serve. A tree that is being edited gets another chance."""
        for left in reversed(range(_TRIES)):
            try:
                self.manage("migrate", "--verbosity", "0")
                collect_static(self)
                self.manage(*command)
                self.set_passwords()
                self.start()
                return
            except RuntimeError:
                if not left:
                    raise
                time.sleep(_TRY_EVERY)

    def set_passwords(self) -> None:
        """Give everybody the same known password."""
        self.manage(
            "shell",
            "--no-imports",
            "-c",
            "from accounts.models import User\n"
            "for user in User.objects.all():\n"
            f"    user.set_password({PASSWORD!r})\n"
            "    user.save(update_fields=['password'])",
        )

    # --- running ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it and wait until /readyz says so.

        :raises RuntimeError: it ended, or was not ready in half a minute; with its log.
        """
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self._environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        for _ in range(_READY_TRIES):
            if self._process.poll() is not None:
                break
            if self._is_ready():
                return
            time.sleep(_READY_EVERY)
        self.stop()
        raise RuntimeError(f"The product did not become ready:\n{self.log.read_text(errors='replace')[-4000:]}")

    def stop(self) -> None:
        """Stop the process that we started."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=15)
        self._process = None

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _environment(self) -> dict[str, str]:
        """Only what is meant for it: pytest's settings and services stay outside."""
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        return {
            **kept,
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "WARROOM_DATA_DIR": str(self.data),
            "BASE_URL": self.url,
            "PORT": str(self.port),
            "PAGERDUTY_WEBHOOK_SECRET": HOOK_SECRET,
            "WARROOM_API_RATE": "100000/min",
            **self.environment,
        }

    # --- looking inside --------------------------------------------------------------------------

    def faults(self) -> str:
        """What the log says of errors since the last question; empty when all went well."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        new, self._read = text[self._read :], len(text)
        return new if "Traceback" in new or " ERROR " in new else ""

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The database itself, for what only time would bring about."""
        connection = sqlite3.connect(self.data / "warroom.sqlite3", timeout=20)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


def seeded(data: Path, **environment: str) -> Product:
    """The demo organisation: Ada, Bo, Cleo and Dan, three past incidents, one that goes on."""
    product = Product(data, **environment)
    product.begin("seed_demo")
    return product


def bare(data: Path) -> Product:
    """An installation with nothing in it but Ada, an administrator."""
    product = Product(data)
    product.begin("create_admin", "ada@example.com")
    return product


def collect_static(product: Product) -> None:
    """Collect once per state of the static files, whatever the number of test processes."""
    target = ROOT / "staticfiles"
    target.mkdir(exist_ok=True)
    with (target / ".collecting").open("a+") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        guard.seek(0)
        state = _state_of(ROOT / "static")
        if guard.read() != state or not (target / "staticfiles.json").exists():
            product.manage("collectstatic", "--noinput", "--verbosity", "0")
            guard.seek(0)
            guard.truncate()
            guard.write(state)


def _state_of(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return found.hexdigest()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def number_of(url: str) -> int:
    """The incident's number in an address."""
    found = re.search(r"/incidents/(\d+)", url)
    assert found, f"{url} is no incident's page"
    return int(found.group(1))
