"""Two web processes and Redis: who is in a room is seen in both, and so is who is writing."""

import json
import time
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.processes.conftest import MakeStack
from tests.processes.harness import PRODUCTION, Process, Stack, _words, free_port


def test_people_of_both_processes_see_each_other(make_stack: MakeStack, redis_url: str) -> None:
    stack = make_stack(PRODUCTION, REDIS_URL=redis_url)
    stack.start("web")
    other = free_port()
    stack.processes["web-2"] = Process("web-2", _words("web", other), stack.environment, stack.folder / "web-2.log")
    number = stack.call("POST", "/incidents", {"title": "Checkout answers 5xx"}, seconds=30)[1]["number"]
    bo = _token(stack, "bo@example.com")

    with _room(stack.port, number, stack.token) as one:
        with _room(other, number, bo) as two:
            seen = [_until(room, lambda frame: frame.get("count") == 2) for room in (one, two)]
            two.send('{"type": "typing"}')
            typing = _until(one, lambda frame: frame.get("type") == "typing")
        left = _until(one, lambda frame: frame.get("count") == 1)

    assert seen[0] == seen[1]
    assert {person["name"] for person in seen[0]["people"]} == {"Ada", "Bo"}
    assert typing["name"] == "Bo"
    assert [person["name"] for person in left["people"]] == ["Ada"]


def _token(stack: Stack, email: str) -> str:
    assert stack.manage("create_admin", email).returncode == 0
    made = stack.manage("create_token", email, "--scope", "read")
    assert made.returncode == 0, made.stderr
    return made.stdout.strip().splitlines()[-1]


def _room(port: int, number: int, token: str) -> ClientConnection:
    address = f"ws://127.0.0.1:{port}/ws/incidents/{number}?after=0"
    end = time.monotonic() + 30
    while True:
        try:
            return connect(address, additional_headers={"Authorization": f"Bearer {token}"}, open_timeout=10)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def _until(room: ClientConnection, fits: Any, seconds: float = 15) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        frame: dict[str, Any] = json.loads(room.recv(timeout=left))
        if fits(frame):
            return frame
    raise AssertionError("it did not come")
