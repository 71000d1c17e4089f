"""What a test of a connection found, point by point, kept so that its page can show it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from common import clock
from connections.models import Connection

GOOD, WARN, BAD, WAIT = "good", "warn", "bad", "wait"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: its name, how it is (good, warn, bad, wait), and in words what to do."""

    name: str
    state: str
    text: str


def words(findings: Sequence[Finding]) -> tuple[bool, str]:
    """Whether all is well, and the findings as one text: only what is wrong, where something is."""
    bad = [each.text for each in findings if each.state == BAD]
    return not bad, " ".join(bad or [each.text for each in findings if each.text])


def keep(connection: Connection, findings: Sequence[Finding]) -> None:
    """Remember what was found, with the counts of that moment."""
    kept = {
        "at": clock.now().isoformat(),
        "findings": [asdict(each) for each in findings],
        "refused_count": connection.refused_count,
    }
    Connection.objects.filter(pk=connection.pk).update(last_check=kept)
    connection.last_check = kept


def findings_of(connection: Connection) -> list[Finding]:
    """What the last test found; nothing before the first."""
    return [Finding(**each) for each in _kept(connection).get("findings", [])]


def checked_at(connection: Connection) -> datetime | None:
    """When it was tested last."""
    at = _kept(connection).get("at")
    return datetime.fromisoformat(at) if isinstance(at, str) else None


def refused_since(connection: Connection) -> int:
    """How many requests were refused since the last test."""
    return max(0, connection.refused_count - int(_kept(connection).get("refused_count", 0)))


def _kept(connection: Connection) -> dict[str, Any]:
    return connection.last_check if isinstance(connection.last_check, dict) else {}
