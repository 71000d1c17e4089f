"""The table of kills: point, mode, runs, violations, seconds."""

from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest

PROPERTY = "kill"


def note(record_property: Callable[[str, object], None], point: str, mode: str) -> None:
    """Have this test's result appear in the table."""
    record_property(PROPERTY, f"{point}|{mode}")


def lines(reporter: pytest.TerminalReporter) -> Iterator[str]:
    """The table as text, one line per point and mode; nothing when nothing was killed."""
    found: dict[tuple[str, str], list[tuple[bool, float]]] = defaultdict(list)
    for outcome in ("passed", "failed"):
        for report in reporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == PROPERTY and report.when == "call":
                    point, _, mode = str(value).partition("|")
                    found[point, mode].append((report.passed, report.duration))
    if not found:
        return
    yield ""
    yield f"{'point':<24} {'mode':<12} {'runs':>5} {'violations':>11} {'seconds':>8}"
    for (point, mode), runs in sorted(found.items(), key=_order):
        bad = sum(not passed for passed, _ in runs)
        longest = max(seconds for _, seconds in runs)
        yield f"{point:<24} {mode:<12} {len(runs):>5} {bad:>11} {longest:>8.1f}"


def _order(entry: tuple[tuple[str, str], object]) -> tuple[str, int, str]:
    point, mode = entry[0]
    digits = "".join(letter for letter in point.split()[0] if letter.isdigit())
    return (mode, int(digits or 99), point)
