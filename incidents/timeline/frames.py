"""One event as the outside sees it: the API's JSON and the frame on the socket are the same."""

from typing import Any

from common.text import inline_html, to_html, words_html
from incidents.models import TimelineEvent
from incidents.timeline.folded import former_wordings
from incidents.timeline.kinds import kind_of


def iso(at: Any) -> str | None:
    """Write a time as UTC ISO 8601 with a Z."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


#: what the log keeps and does not send along: former words, the text of what was published
_KEPT = {"message.edited": "was", "postmortem.state": "body"}


def actor_json(event: TimelineEvent) -> dict[str, Any]:
    """Who did it: a name always, the person's id and handle where there is an account."""
    return {
        "name": event.actor_name,
        "user": event.actor_id,
        "handle": event.actor.handle if event.actor else None,
        "is_machine": event.actor_key.startswith("machine:"),
    }


def event_json(event: TimelineEvent, versions: list[TimelineEvent] | None = None) -> dict[str, Any]:
    """Return the event folded: the text as it is now, former versions beside it.

    A deleted line shows no text; its kind, time and author stay.
    """
    deleted = event.deleted_at is not None
    changes = versions or []
    former: list[dict[str, Any]] = [
        {"text": "" if deleted else text, "until": iso(until)} for text, until in former_wordings(event, changes)
    ]
    for change in changes:
        if change.kind == "time.corrected":
            former.append({"occurred_at": change.data.get("was"), "until": iso(change.occurred_at)})
    return {
        "sequence": event.sequence,
        "kind": event.kind,
        "family": kind_of(event.kind).family,
        "text": "" if deleted else event.shown_text,
        "occurred_at": iso(event.shown_at),
        "recorded_at": iso(event.recorded_at),
        "actor": actor_json(event),
        "surface": event.surface,
        "outside_id": event.outside_id,
        "thread_of": event.thread.sequence if event.thread else None,
        "reply_count": event.reply_count,
        "pinned": event.pinned_at is not None,
        "edited": event.edited_at is not None,
        "deleted": deleted,
        "hidden": event.is_hidden,
        "versions": former,
        "reactions": [
            {"emoji": emoji, "count": len(people), "names": [p.split("|", 1)[-1] for p in people]}
            for emoji, people in sorted(event.reactions.items())
        ],
        "attachments": [
            {
                "id": attachment.pk,
                "name": attachment.name,
                "alt": attachment.alt,
                "content_type": attachment.content_type,
                "is_image": attachment.is_image,
                "size": attachment.size,
                "url": f"/incidents/{event.incident_id}/files/{attachment.pk}",
            }
            for attachment in ([] if deleted else event.attachments.all())
        ],
        "files_elsewhere": [
            {"name": file.name, "url": file.url, "state": file.state_words}
            for file in ([] if deleted else event.outside_files.all())
            if file.attachment_id is None
        ],
        "data": {} if deleted else public_data(event),
    }


def log_json(event: TimelineEvent) -> dict[str, Any]:
    """Return the event as it stands in the log, with what it targets; nothing is folded.

    The words of a line that was deleted since are not given out any more.
    """
    target = event.target
    gone = event.deleted_at is not None or (target is not None and target.deleted_at is not None)
    return {
        "sequence": event.sequence,
        "kind": event.kind,
        "family": kind_of(event.kind).family,
        "target": target.sequence if target else None,
        "thread_of": event.thread.sequence if event.thread else None,
        "text": "" if gone else event.text,
        "data": {} if gone else public_data(event),
        "occurred_at": iso(event.occurred_at),
        "recorded_at": iso(event.recorded_at),
        "actor": actor_json(event),
        "surface": event.surface,
        "outside_id": event.outside_id,
        "digest": event.content_digest,
    }


def public_data(event: TimelineEvent) -> dict[str, Any]:
    """The event's data without what only serves ourselves."""
    kept = _KEPT.get(event.kind)
    return {key: value for key, value in event.data.items() if key != kept}


def event_html(event: TimelineEvent) -> str:
    """Return the event's words as safe HTML."""
    if event.deleted_at is not None:
        return ""
    kind = kind_of(event.kind)
    if kind.family in ("message", "command") or event.kind in ("update.published", "reminder"):
        return to_html(event.shown_text)
    if event.kind == "link.added":
        return inline_html(event.shown_text)
    return words_html(event.shown_text)
