"""When Warroom speaks up by itself, and what it says. Pure: facts and times in, due times out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

QUIET = timedelta(minutes=10)
NO_COMMANDER = (timedelta(minutes=3), timedelta(minutes=8), timedelta(minutes=18))
SEVERITY_AFTER = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(hours=2)
CLOSE_AFTER = timedelta(hours=24)

KINDS = ("no-commander", "severity", "update", "forgotten", "close", "postmortem")


@dataclass(frozen=True)
class Facts:
    """What the rules look at. Times are aware UTC; `spoken` counts reminders per kind so far."""

    declared_at: datetime
    severity: int
    is_open: bool
    is_resolved: bool
    is_monitoring: bool
    has_commander: bool
    severity_confirmed: bool
    update_due_at: datetime | None
    last_event_at: datetime
    resolved_at: datetime | None
    postmortem_due_at: datetime | None
    spoken: dict[str, int]


def due_times(facts: Facts) -> dict[str, datetime | None]:
    """Return when each kind of reminder is due (None: there is nothing to remind of)."""
    due: dict[str, datetime | None] = dict.fromkeys(KINDS)
    if facts.is_open:
        said = facts.spoken.get("no-commander", 0)
        if not facts.has_commander and facts.severity <= 3 and said < len(NO_COMMANDER):
            due["no-commander"] = facts.declared_at + NO_COMMANDER[said]
        if not facts.severity_confirmed and not facts.spoken.get("severity"):
            due["severity"] = facts.declared_at + SEVERITY_AFTER
        if facts.update_due_at:
            due["update"] = facts.update_due_at
        if facts.is_monitoring:
            due["forgotten"] = facts.last_event_at + FORGOTTEN_AFTER
    elif facts.is_resolved and facts.resolved_at:
        if not facts.spoken.get("close"):
            due["close"] = facts.resolved_at + CLOSE_AFTER
        if facts.postmortem_due_at and not facts.spoken.get("postmortem"):
            due["postmortem"] = facts.postmortem_due_at
    return due


def sentence(kind: str, *, minutes: int, first_responder: str) -> str:
    """Return what is said in the room."""
    who = f"{first_responder}: " if first_responder else ""
    return {
        "no-commander": f"{who}nobody leads yet ({minutes} min). Take it: /incident lead",
        "severity": "The severity is a guess so far. Confirm or change it: /incident sev <1-5>",
        "update": "A status update is due. Write it: /incident update <text>",
        "forgotten": "Quiet for two hours while monitoring. Over? /incident resolve",
        "close": "Resolved a day ago. Anything left? Otherwise: /incident close",
        "postmortem": "The postmortem is due. Its draft waits: /incident postmortem",
    }[kind]
