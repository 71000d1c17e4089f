"""What a history of signals comes to. Pure: signals in their order give a state, however they arrived.

Signals are ordered by the time they happened, ties by id. Folding is incremental for a signal that is newer
than all before, and repeated from the start when an older one arrives late.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

TRIGGERED, ACKNOWLEDGED, UNACKNOWLEDGED = "triggered", "acknowledged", "unacknowledged"
RESOLVED, REOPENED, PRIORITY, OTHER = "resolved", "reopened", "priority", "other"


@dataclass(frozen=True)
class Step:
    """What folding looks at in one signal. `severity` 1-5 or None when the signal does not say."""

    kind: str
    at: datetime
    id: str
    title: str = ""
    severity: int | None = None
    agent: str = ""

    @property
    def place(self) -> tuple[datetime, str]:
        return (self.at, self.id)


@dataclass(frozen=True)
class Folded:
    """What a history comes to: the status it asks for (triage, investigating, resolved, "" for none)."""

    status: str = ""
    is_acked: bool = False
    title: str = ""
    severity: int | None = None
    triggered_at: str = ""
    resolved_at: str = ""
    last_at: str = ""
    last_id: str = ""
    mover: str = ""
    moved_at: str = ""

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> Self:
        return cls(**value) if value else cls()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def group_state(self) -> str:
        """firing, acked or resolved."""
        if self.status == "resolved":
            return "resolved"
        return "acked" if self.is_acked else "firing"

    def is_before(self, step: Step) -> bool:
        """Tell whether the step is newer than everything folded so far."""
        return not self.last_at or (datetime.fromisoformat(self.last_at), self.last_id) < step.place


def fold_step(state: Folded, step: Step) -> Folded:
    """Return the state after one more signal."""
    status, acked = state.status, state.is_acked
    if step.kind == TRIGGERED:
        status, acked = ("investigating", False) if status == "resolved" else (status or "triage", acked)
    elif step.kind == ACKNOWLEDGED:
        status, acked = ("investigating" if status == "triage" else status, status != "resolved")
    elif step.kind == UNACKNOWLEDGED:
        acked = False
    elif step.kind == RESOLVED:
        status, acked = ("resolved" if status else status, False)
    elif step.kind == REOPENED:
        status, acked = ("investigating" if status else status, False)
    moved = status != state.status
    return replace(
        state,
        status=status,
        is_acked=acked,
        title=step.title or state.title,
        severity=step.severity if step.severity is not None else state.severity,
        triggered_at=state.triggered_at or (step.at.isoformat() if step.kind == TRIGGERED else ""),
        resolved_at=(step.at.isoformat() if status == "resolved" and moved else state.resolved_at)
        if status == "resolved"
        else "",
        last_at=step.at.isoformat(),
        last_id=step.id,
        mover=step.agent if moved else state.mover,
        moved_at=step.at.isoformat() if moved else state.moved_at,
    )


def fold(steps: Iterable[Step]) -> Folded:
    """Return what a whole history comes to, in the order of its signals' own times.

    Before the first trigger nothing is asked for: an acknowledge or resolve of something unknown is kept
    and counts once its trigger is there.
    """
    ordered = sorted(steps, key=lambda step: step.place)
    first = next((n for n, step in enumerate(ordered) if step.kind == TRIGGERED), None)
    state = Folded()
    for n, step in enumerate(ordered):
        if first is not None and n < first and step.kind == REOPENED:
            continue
        state = fold_step(state, step)
    return state
