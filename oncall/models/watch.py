"""Who was on call when it was last looked: what makes the beginning and the end of a shift something to tell."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common import clock
from common.pending import Pending
from oncall.models.schedule import Schedule


class ShiftWatch(Pending):
    """One a schedule. Due when other people are on call next, and whenever the schedule is changed.

    `on_call` are the numbers of who was on call then; None before the first look, which tells nobody.
    """

    schedule = models.OneToOneField(Schedule, on_delete=models.CASCADE, related_name="watch")
    on_call = models.JSONField(null=True, default=None)
    looked_at = models.DateTimeField(null=True, blank=True)

    most_tries: ClassVar[int | None] = None

    class Meta:
        verbose_name_plural = "shift watches"
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="shift_watch_due")]

    def __str__(self) -> str:
        return f"watch of {self.schedule}"

    def work(self) -> None:
        from oncall.operations.watching import look

        look(self)


class Preflight(models.Model):
    """Will pages reach a person? Looked at when their shift began; without findings they do, as far as we know."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="preflights")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preflights")
    made_at = models.DateTimeField(default=clock.now, editable=False)
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "schedule", "-made_at"], name="preflight_by_user")]

    def __str__(self) -> str:
        return f"check of {self.user} for {self.schedule}"


class Handover(models.Model):
    """What somebody leaves to who is on call after them."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="handovers")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="handovers")
    note = models.TextField()
    made_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["schedule", "-made_at"], name="handover_by_schedule")]

    def __str__(self) -> str:
        return f"note of {self.by} for {self.schedule}"
