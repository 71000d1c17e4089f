"""Timeline events as the line partial draws them."""

from typing import Any

from django.template.loader import render_to_string

from incidents.models import TimelineEvent
from incidents.timeline.frames import event_html
from incidents.timeline.kinds import kind_of


def as_line(event: TimelineEvent, *, show_name: bool = True) -> dict[str, Any]:
    """Return what `components/line.html` needs."""
    kind = kind_of(event.kind)
    return {
        "sequence": event.sequence,
        "incident": event.incident_id,
        "kind": event.kind,
        "family": "message" if kind.family == "message" else kind.family,
        "author_name": event.actor_name,
        "author_key": event.actor_key,
        "author_id": event.actor_id or "",
        "is_machine": event.actor_key.startswith("machine:"),
        "time": event.shown_at,
        "html": event_html(event),
        "raw": "" if event.deleted_at else event.shown_text,
        "icon": kind.icon,
        "surface": event.surface,
        "is_pinned": event.pinned_at is not None,
        "is_edited": event.edited_at is not None,
        "is_deleted": event.deleted_at is not None,
        "reactions": [
            {
                "emoji": emoji,
                "count": len(people),
                "names": [p.split("|", 1)[-1] for p in people],
                "keys": [p.split("|", 1)[0] for p in people],
            }
            for emoji, people in sorted(event.reactions.items())
        ],
        "reply_count": event.reply_count,
        "last_reply_at": event.last_reply_at,
        "tone": kind.tone(event.data),
        "thread_of": event.thread.sequence if event.thread else None,
        "attachments": [
            {
                "url": f"/incidents/{event.incident_id}/files/{attachment.pk}",
                "name": attachment.name,
                "alt": attachment.alt,
                "is_image": attachment.is_image,
                "size": attachment.size,
                "width": attachment.width,
                "height": attachment.height,
            }
            for attachment in ([] if event.deleted_at else event.attachments.all())
        ],
        "files_elsewhere": [
            {"name": file.name, "url": file.url, "state": file.state_words}
            for file in ([] if event.deleted_at else event.outside_files.all())
            if file.attachment_id is None
        ],
        "link_there": _link_there(event),
        "permalink": f"/incidents/{event.incident_id}?at={event.sequence}#line-{event.sequence}",
        "show_name": show_name,
    }


def _link_there(event: TimelineEvent) -> str:
    """The line's address in the chat where it was said."""
    link = "" if event.deleted_at else event.data.get("link")
    return link if isinstance(link, str) and link.startswith("https://") else ""


def as_lines(events: list[TimelineEvent]) -> list[dict[str, Any]]:
    """Lines by one person within five minutes are grouped under one name."""
    lines = []
    last: TimelineEvent | None = None
    for event in events:
        talk = kind_of(event.kind).family == "message"
        grouped = (
            last is not None
            and talk
            and kind_of(last.kind).family == "message"
            and last.actor_key == event.actor_key
            and (event.shown_at - last.shown_at).total_seconds() < 300
        )
        lines.append(as_line(event, show_name=not grouped))
        last = event
    return lines


def render_line(event: TimelineEvent) -> str:
    """The HTML of one line, the same for every reader."""
    return render_to_string("components/line.html", {"line": as_line(event)})
