"""Named places where a test may kill the process: `killpoint("K2")` does nothing elsewhere.

The kill tests start real processes with WARROOM_KILLPOINT=<name>[:<n>]: the process ends itself with
SIGKILL at the n-th pass (default: the first). WARROOM_KILLPOINT_FILE, when given, is created first and a
process that finds it already there does not die again, so that a restarted product lives on.
"""

import os
import signal
from pathlib import Path

_passes: dict[str, int] = {}


def killpoint(name: str) -> None:
    """Die here by SIGKILL when the environment asks for it."""
    wanted = os.environ.get("WARROOM_KILLPOINT")
    if not wanted:
        return
    point, _, nth = wanted.partition(":")
    if point != name:
        return
    _passes[name] = _passes.get(name, 0) + 1
    if _passes[name] < int(nth or 1):
        return
    marker = os.environ.get("WARROOM_KILLPOINT_FILE")
    if marker:
        try:
            Path(marker).touch(exist_ok=False)
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)
