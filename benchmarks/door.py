"""The hook door against the smallest Django view, interleaved, durable before the answer."""

import asyncio
import hashlib
import hmac
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.kit import Figure, database, free_port, median, percentile, process, python, run, wait_for
from benchmarks.yardstick_secret import SECRET

SECONDS = 3.0
ROUNDS = 3


def request_for(port: int, prefix: str) -> Callable[[int], bytes]:
    """Return a maker of signed webhook requests, each with its own id."""

    def make(n: int) -> bytes:
        body = json.dumps(
            {
                "event": {
                    "id": f"{prefix}{n}",
                    "event_type": "service.updated",
                    "resource_type": "service",
                    "occurred_at": "2026-03-04T10:15:22.169Z",
                    "agent": None,
                    "client": None,
                    "data": {"id": "PSVC001", "type": "service", "summary": "orders-db " + "x" * 900},
                }
            }
        ).encode()
        signature = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
        return (
            f"POST /hooks/pagerduty HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"X-PagerDuty-Signature: v1={signature}\r\nX-Webhook-Id: {prefix}{n}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    return make


def measure(rounds: int = ROUNDS, seconds: float = SECONDS) -> list[Figure]:
    """PostgreSQL with two web processes at 8 and 32 connections; SQLite with one process at 8."""
    figures = []
    with database() as ours, database() as theirs, tempfile.TemporaryDirectory() as folder:
        env = {
            "DATABASE_URL": ours,
            "SECRET_KEY": "b" * 50,
            "WARROOM_DATA_DIR": folder,
            "PAGERDUTY_WEBHOOK_SECRET": SECRET.decode(),
            "BASE_URL": "http://127.0.0.1",
            "LOG_LEVEL": "ERROR",
        }
        run(python("manage.py", "migrate", "-v0"), env)
        run(python("-c", _MAKE_CONNECTION), env)
        figures += _compare(
            "PostgreSQL, two web processes", env, {"YARDSTICK_DATABASE": theirs}, 2, [8, 32], rounds, seconds
        )
    with tempfile.TemporaryDirectory() as folder:
        env = {
            "WARROOM_DATA_DIR": folder,
            "PAGERDUTY_WEBHOOK_SECRET": SECRET.decode(),
            "BASE_URL": "http://127.0.0.1",
            "LOG_LEVEL": "ERROR",
        }
        run(python("manage.py", "migrate", "-v0"), env)
        run(python("-c", _MAKE_CONNECTION), env)
        figures += _compare(
            "SQLite, one process", env, {"YARDSTICK_FILE": str(Path(folder) / "y.sqlite3")}, 1, [8], rounds, seconds
        )
    return figures


_MAKE_CONNECTION = (
    "import os; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings'); import django; django.setup();"
    "from integrations.kit.environment import connections_from_environment; connections_from_environment()"
)


def _compare(
    name: str,
    env: dict[str, str],
    yardstick_env: dict[str, str],
    workers: int,
    connection_counts: list[int],
    rounds: int,
    seconds: float,
) -> list[Figure]:
    from benchmarks.kit import load

    ours_port, theirs_port = free_port(), free_port()
    run(python("-m", "benchmarks.yardstick"), yardstick_env)
    web = python(
        "-m", "uvicorn", "config.asgi:application", "--port", str(ours_port), "--workers", str(workers),
        "--log-level", "error", "--no-access-log",
    )  # fmt: skip
    wsgi = python(
        "-m", "granian", "--interface", "wsgi", "--port", str(theirs_port), "--workers", str(workers),
        "--no-log", "benchmarks.yardstick:application",
    )  # fmt: skip
    figures = []
    with process(web, env), process(wsgi, yardstick_env):
        wait_for(ours_port)
        wait_for(theirs_port)
        for port, prefix in ((ours_port, "warm"), (theirs_port, "warm")):
            asyncio.run(load(port, 8, 1.0, request_for(port, prefix)))
        for connections in connection_counts:
            rates: dict[str, list[float]] = {"ours": [], "theirs": []}
            slow: dict[str, list[float]] = {"ours": [], "theirs": []}
            for turn in range(rounds):
                for who, port in (("theirs", theirs_port), ("ours", ours_port)):
                    prefix = f"{name[:1]}{connections}.{turn}.{who}."
                    rate, latencies, statuses = asyncio.run(load(port, connections, seconds, request_for(port, prefix)))
                    if set(statuses) != {202}:
                        raise RuntimeError(f"{who} answered {statuses}")
                    rates[who].append(rate)
                    slow[who] += latencies
            ratio = median(rates["ours"]) / median(rates["theirs"])
            aim = 3.0 if workers == 2 else 1.0
            figures.append(
                Figure(
                    f"Hook door, {name}, {connections} connections",
                    f"{ratio:.2f} × the smallest Django view ({median(rates['ours']):.0f} against"
                    f" {median(rates['theirs']):.0f} a second; p99 {percentile(slow['ours'], 0.99):.0f} against"
                    f" {percentile(slow['theirs'], 0.99):.0f} ms)",
                    "at least 1 ×" + (", aim 3 ×" if aim == 3.0 else ""),
                    ratio >= 1.0,
                    {"rates": rates, "ratio": ratio, "aim_met": ratio >= aim},
                )
            )
    return figures
