"""What is learned."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from common import clock
from incidents.models.incident import Incident


class Postmortem(models.Model):
    """The postmortem of one incident, in markdown; its draft is made from the log at resolve.

    `drafted_from` is the sequence up to which the log has been used; what came later is offered.
    """

    DRAFT, REVIEW, PUBLISHED = "draft", "review", "published"
    STATES: ClassVar = [(DRAFT, "draft"), (REVIEW, "in review"), (PUBLISHED, "published")]

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="postmortem")
    state = models.CharField(max_length=10, choices=STATES, default=DRAFT)
    body = models.TextField(blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    drafted_from = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    edited_at = models.DateTimeField(default=clock.now)
    edited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-incident_id"]

    def __str__(self) -> str:
        return f"postmortem of #{self.incident_id}"
