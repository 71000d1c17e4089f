"""An outside calendar that a schedule follows."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common import clock
from common.pending import Pending
from connections.secrets import seal, unseal
from oncall.models.schedule import Schedule


class FollowedCalendar(Pending):
    """Read again and again while `removed_at` is empty; due when it is next.

    `pieces` is the last good copy: (from, to, numbers of people), as instants. What is past stays as it was read then.
    `warnings` are people that it names and nobody here is. The address may hold a key, and is kept encrypted.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="calendars")
    name = models.CharField(max_length=80)
    sealed_url = models.TextField(editable=False)
    pieces = models.JSONField(default=list, editable=False)
    warnings = models.JSONField(default=list, editable=False)
    read_at = models.DateTimeField(null=True, blank=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=clock.now, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    claim_size: ClassVar[int] = 1
    #: an outage of theirs doesn't end it
    most_tries: ClassVar[int | None] = None
    parallel: ClassVar[int] = 2

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule"], condition=Q(removed_at__isnull=True), name="calendar_once_a_schedule"
            )
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="calendar_due")]

    def __str__(self) -> str:
        return f"{self.name} for {self.schedule}"

    @property
    def url(self) -> str:
        return unseal(self.sealed_url.encode()).decode()

    @url.setter
    def url(self, value: str) -> None:
        self.sealed_url = seal(value.encode()).decode()

    def work(self) -> None:
        from oncall.operations.calendars import read_again

        read_again(self)
