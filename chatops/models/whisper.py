"""What is said to one person in a connected chat."""

from django.db import models

from accounts.models import Identity
from common import clock
from connections.models import Connection
from incidents.models import Incident, TimelineEvent


class Whisper(models.Model):
    """Something for one person: seen by them alone in the room's channel, or a direct message.

    It holds what it is about, never text: it is drawn when it is sent, with access asked again. `event` is the
    line or the update that it is about.
    """

    WELCOME, DRAFT, HAND_OVER, UPDATE = "welcome", "draft", "hand-over", "update"
    KINDS = ((WELCOME, "welcome"), (DRAFT, "update draft"), (HAND_OVER, "hand-over"), (UPDATE, "update"))

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=KINDS)
    event = models.ForeignKey(TimelineEvent, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind", "identity", "event"], name="whispered_once_of_event")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of #{self.incident_id} for {self.identity}"
