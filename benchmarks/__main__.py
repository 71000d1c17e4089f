"""Run the benchmarks, print the table, write benchmarks/results/latest.json.

`make bench ARGS="door rooms"` runs some; `--quick` shortens each.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks.kit import Figure, calibrate

PARTS = ["declare", "rooms", "door", "sockets", "slack", "escalations", "idle"]


def main() -> int:
    quick = "--quick" in sys.argv
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")] or PARTS
    before = calibrate()
    figures: list[Figure] = []
    for part in wanted:
        start = time.perf_counter()
        module = import_module(f"benchmarks.{part}")
        found = module.measure(**(getattr(module, "QUICK", {}) if quick else {}))
        figures += found
        print(f"\n{part} ({time.perf_counter() - start:.0f} s)")
        for figure in found:
            mark = {True: "met", False: "NOT MET", None: ""}[figure.met]
            print(f"  {figure.name}: {figure.value}  [{figure.wanted or '-'}] {mark}")
    after = calibrate()
    print(f"\ncalibration loop: {before} before, {after} after (million steps a second)")
    out = Path(__file__).parent / "results" / "latest.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(
        json.dumps({"calibration": [before, after], "figures": [vars(figure) for figure in figures]}, indent=1)
    )
    print(f"written to {out.relative_to(Path.cwd())}" if out.is_relative_to(Path.cwd()) else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
