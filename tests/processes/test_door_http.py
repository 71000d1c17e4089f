"""The door behind a real server: huge, slow and repeated requests on real sockets."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.pagerduty.events import body
from tests.pagerduty.sender import Sender, signed
from tests.processes.conftest import MakeStack
from tests.processes.harness import EMBEDDED, HOOK_SECRET, Stack

RAW = body("incident.triggered", incident="Q1", key="k", id_="01E1")
MEGABYTE = 1024 * 1024
MORE_MEMORY = 64


def test_the_door_stands(make_stack: MakeStack) -> None:
    stack = make_stack(EMBEDDED)
    stack.start()
    slow = _slow_body(stack)
    sender = Sender(lambda: stack.url, HOOK_SECRET)
    assert sender.try_once(RAW, "hook-warm") == 202
    before = _memory(stack)

    statuses = _raw(stack, b"GET /hooks/pagerduty HTTP/1.1\r\nHost: x\r\n\r\n")
    assert statuses.startswith(b"HTTP/1.1 405")
    begin = time.monotonic()
    said = _raw(stack, b"POST /hooks/pagerduty HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nabc")
    assert said.startswith(b"HTTP/1.1 413")
    assert _endless_body(stack).startswith(b"HTTP/1.1 413")
    packed = b"POST /hooks/pagerduty HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    assert _raw(stack, packed).startswith(b"HTTP/1.1 415")
    assert time.monotonic() - begin < 5
    assert _raw(stack, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400")
    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda n: sender.try_once(RAW, "hook-50"), range(50)))
    assert set(answers) == {202}

    # Repeated, refused and broken requests have left one row each id, and no memory behind.
    assert stack.count("SELECT count(*) FROM connections_received") == 2
    assert _memory(stack) - before < MORE_MEMORY
    assert _answer(slow).startswith(b"HTTP/1.1 408")
    assert stack.dead() == []


def _slow_body(stack: Stack) -> socket.socket:
    """A request whose body stops half way."""
    connection = socket.create_connection(("127.0.0.1", stack.port), timeout=30)
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(RAW, HOOK_SECRET, "slow").items())
    length = len(RAW)
    connection.sendall(f"POST /hooks/pagerduty HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {length}\r\n\r\n".encode())
    connection.sendall(RAW[: length // 2])
    return connection


def _endless_body(stack: Stack) -> bytes:
    """Send pieces without a length until the answer comes; it must come long before 100 MB."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=30) as connection:
        connection.sendall(b"POST /hooks/pagerduty HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        connection.settimeout(0.0005)
        for _ in range(1600):
            try:
                connection.settimeout(10)
                connection.sendall(piece)
                connection.settimeout(0.0005)
                return connection.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                return b"HTTP/1.1 413 (closed)"
    pytest.fail("a hundred megabytes were read")


def _raw(stack: Stack, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", stack.port), timeout=30) as connection:
        connection.sendall(request)
        return connection.recv(4096)


def _answer(connection: socket.socket) -> bytes:
    with connection:
        return connection.recv(4096)


def _memory(stack: Stack) -> float:
    """Megabytes that the program holds."""
    status = Path(f"/proc/{stack.processes['serve'].pid}/status").read_text()
    line: Callable[[str], int] = lambda name: int(status.split(f"{name}:")[1].split()[0])  # noqa: E731
    return line("VmRSS") / 1024
