"""Random typed lines, repeatable from a seed: grammar words, phone punctuation and plain noise."""

import os
import random
import time
from collections.abc import Callable, Iterator

SWEEP = bool(os.environ.get("WARROOM_SWEEP"))
#: how many random lines a property test tries
COUNT = 50_000 if SWEEP else 300

_PIECES = [
    "/incident", "/Incident", "/help", "/", "/status", "//", "incident", "please", "the", "to", "for", "in",
    "sev", "sev1", "1", "5", "6", "critical", "resolve", "resovle", "create", "task", "add", "done", "note",
    "merge", "into", "assign", "comms", "lead", "me", "@bo", "@", "@me", "@bo@example.com", "#142",
    "INC-142", "inc-9:", "142", "#", "this", "--sev", "--sev=1", "—sev", "–sev", "—-sev", "--at",
    "--at=-20m", "--due", "--service", '--service="a b"', "--private", "--private=no", "--", "—", "–",
    "---", "--=", "--x=", "--incident", "now", "14:05", "14:05Z", "tomorrow", "9", "-20m", "—20m", "10m",
    "1h30m", "2026-03-01T14:05Z", "99999999999999999999", '"', '""', '"quoted text"', "“curly”", "“open",
    "close”", "„low“", '\\"', '"a\\"', "\\", "don't", "it’s", "<https://a.example/x|y>",
    "https://a.example/?q=1&r=2", "```", "`x`", "*b*", "🔥", "日本語", "İ", "ß", "ﬁ", "\x00", "\ud800",
    "\u200b", "\u202e", "\ufeff", "a" * 300, "٣", "½", "१२",
]  # fmt: skip
_GAPS = [" "] * 8 + ["  ", "\u00a0", "\t", "\n", "\u202f", "\u200b", "", ""]


def random_lines(count: int = COUNT, seed: int = 142) -> Iterator[str]:
    """Yield that many lines; every third starts like a command."""
    dice = random.Random(seed)
    for index in range(count):
        parts = ["/incident "] if index % 3 == 0 else []
        for _ in range(dice.randint(0, 9)):
            parts.append(dice.choice(_PIECES) if dice.random() < 0.85 else _noise(dice))
            parts.append(dice.choice(_GAPS))
        yield "".join(parts)


def within(limit: float, run: Callable[[], object]) -> bool:
    """True when it takes less than the limit, in seconds of this process.

    The best of three counts: a pause of the garbage collector or of the machine is not the parser's.
    """
    for _ in range(3):
        began = time.perf_counter()
        run()
        if time.perf_counter() - began < limit:
            return True
    return False


def _noise(dice: random.Random) -> str:
    return "".join(chr(dice.choice([dice.randint(1, 127), dice.randint(1, 0xFFFF)])) for _ in range(dice.randint(0, 6)))
