"""What the benchmarks share: processes, load, figures."""

import asyncio
import math
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("WARROOM_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("WARROOM_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


@dataclass
class Figure:
    """One line of the table: what, measured, wanted, and whether it is met (None: nothing was asked for)."""

    name: str
    value: str
    wanted: str = ""
    met: bool | None = None
    details: dict[str, Any] = field(default_factory=dict)


def calibrate() -> float:
    """Return how many million steps a second this machine does in a plain loop right now."""
    start = time.perf_counter()
    total = 0
    for n in range(2_000_000):
        total += n & 7
    return round(2.0 / (time.perf_counter() - start), 2)


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def median(values: list[float]) -> float:
    return statistics.median(values) if values else float("nan")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(url_port: int, seconds: float = 30) -> float:
    """Wait until something listens on the port; returns after how many seconds it did."""
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        try:
            with socket.create_connection(("127.0.0.1", url_port), timeout=0.2):
                return time.perf_counter() - start
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {url_port} after {seconds} s")


@contextmanager
def process(command: list[str], env: dict[str, str], *, log: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of ours and end it by its own pid."""
    out = log.open("wb") if log else subprocess.DEVNULL
    started = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **env}, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        yield started
    finally:
        os.killpg(started.pid, signal.SIGTERM)
        try:
            started.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait(timeout=5)


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def run(command: list[str], env: dict[str, str]) -> str:
    """Run to the end and return what it printed."""
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{command} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


@contextmanager
def database() -> Iterator[str]:
    """Make a PostgreSQL database of our own and drop it afterwards; yields its URL."""
    import psycopg

    name = f"warroom_bench_{os.getpid()}_{time.monotonic_ns() % 1_000_000}"
    parts = urlsplit(POSTGRES)
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def embedded() -> Iterator[dict[str, str]]:
    """The environment of a fresh embedded installation."""
    with tempfile.TemporaryDirectory(prefix="warroom-bench-") as folder:
        port = free_port()
        yield {
            "WARROOM_DATA_DIR": folder,
            "PORT": str(port),
            "BASE_URL": f"http://127.0.0.1:{port}",
            "WARROOM_API_RATE": "1000000/min",
            "LOG_LEVEL": "ERROR",
        }


async def load(
    port: int, connections: int, seconds: float, request: Callable[[int], bytes]
) -> tuple[float, list[float], dict[int, int]]:
    """Send requests over keep-alive connections for a bounded time.

    Returns requests a second, the latencies in milliseconds, and how often each status was answered.
    """
    latencies: list[float] = []
    statuses: dict[int, int] = {}
    counter = iter(range(1 << 40))
    end = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while time.perf_counter() < end:
                start = time.perf_counter()
                writer.write(request(next(counter)))
                head = await reader.readuntil(b"\r\n\r\n")
                status = int(head[9:12])
                lower = head.lower()
                at = lower.find(b"content-length:")
                if at >= 0:
                    length = int(lower[at + 15 : lower.index(b"\r", at)])
                    if length:
                        await reader.readexactly(length)
                elif b"chunked" in lower:
                    while (await reader.readline()).strip() != b"0":
                        await reader.readline()
                    await reader.readline()
                latencies.append((time.perf_counter() - start) * 1000)
                statuses[status] = statuses.get(status, 0) + 1
        finally:
            writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return len(latencies) / (time.perf_counter() - start), latencies, statuses


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
