"""What is shown outside, as the core's own values; a vendor folder draws them its own way."""

from datetime import UTC, timedelta
from urllib.parse import urljoin

from django.conf import settings

from chatops.port import Button, Card, Post
from common import clock
from common.faces import face_path
from incidents.models import Incident, Status, TimelineEvent
from incidents.models.incident import OPEN
from incidents.queries import commander_of
from incidents.timeline.kinds import kind_of

_LATE = timedelta(minutes=2)
_TOPIC_LENGTH = 240
_MOST_TEXT = 12_000


def incident_url(incident: Incident, path: str = "") -> str:
    """The full address of an incident's page."""
    return urljoin(settings.BASE_URL + "/", f"incidents/{incident.pk}{path}")


def topic_of(incident: Incident) -> str:
    """`SEV1 · fixing · lead Ada · started 03:02 UTC · <link>`; nothing of a private title."""
    lead = commander_of(incident)
    since = (incident.started_at or incident.declared_at).astimezone(UTC)
    parts = [
        incident.sev,
        str(incident.status),
        f"lead {lead.name}" if lead else "no lead",
        f"started {since:%H:%M} UTC",
        incident_url(incident),
    ]
    if incident.is_drill:
        parts.insert(0, "DRILL")
    return " · ".join(parts)[:_TOPIC_LENGTH]


def card_of(incident: Incident) -> Card:
    """The living card: five facts in their order, Now / Doing / Need, and the buttons."""
    lead = commander_of(incident)
    since = (incident.started_at or incident.declared_at).astimezone(UTC)
    facts = [
        ("Status", str(incident.status)),
        ("Since", f"{since:%Y-%m-%d %H:%M} UTC"),
        ("Lead", lead.name if lead else "nobody yet"),
    ]
    services = ", ".join(service.name for service in incident.services.all())
    if services:
        facts.append(("Services", services))
    for label, value in (
        ("Impact", incident.impact),
        ("Now", incident.now_text),
        ("Doing", incident.doing_text),
        ("Need", incident.need_text),
    ):
        if value:
            facts.append((label, value))
    return Card(
        title=f"{incident.sev} #{incident.pk} {incident.display_title}",
        facts=facts,
        text=incident.summary,
        buttons=_buttons(incident, has_lead=lead is not None),
        severity=incident.severity,
    )


def _buttons(incident: Incident, *, has_lead: bool) -> list[Button]:
    here = f"#{incident.pk}"
    buttons = []
    if incident.status in OPEN:
        if not has_lead:
            buttons.append(Button("Be lead", command=f"/incident lead me {here}", style="primary"))
        buttons += [
            Button("Update", command=f"/incident update {here} --form"),
            Button("Severity", command=f"/incident sev {here} --form"),
            Button("Roles", command=f"/incident roles {here} --form"),
            Button("Task", command=f"/incident task add {here} --form"),
            Button("Resolve", command=f"/incident resolve {here} --form"),
        ]
    elif incident.status == Status.RESOLVED:
        buttons += [
            Button("Follow-up", command=f"/incident followup add {here} --form"),
            Button("Close", command=f"/incident close {here}"),
            Button("Postmortem", url=incident_url(incident, "/postmortem")),
        ]
    buttons.append(Button("Open web room", url=incident_url(incident)))
    return buttons


def card_post(incident: Incident) -> Post:
    """The pinned message of a channel."""
    card = card_of(incident)
    return Post(marker=f"card:{incident.pk}", text=_as_text(card), card=card)


def announcement_post(incident: Incident) -> Post:
    """The one message in the incidents channel."""
    card = card_of(incident)
    card = Card(
        title=card.title,
        facts=card.facts[:5],
        text=incident.summary[:500],
        buttons=[
            Button("Join", command=f"/incident join #{incident.pk}"),
            Button("Follow updates", command=f"/incident follow #{incident.pk}"),
            Button("Open web room", url=incident_url(incident)),
        ],
        severity=incident.severity,
    )
    return Post(marker=f"announcement:{incident.pk}", text=_as_text(card), card=card)


def _as_text(card: Card) -> str:
    facts = " · ".join(f"{name}: {value}" for name, value in card.facts)
    return f"**{card.title}**\n{facts}"


def event_post(event: TimelineEvent, thread_ref: str = "") -> Post:
    """A line of the timeline as it is now."""
    kind = kind_of(event.kind)
    marker = f"event:{event.pk}"
    late = event.shown_at if clock.now() - event.shown_at > _LATE else None
    files = [
        (attachment.name, incident_url(event.incident, f"/files/{attachment.pk}"))
        for attachment in event.attachments.all()
    ]
    files += [(file.name, file.url) for file in event.outside_files.all() if file.attachment_id is None and file.url]
    if kind.family == "message":
        text = event.shown_text
        if event.kind == "note":
            text = f"📌 {text}"
        elif event.edited_at:
            text = f"{text} _(edited)_"
        return Post(
            marker=marker,
            text=text[:_MOST_TEXT],
            author=event.actor_name,
            picture=_picture(event.actor_name),
            at=late,
            thread_ref=thread_ref,
            files=files,
        )
    lead = "" if event.actor_key.startswith("machine:") else f" · {event.actor_name}"
    text = event.shown_text
    if kind.family == "state":
        first, *rest = text.splitlines() or [""]
        text = "\n".join([f"**{first}**{lead}", *rest])
    else:
        text = f"{text}{lead}"
    buttons = [Button(label, command=command) for label, command in event.data.get("buttons", [])]
    card = Card(title="", text=text[:_MOST_TEXT], buttons=buttons) if buttons else None
    return Post(marker=marker, text=text[:_MOST_TEXT], at=late, card=card)


def _picture(name: str) -> str:
    """The address of somebody's face; a chat fetches it itself, so only where it can."""
    path = face_path(name) if settings.BASE_IS_PUBLIC and settings.BASE_URL.startswith("https://") else ""
    return urljoin(settings.BASE_URL, path) if path else ""


def is_over(incident: Incident) -> bool:
    """Tell whether work on it has ended."""
    return incident.status in (Status.CLOSED, Status.CANCELLED, Status.MERGED)
