"""A real Warroom on loopback: its processes, as they run outside tests, started and killed by their ids.

Embedded: one program and SQLite. Production: web, worker and clock on PostgreSQL with a broker.
"""

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Protocol

from tests.processes.databases import ROOT, bare_environment, rows
from tests.processes.waiting import wait_until

__all__ = ["EMBEDDED", "HOOK_SECRET", "PRODUCTION", "Stack", "wait_until"]

EMBEDDED, PRODUCTION = "embedded", "production"
HOOK_SECRET = "process-tests-hook-secret"
_BOOT_SECONDS = 60.0
_STOP_SECONDS = 15.0


class Template(Protocol):
    """A filled database to copy."""

    token: str

    def copy(self, folder: Path) -> dict[str, str]: ...

    def drop(self, environment: dict[str, str]) -> None: ...


class Process:
    """One process of an installation, with its log."""

    def __init__(self, name: str, words: list[str], environment: dict[str, str], log: Path) -> None:
        self.name, self._log = name, log
        with log.open("ab") as out:
            self._log_from = out.tell()
            self._running = subprocess.Popen(
                [sys.executable, *words], cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT
            )

    @property
    def ended(self) -> int | None:
        """The exit code; -9 when it was killed; None while it runs."""
        return self._running.poll()

    @property
    def pid(self) -> int:
        return self._running.pid

    def signal(self, number: signal.Signals) -> None:
        self._running.send_signal(number)

    def said(self) -> str:
        """Its log since it was started."""
        with self._log.open("rb") as log:
            log.seek(self._log_from)
            return log.read().decode(errors="replace")

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self._running.send_signal(signal.SIGKILL)
        self._running.wait(_STOP_SECONDS)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not end."""
        self._running.terminate()
        try:
            self._running.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


class Stack:
    """One installation: its database, its processes, its address."""

    def __init__(self, mode: str, folder: Path, template: Template, **environment: str) -> None:
        self.mode, self.folder = mode, folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.token = template.token
        self._template = template
        self.environment = bare_environment(
            folder,
            PORT=str(self.port),
            BASE_URL=self.url,
            PAGERDUTY_WEBHOOK_SECRET=HOOK_SECRET,
            WARROOM_API_RATE="100000/min",
            # The kill points of paging are passed by the pages that the test is about, and by no other.
            WARROOM_TEST_PAGE_MINUTES="0",
            **template.copy(folder),
            **environment,
        )
        self.processes: dict[str, Process] = {}
        self.killed = 0

    # --- processes --------------------------------------------------------------------------------
    @property
    def names(self) -> list[str]:
        return ["serve"] if self.mode == EMBEDDED else ["web", "worker", "clock"]

    def start(self, *names: str, **environment: str) -> None:
        """Start these processes (default: all) and wait until they are ready."""
        for name in names or self.names:
            words = _words(name, self.port)
            log = self.folder / f"{name}.log"
            self.processes[name] = Process(name, words, self.environment | environment, log)
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until the web answers /readyz and the worker listens."""
        if "serve" in self.processes or "web" in self.processes:
            wait_until(lambda: self._fallen() or self._answers(), _BOOT_SECONDS, "being ready")
        if "worker" in self.processes:
            wait_until(lambda: self._fallen() or self._worker_listens(), _BOOT_SECONDS, "a listening worker")

    def dead(self) -> list[str]:
        """The names of processes that have ended."""
        return [name for name, process in self.processes.items() if process.ended is not None]

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.killed += 1

    def restart(self, name: str, **environment: str) -> None:
        """Start it again at once, as its supervisor would, and wait until it is ready."""
        process = self.processes[name]
        if process.ended is None:
            process.stop()
        self.start(name, **environment)

    def revive(self) -> None:
        """Start again whatever was killed.

        :raises AssertionError: something ended by itself.
        """
        for name in self.dead():
            ended = self.processes[name].ended
            assert ended == -signal.SIGKILL, f"{name} ended with {ended}:\n{self.tail(name)}"
            self.start(name)

    def stop(self, *names: str) -> None:
        for name in names or list(self.processes):
            self.processes.pop(name).stop()

    def close(self) -> None:
        """End everything and drop the database."""
        for process in self.processes.values():
            if process.ended is None:
                process.kill()
        self.processes.clear()
        self._template.drop(self.environment)

    # --- looking in -------------------------------------------------------------------------------
    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read from its database."""
        return rows(self.environment, sql)

    def count(self, sql: str) -> int:
        """The number that a query gives."""
        return int(self.rows(sql)[0][0])

    def doctor(self) -> str:
        """What the doctor finds wrong ("" when nothing is)."""
        done = self.manage("doctor")
        return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}"

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command of this installation."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def tail(self, *names: str, characters: int = 3000) -> str:
        """The end of the logs."""
        logs = [self.folder / f"{name}.log" for name in names or self.names]
        return "\n".join(f"--- {p.stem}\n{p.read_text(errors='replace')[-characters:]}" for p in logs if p.exists())

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, key: str = "", seconds: float = 10
    ) -> tuple[int, dict[str, Any]]:
        """Call the API as Ada; returns status and answer, or 0 when nobody answered."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers=headers | ({"Idempotency-Key": key} if key else {}),
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"{}")
        except (OSError, ValueError):
            return 0, {}

    # --- waiting ----------------------------------------------------------------------------------
    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _worker_listens(self) -> bool:
        return " ready." in self.processes["worker"].said()

    def _fallen(self) -> bool:
        """A process that was killed at its kill point is for the test to see; any other end is a fault."""
        for name in self.dead():
            ended = self.processes[name].ended
            assert ended == -signal.SIGKILL, f"{name} ended with {ended}:\n{self.tail(name)}"
        return bool(self.dead())


def free_port() -> int:
    """A port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _words(name: str, port: int) -> list[str]:
    return {
        "serve": ["manage.py", "serve", "--port", str(port)],
        "web": ["-m", "uvicorn", "config.asgi:application", "--host", "127.0.0.1", "--port", str(port)],
        "worker": ["-m", "celery", "-A", "config", "worker", "--loglevel", "INFO"],
        "clock": ["manage.py", "clock"],
    }[name]
