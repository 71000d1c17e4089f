"""Calendars that a person's own calendar reads: a secret address, for one schedule or for all their shifts."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from common import clock
from oncall.models.schedule import Schedule


class Feed(models.Model):
    """Only the digest of the address's secret is kept. Without a schedule it has the person's own shifts.

    A new one for the same takes the place of the one before.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feeds")
    schedule = models.ForeignKey(Schedule, null=True, blank=True, on_delete=models.CASCADE, related_name="feeds")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(default=clock.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "schedule"], condition=Q(revoked_at__isnull=True), name="feed_once_a_schedule"
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at__isnull=True, schedule__isnull=True), name="feed_once_for_me"
            ),
        ]

    def __str__(self) -> str:
        return f"feed of {self.user} for {self.schedule or 'their shifts'}"
