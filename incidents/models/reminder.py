"""Things worth saying later."""

from django.db import models

from common.pending import Pending
from incidents.models.incident import Incident


class Reminder(Pending):
    """One reminder of one kind for one incident; it asks the present state when it is due."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=30)
    count = models.PositiveSmallIntegerField(default=0, help_text="how often it has spoken")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "kind"], name="reminder_once")]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="reminder_due")]

    def __str__(self) -> str:
        return f"{self.kind} of #{self.incident_id}"

    def work(self) -> None:
        from incidents.operations.reminders import remind

        remind(self)
