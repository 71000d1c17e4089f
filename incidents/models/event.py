"""The log: one row for everything that happens to an incident. Append-only."""

import hashlib
import json
from datetime import UTC

from django.db import models
from django.db.models import Q

from accounts.models import User
from common import clock
from incidents.models.incident import Incident


class TimelineEvent(models.Model):
    """One event. `text` and `data` say what was said at that moment and are never changed.

    An edit, a deletion, a pin, a reaction, a time correction is an event of its own with a `target`; the
    projection columns of the target (below the line) are what folding them has given so far.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="events")
    sequence = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    target = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="changes")
    thread = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies")
    text = models.TextField(blank=True, default="")
    data = models.JSONField(default=dict, blank=True)
    occurred_at = models.DateTimeField(default=clock.now)
    recorded_at = models.DateTimeField(default=clock.now)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField(max_length=120)
    actor_key = models.CharField(max_length=160, blank=True, default="")
    surface = models.CharField(max_length=16)
    outside_id = models.CharField(max_length=200, null=True, blank=True, unique=True)
    content_digest = models.CharField(max_length=64)

    # --- projections: what later events made of this one
    shown_text = models.TextField(blank=True, default="")
    shown_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    pinned_at = models.DateTimeField(null=True, blank=True)
    is_hidden = models.BooleanField(default=False, help_text="left out of the postmortem")
    reactions = models.JSONField(default=dict, blank=True)
    reply_count = models.PositiveIntegerField(default=0)
    last_reply_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "sequence"], name="event_sequence_once")]
        indexes = [
            models.Index(fields=["incident", "shown_at", "id"], condition=Q(target__isnull=True), name="event_reading"),
            models.Index(
                fields=["incident", "shown_at", "id"], condition=Q(pinned_at__isnull=False), name="event_pins"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.incident_id} {self.sequence} {self.kind}"


#: what the digest covers besides the number and the target; the projections are not in it, they fold later events
_SEALED = ("sequence", "kind", "actor_key", "actor_name", "surface", "text", "data")


def content_digest(event: TimelineEvent) -> str:
    """Return the SHA-256 over what an event says: what, who, from where, when, of which line."""
    said = {
        "incident": event.incident_id,
        "target": event.target.sequence if event.target else None,
        "occurred_at": event.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "recorded_at": event.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        **{name: getattr(event, name) for name in _SEALED},
    }
    raw = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
