"""`manage.py serve` doing nothing: memory, and how fast it is ready the second time."""

import time

from benchmarks.kit import Figure, embedded, process, python, resident_mb, run, wait_for

QUICK = {"seconds": 5.0}


def measure(seconds: float = 20.0) -> list[Figure]:
    """Start it once, then again; look at its memory after a while."""
    with embedded() as env:
        run(python("manage.py", "migrate", "-v0"), env)
        run(python("manage.py", "seed_demo"), env)
        port = int(env["PORT"])
        with process(python("manage.py", "serve"), env):
            wait_for(port)
        with process(python("manage.py", "serve"), env) as serve:
            ready = wait_for(port)
            time.sleep(seconds)
            memory = resident_mb(serve.pid)
    return [
        Figure("Ready at the second start", f"{ready:.1f} s", "within 5 s", ready < 5),
        Figure("Resident memory, idle", f"{memory:.0f} MB", "under 250 MB", memory < 250),
    ]
