"""The wordings of a line, read from the log."""

from collections.abc import Sequence
from datetime import datetime

from incidents.models import TimelineEvent
from incidents.rules import folding
from incidents.rules.folding import Wording


def reads_since(event: TimelineEvent) -> datetime | None:
    """When the line got the wording that it was recorded with; None where that is its first."""
    since = event.data.get("reads_since")
    return datetime.fromisoformat(since) if isinstance(since, str) else None


def former_wordings(event: TimelineEvent, changes: Sequence[TimelineEvent]) -> list[tuple[str, datetime]]:
    """The earlier wordings in the order they were written, each with the moment until which it stood."""
    first = Wording(reads_since(event) or event.occurred_at, event.sequence, event.text)
    edits = [change for change in changes if change.kind == "message.edited"]
    return folding.former([first, *[Wording(edit.occurred_at, edit.sequence, edit.text) for edit in edits]])
