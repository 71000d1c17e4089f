"""Taking an incident's papers out: postmortem and timeline in files that stand by themselves."""

import base64
import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.text import slugify

from accounts.actors import Actor
from common.errors import Invalid, NotFound, Unavailable
from common.text import to_html
from incidents.files import content_of
from incidents.models import ActionItem, Attachment, Incident, Postmortem, TimelineEvent
from incidents.permissions import Doing, require
from incidents.queries import find_incident, readable_events, versions_of
from incidents.timeline.frames import event_json, iso
from incidents.word import to_docx

POSTMORTEM_FORMATS = ("md", "html", "json", "docx")
TIMELINE_FORMATS = ("md", "csv", "json")
#: events of a long timeline that are in memory at a time
_BATCH = 1000

_TYPES = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True)
class Exported:
    """A file: its bytes, type and name."""

    content: bytes
    content_type: str
    filename: str


def export_postmortem(incident: Incident, by: Actor, format: str) -> Exported:
    """Return the postmortem as md, html (one file with its images), json or docx.

    :raises Invalid: another format. :raises NotFound: there is none, or the actor may not see it.
    """
    if format not in POSTMORTEM_FORMATS:
        raise Invalid(f"format is one of {', '.join(POSTMORTEM_FORMATS)}.", field="format")
    incident = find_incident(incident.pk, by)
    require(by, Doing.READ, incident)
    postmortem = Postmortem.objects.select_related("edited_by", "published_by").filter(incident=incident).first()
    if postmortem is None:
        raise NotFound(f"#{incident.pk} has no postmortem yet.", hint="It drafts itself at resolve.")
    title = f"{incident.sev} #{incident.pk} {incident.display_title}"
    if format == "md":
        content = f"# {title}\n\n{_standing(postmortem)}\n\n{postmortem.body}".encode()
    elif format == "html":
        content = _html(incident, postmortem, title).encode()
    elif format == "docx":
        content = to_docx(title, _standing(postmortem), postmortem.body)
    else:
        content = _dump(_postmortem_json(incident, postmortem))
    return Exported(content, _TYPES[format], f"{_name(incident)}-postmortem.{format}")


def export_timeline(incident: Incident, by: Actor, format: str) -> Exported:
    """Return the whole timeline, folded, as md, csv or json.

    :raises Invalid: another format. :raises NotFound: the actor may not see it.
    """
    if format not in TIMELINE_FORMATS:
        raise Invalid(f"format is one of {', '.join(TIMELINE_FORMATS)}.", field="format")
    incident = find_incident(incident.pk, by)
    rows = readable_events(incident)
    if format == "json":
        content = "".join(_timeline_json(incident, rows)).encode()
    elif format == "csv":
        content = _csv(_plain(rows))
    else:
        content = "\n".join(_markdown(incident, _plain(rows))).encode()
    return Exported(content, _TYPES[format], f"{_name(incident)}-timeline.{format}")


def incident_json(incident: Incident) -> dict[str, Any]:
    """The incident's facts for an export."""
    return {
        "number": incident.pk,
        "title": incident.title,
        "severity": incident.severity,
        "status": incident.status,
        "summary": incident.summary,
        "impact": incident.impact,
        "services": [service.name for service in incident.services.all()],
        "tags": incident.tags,
        "private": incident.is_private,
        "drill": incident.is_drill,
        **{f"{name}_at": iso(getattr(incident, f"{name}_at")) for name in Incident.KEY_TIMES},
    }


def _postmortem_json(incident: Incident, postmortem: Postmortem) -> dict[str, Any]:
    return {
        "incident": incident_json(incident),
        "state": postmortem.state,
        "version": postmortem.version,
        "edited_at": iso(postmortem.edited_at),
        "published_at": iso(postmortem.published_at),
        "body": postmortem.body,
        "action_items": [
            {
                "number": item.number,
                "kind": item.kind,
                "text": item.text,
                "owner": item.owner.name if item.owner else None,
                "due_at": iso(item.due_at),
                "done_at": iso(item.done_at),
            }
            for item in ActionItem.objects.filter(incident=incident).select_related("owner")
        ],
    }


def _standing(postmortem: Postmortem) -> str:
    when = postmortem.published_at or postmortem.edited_at
    who = postmortem.published_by or postmortem.edited_by
    by = f" by {who.name}" if who else ""
    return f"_{postmortem.get_state_display().capitalize()}, {when:%Y-%m-%d %H:%M} UTC{by}_"


def _html(incident: Incident, postmortem: Postmortem, title: str) -> str:
    images = [
        {"name": image.name, "alt": image.alt or image.name, "source": _data_url(image)}
        for image in Attachment.objects.filter(
            incident=incident, event__pinned_at__isnull=False, event__deleted_at__isnull=True
        ).order_by("event__shown_at", "pk")
        if image.is_image
    ]
    return render_to_string(
        "incidents/postmortem_export.html",
        {
            "title": title,
            "standing": to_html(_standing(postmortem)),
            "body": to_html(postmortem.body),
            "images": images,
        },
    )


def _data_url(attachment: Attachment) -> str:
    """The picture as an address that holds it; empty where the store does not give it: the rest is exported."""
    try:
        encoded = base64.b64encode(content_of(attachment)).decode()
    except (NotFound, Unavailable):
        return ""
    return f"data:{attachment.content_type};base64,{encoded}"


def _plain(rows: QuerySet[TimelineEvent]) -> Iterator[TimelineEvent]:
    """The events one after the other, only a batch of them in memory, for a file that shows words."""
    return rows.select_related(None).prefetch_related(None).iterator(chunk_size=_BATCH)


def _timeline_json(incident: Incident, rows: QuerySet[TimelineEvent]) -> Iterator[str]:
    """The same text as of the whole value at once, made of one batch after the other."""
    head = _indented(incident_json(incident), "  ")
    yield f'{{\n  "incident": {head},\n  "timeline": ['
    comma = ""
    for batch in _batched(rows.iterator(chunk_size=_BATCH), _BATCH):
        versions = versions_of(batch)
        for event in batch:
            yield f"{comma}\n    {_indented(event_json(event, versions.get(event.pk)), '    ')}"
            comma = ","
    yield "\n  ]\n}"


def _indented(value: Any, by: str) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str).replace("\n", f"\n{by}")


def _batched(rows: Iterator[TimelineEvent], size: int) -> Iterator[list[TimelineEvent]]:
    """Give the rows in lists of this size."""
    while batch := list(islice(rows, size)):
        yield batch


def _markdown(incident: Incident, events: Iterable[TimelineEvent]) -> Iterator[str]:
    """The lines of the file."""
    yield from (f"# {incident.sev} #{incident.pk} {incident.display_title}", "", "Times are UTC.", "")
    day = ""
    for event in events:
        at = event.shown_at.astimezone(UTC)
        if f"{at:%Y-%m-%d}" != day:
            day = f"{at:%Y-%m-%d}"
            yield from ("", f"## {day}", "")
        text = "_(deleted)_" if event.deleted_at else event.shown_text
        first, *rest = text.splitlines() or [""]
        pin = " 📌" if event.pinned_at else ""
        yield f"- **{at:%H:%M:%S}** {event.actor_name}: {first}{pin}"
        yield from (f"  {line}" for line in rest)
    yield ""


def _csv(events: Iterable[TimelineEvent]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["sequence", "occurred_at", "recorded_at", "kind", "actor", "surface", "pinned", "text"])
    for event in events:
        text = "" if event.deleted_at else event.shown_text
        writer.writerow(
            [
                event.sequence,
                iso(event.shown_at),
                iso(event.recorded_at),
                event.kind,
                harmless(event.actor_name),
                event.surface,
                "yes" if event.pinned_at else "",
                harmless(text),
            ]
        )
    return out.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking text for a formula: such a cell begins with an apostrophe."""
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") or text[:1] in ("\t", "\r") else text


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str).encode()


def _name(incident: Incident) -> str:
    return f"incident-{incident.pk}-{slugify(incident.title)[:40] or 'untitled'}".rstrip("-")
