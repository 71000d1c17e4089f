"""What several forms share."""

from collections.abc import Sequence
from datetime import timedelta

from chatops.dialogs import Option
from chatops.grammar.tokens import quoted
from incidents.models import Severity

_SAID = {1: "critical", 2: "major", 3: "minor", 4: "low", 5: "notice"}


def severities() -> Sequence[Option]:
    """The five severities, worst first."""
    return [Option(str(int(severity)), f"SEV{int(severity)} {_SAID[int(severity)]}") for severity in Severity]


def lengths(*minutes: int) -> Sequence[Option]:
    """Durations to choose from, as the grammar writes them."""
    return [Option(f"{count}m", _spoken(timedelta(minutes=count))) for count in minutes]


def flag(name: str, value: str) -> str:
    """A flag with any text as its value."""
    return f"--{name}={quoted(value)}"


def _spoken(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes % 1440 == 0:
        days = minutes // 1440
        return f"{days} day" if days == 1 else f"{days} days"
    if minutes % 60 == 0:
        hours = minutes // 60
        return f"{hours} hour" if hours == 1 else f"{hours} hours"
    return f"{minutes} minutes"
