"""An update on its way to everybody who follows."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.pending import Pending
from connections.models import Connection
from incidents.models import Incident, TimelineEvent


class Telling(Pending):
    """An update that is told in one chat to each of those who follow from outside of the room, a batch at a time.

    `reached` is the last identity that it has come to, in their own order.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    event = models.ForeignKey(TimelineEvent, on_delete=models.CASCADE, related_name="+")
    reached = models.BigIntegerField(default=0)
    told = models.PositiveIntegerField(default=0, help_text="people, so far")

    claim_size = 1
    parallel: ClassVar[int] = 2

    class Meta:
        verbose_name = "update for followers"
        verbose_name_plural = "updates for followers"
        constraints = [models.UniqueConstraint(fields=["connection", "event"], name="told_once_per_chat")]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="telling_due")]

    def __str__(self) -> str:
        return f"update of #{self.incident_id} for its followers"

    def work(self) -> None:
        from chatops.whispering import tell_some

        tell_some(self)
