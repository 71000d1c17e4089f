"""Taking an incident's papers out: postmortem and timeline in files that stand by themselves."""

import base64
import csv
import io
import json
from dataclasses import dataclass
from datetime import UTC
from typing import Any

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
    events = list(readable_events(incident))
    if format == "json":
        versions = versions_of(events)
        content = _dump(
            {
                "incident": incident_json(incident),
                "timeline": [event_json(event, versions.get(event.pk)) for event in events],
            }
        )
    elif format == "csv":
        content = _csv(events)
    else:
        content = _markdown(incident, events).encode()
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


def _markdown(incident: Incident, events: list[TimelineEvent]) -> str:
    lines = [f"# {incident.sev} #{incident.pk} {incident.display_title}", "", "Times are UTC.", ""]
    day = ""
    for event in events:
        at = event.shown_at.astimezone(UTC)
        if f"{at:%Y-%m-%d}" != day:
            day = f"{at:%Y-%m-%d}"
            lines += ["", f"## {day}", ""]
        text = "_(deleted)_" if event.deleted_at else event.shown_text
        first, *rest = text.splitlines() or [""]
        pin = " 📌" if event.pinned_at else ""
        lines.append(f"- **{at:%H:%M:%S}** {event.actor_name}: {first}{pin}")
        lines += [f"  {line}" for line in rest]
    return "\n".join(lines) + "\n"


def _csv(events: list[TimelineEvent]) -> bytes:
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
