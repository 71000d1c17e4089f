"""Starting and stopping the emulator."""

import json
import os
import select
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.request import urlopen

VARIABLE = "WARROOM_SLACK_EMULATOR"
_LAUNCH = Path(__file__).parent / "launch.mjs"
_READY_SECONDS = 30


def why_not() -> str:
    """Why the emulator can't be run here; empty when it can."""
    folder = os.environ.get(VARIABLE, "")
    if not folder:
        return f"{VARIABLE} is not set; tests/fakes/slack_emulator/install.sh FOLDER makes the folder it names"
    needed = [Path(folder) / "node", Path(folder) / "node_modules" / "emulate" / "dist" / "api.js"]
    missing = [str(path) for path in needed if not path.exists()]
    return f"{VARIABLE} names a folder without {' and '.join(missing)}" if missing else ""


class Emulator:
    """One workspace; events go to `listener`."""

    def __init__(self, listener: str, workspace: Mapping[str, Any]) -> None:
        self._listener, self._workspace = listener, workspace

    def __enter__(self) -> Self:
        folder = os.environ[VARIABLE]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._process = subprocess.Popen(
            [str(Path(folder) / "node"), str(_LAUNCH), folder, str(port), self._listener],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "")},
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(self._workspace))
        self._process.stdin.close()
        self._wait()
        self.url = f"http://127.0.0.1:{port}"
        self.api_url = f"{self.url}/api/"
        return self

    def _wait(self) -> None:
        """:raises RuntimeError: it did not say that it is ready; with what it said."""
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], _READY_SECONDS)
        said = self._process.stdout.readline() if readable else "nothing"
        if not said.startswith("ready"):
            self._process.kill()
            rest = self._process.stdout.read() if readable else ""
            raise RuntimeError(f"The emulator did not become ready: {said}{rest}")

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def answers(self, name: str) -> list[dict[str, Any]]:
        """What was answered at the response_url of this name."""
        with urlopen(f"{self.url}/response", timeout=10) as found:
            return [answer for answer in json.loads(found.read()) if answer["name"] == name]

    def response_url(self, name: str) -> str:
        """An address for answers."""
        return f"{self.url}/response/{name}"
