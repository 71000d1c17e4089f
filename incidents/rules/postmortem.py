"""Writing the first draft of a postmortem. Pure: values in, markdown out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Moment:
    """One line of the story."""

    at: datetime
    who: str
    text: str
    sequence: int


@dataclass(frozen=True)
class Material:
    """What a draft is made of. Times are aware UTC."""

    number: int
    title: str
    severity: int
    severity_name: str
    summary: str
    impact: str
    resolution: str
    services: Sequence[str]
    times: Sequence[tuple[str, datetime | None]]
    people: Sequence[tuple[str, str]]
    story: Sequence[Moment]
    items: Sequence[tuple[str, str, str, bool]]
    questions: Sequence[Moment]


def span(seconds: float) -> str:
    """Say a duration: 42 min, 1 h 12 min, 3 d 4 h."""
    minutes = max(0, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def durations(times: Sequence[tuple[str, datetime | None]]) -> list[tuple[str, str]]:
    """Return the durations people compare: detect, declare, mitigate, resolve."""
    known = {name: at for name, at in times if at}
    pairs = [
        ("Time to detect", "started", "detected"),
        ("Time to mitigate", "declared", "mitigated"),
        ("Time to resolve", "started" if "started" in known else "declared", "resolved"),
    ]
    found = []
    for label, first, last in pairs:
        if first in known and last in known and known[last] >= known[first]:
            found.append((label, span((known[last] - known[first]).total_seconds())))
    return found


def story_line(moment: Moment) -> str:
    """Return one line of the story as a list item; further lines are indented under it."""
    first, *rest = moment.text.strip().splitlines() or [""]
    who = f" {moment.who}:" if moment.who else ""
    return "\n".join([f"- **{moment.at:%H:%M}Z**{who} {first}", *[f"  {line}" for line in rest]])


def draft(material: Material) -> str:
    """Return the whole draft in markdown."""
    parts = [
        "## Summary\n",
        material.summary or "_Say in two sentences what happened and how it ended._",
        "\n## Impact\n",
        material.impact or "_Who was hurt, how many, for how long? Numbers where there are any._",
    ]
    if material.services:
        parts.append(f"\nServices: {', '.join(material.services)}")
    parts.append("\n## Key times\n")
    parts += ["| What | When (UTC) |", "| --- | --- |"]
    parts += [f"| {name.capitalize()} | {at:%Y-%m-%d %H:%M} |" for name, at in material.times if at]
    spans = durations(material.times)
    if spans:
        parts += ["\n| Duration | |", "| --- | --- |", *[f"| {name} | {text} |" for name, text in spans]]
    parts.append("\n## Story\n")
    parts += [story_line(moment) for moment in material.story] or [
        "_Pin what matters in the room with 📌 and it appears here._"
    ]
    parts.append("\n## What fixed it\n")
    parts.append(material.resolution or "_Say what ended it._")
    parts += [
        "\n## What helped\n",
        "_What went well, or was lucky?_",
        "\n## What hurt\n",
        "_What was slow, missing or confusing? Speak of systems, not of people._",
        "\n## Causes\n",
        "_What made it possible, what set it off, what let it grow?_",
    ]
    if material.questions:
        parts.append("\n## Open questions\n")
        parts += [story_line(moment) for moment in material.questions]
    if material.people:
        parts.append("\n## People\n")
        parts += [f"- {name}: {role}" for name, role in material.people]
    parts.append("\n## Action items\n")
    parts += [_item(*item) for item in material.items] or ["_What would have made this shorter?_"]
    return "\n".join(parts).strip() + "\n"


def _item(kind: str, text: str, owner: str, done: bool) -> str:
    who = f" ({owner})" if owner else ""
    later = " · follow-up" if kind == "follow-up" else ""
    return f"- [{'x' if done else ' '}] {text}{who}{later}"
