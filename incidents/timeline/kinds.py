"""The kinds of timeline events: how each is drawn and said. A later feature registers its own.

`family` says how a reader shows it: `message` is talk, `state` a band across the page, `system` one
compact line, `change` alters its target and is folded into it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Data = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of event.

    `say` makes the sentence from the event's data at the moment of recording. `is_story`: it belongs to
    the story view and the postmortem even without a pin.
    """

    name: str
    family: str
    icon: str
    say: Callable[[Data], str]
    is_story: bool = False
    tone: Callable[[Data], str] = lambda data: "neutral"


_kinds: dict[str, Kind] = {}


def register(
    name: str,
    family: str,
    icon: str,
    say: Callable[[Data], str] = lambda data: "",
    *,
    is_story: bool = False,
    tone: Callable[[Data], str] | None = None,
) -> Kind:
    """Add a kind of event."""
    kind = Kind(name, family, icon, say, is_story, tone or (lambda data: "neutral"))
    _kinds[name] = kind
    return kind


def kind_of(name: str) -> Kind:
    """Return the kind; an unknown name (a feature that was removed) is a plain system line."""
    return _kinds.get(name) or Kind(name, "system", "activity", lambda data: "")


def all_kinds() -> dict[str, Kind]:
    """Every registered kind by name."""
    return dict(_kinds)


def story_kinds() -> list[str]:
    """Names of the kinds that make the story."""
    return [kind.name for kind in _kinds.values() if kind.is_story]


def changing_kinds() -> list[str]:
    """Names of the kinds that alter a target and are folded into it."""
    return [kind.name for kind in _kinds.values() if kind.family == "change"]


def _why(data: Data, key: str = "reason") -> str:
    return f": {data[key]}" if data.get(key) else ""


def _field(data: Data) -> str:
    names = {"summary": "Summary", "impact": "Impact", "now": "Now", "doing": "Doing", "need": "Need"}
    name = names.get(data["field"], data["field"])
    return f"{name}: {data['new']}" if data["new"] else f"{name} cleared"


def _removed(data: Data) -> str:
    where = "It can still be read in the chat: delete it there, and revoke it." if data["chat"] else ""
    return f"Kept out of what {data['name']} wrote: {', '.join(data['what'])}. {where or 'Revoke it if it was real.'}"


def _task_changed(data: Data) -> str:
    """What changed about it. A row without `what` was written when only the owner could change."""
    owner = f"owner {data['owner']}" if data.get("owner") else "nobody owns it"
    return f"{data['text']}: {data.get('what') or owner}"


def _asked(data: Data) -> str:
    late = f". {data['late']} late: an outage of ours" if data.get("late") else ""
    return f"Paging {data['names']} ({data['place']}){_why(data, 'text')}{late}"


def _acked(data: Data) -> str:
    whose = f" (asked was {data['of']})" if data.get("of") else ""
    return f"{data['name']} has it, {data['after']} after the first page{whose}"


def _quiet(data: Data) -> str:
    return (
        f"Nothing was heard of {data['name']} since {data['since']}: asked whether they are still on it;"
        f" in {data['minutes']} minutes the next is asked"
    )


_STATUS_TONES = {"resolved": "good", "closed": "good", "cancelled": "neutral", "monitoring": "good"}


register("message", "message", "message", lambda d: d.get("text", ""))
register("note", "message", "pin", lambda d: d.get("text", ""), is_story=True)
register("command", "command", "code", lambda d: d.get("text", ""))
register(
    "incident.declared",
    "state",
    "flag",
    lambda d: f"Declared SEV{d['severity']}: {d['title']}",
    is_story=True,
    tone=lambda d: f"sev{d['severity']}",
)
register(
    "status.changed",
    "state",
    "activity",
    lambda d: f"Status {d['old']} → {d['new']}{_why(d)}",
    is_story=True,
    tone=lambda d: _STATUS_TONES.get(d["new"], "neutral"),
)
register(
    "severity.changed",
    "state",
    "warning",
    lambda d: f"Severity SEV{d['old']} → SEV{d['new']}{_why(d)}",
    is_story=True,
    tone=lambda d: f"sev{d['new']}",
)
register("severity.confirmed", "system", "check", lambda d: f"Severity SEV{d['severity']} confirmed")
register(
    "mitigated",
    "state",
    "shield",
    lambda d: f"Mitigated{_why(d, 'text')}",
    is_story=True,
    tone=lambda d: "good",
)
register("title.changed", "system", "edit", lambda d: f"Renamed to “{d['new']}” (was “{d['old']}”)")
register("field.changed", "system", "edit", _field, is_story=False)
register("time.set", "system", "clock", lambda d: f"{d['name'].capitalize()} time set to {d['new'] or 'unknown'}")
register(
    "role.assigned",
    "system",
    "user",
    lambda d: (
        (
            (f"{d['name']} took the lead" if d["role"] == "commander" else f"{d['name']} is now {d['role']}")
            if d.get("self")
            else f"{d['name']} is now {d['role']}"
        )
        + (f", taking over from {d['was']}" if d.get("was") else "")
        + _why(d, "note")
    ),
    is_story=True,
)
register("role.dropped", "system", "user", lambda d: f"{d['name']} is no longer {d['role']}")
register(
    "member.joined",
    "system",
    "user",
    lambda d: f"{d['name']} joined" + (f" ({d['reason']})" if d.get("reason") else ""),
)
register("member.left", "system", "user", lambda d: f"{d['name']} left")
register("member.removed", "system", "user", lambda d: f"{d['name']} was removed")
register(
    "access.changed",
    "state",
    "lock",
    lambda d: (
        ("Made private: only members see it" if d["private"] else "Opened: everybody signed in sees it") + _why(d)
    ),
    is_story=True,
)
register("update.published", "state", "send", lambda d: d.get("text") or "Status update", is_story=True)
register(
    "task.added",
    "system",
    "task",
    lambda d: (
        f"{'Task' if d['kind'] == 'task' else 'Follow-up'} {d['number']}: {d['text']}"
        + (f" ({d['owner']})" if d.get("owner") else "")
    ),
)
register("task.done", "system", "check", lambda d: f"Done: {d['text']}")
register("task.reopened", "system", "undo", lambda d: f"Open again: {d['text']}")
register(
    "task.changed",
    "system",
    "task",
    _task_changed,
)
register("service.added", "system", "plug", lambda d: f"Service {d['name']} added")
register("service.removed", "system", "plug", lambda d: f"Service {d['name']} removed")
register("tag.added", "system", "tag", lambda d: f"Tag {d['name']} added")
register("tag.removed", "system", "tag", lambda d: f"Tag {d['name']} removed")
register("link.added", "system", "link", lambda d: f"Link: [{d['title']}]({d['url']})")
register("link.removed", "system", "link", lambda d: f"Link taken off: {d['title']}")
register("related", "system", "link", lambda d: f"Related to #{d['number']}")
register("unrelated", "system", "link", lambda d: f"Not related to #{d['number']} after all")
register("merged.into", "state", "merge", lambda d: f"Merged into #{d['number']}", is_story=True)
register(
    "merged.from",
    "state",
    "merge",
    lambda d: f"#{d['number']} {d['title']} was merged into this",
    is_story=True,
)
register("reminder", "system", "bell", lambda d: d["text"])
register("reminders.snoozed", "system", "bell", lambda d: d["text"])
register("chat.notice", "system", "hash", lambda d: d["text"])
register("room.step", "system", "hash", lambda d: d["text"])
register("room.notice", "system", "hash", lambda d: d["text"])
register("postmortem.drafted", "system", "file-text", lambda d: "Postmortem drafted from the timeline")
_PAPER = {"draft": "a draft again", "review": "in review"}
register(
    "postmortem.state",
    "system",
    "file-text",
    lambda d: f"Postmortem is now {_PAPER.get(d['new'], d['new'])}",
    is_story=False,
)
register("secret.removed", "system", "shield", _removed)
register("page.asked", "system", "bell", _asked, is_story=True)
register("page.sent", "system", "send", lambda d: f"{d['name']} was sent the page by {d['by']}")
register("page.acked", "system", "check", _acked, is_story=True, tone=lambda d: "good")
register("page.passed", "system", "reply", lambda d: f"{d['name']} can't take it and passed it on")
register("page.snoozed", "system", "clock", lambda d: f"{d['name']} asked for {d['minutes']} more minutes")
register("page.raised", "system", "bell", lambda d: f"It can't wait any more: {d['text']} asked anew, urgently")
register(
    "page.waits",
    "system",
    "clock",
    lambda d: f"{d['name']} is paged at {d['until']}: it can wait till then",
)
register("page.quiet", "system", "warning", _quiet, is_story=True)
register("page.skipped", "system", "warning", lambda d: d["text"])
register("page.unanswered", "state", "warning", lambda d: d["text"], is_story=True, tone=lambda d: "bad")
register("alert", "system", "warning", lambda d: d["text"], is_story=True)
register("alert.note", "system", "message", lambda d: d["text"])

register("message.edited", "change", "edit", lambda d: d.get("text", ""))
register("message.deleted", "change", "trash", lambda d: "")
register("file.kept", "change", "file-text", lambda d: d["name"])
register("file.left", "change", "file-text", lambda d: f"{d['name']}: {d['why']}")
register("message.threaded", "change", "reply", lambda d: "")
register("reaction.added", "change", "smile", lambda d: d["emoji"])
register("reaction.removed", "change", "smile", lambda d: d["emoji"])
register("pinned", "change", "pin", lambda d: "")
register("unpinned", "change", "pin", lambda d: "")
register("time.corrected", "change", "clock", lambda d: d["at"])
register("hidden", "change", "eye", lambda d: "")
register("unhidden", "change", "eye", lambda d: "")
