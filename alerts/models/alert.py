"""What machines tell us: single signals and the groups they form."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common import clock
from connections.models import Connection, Received


class AlertGroup(models.Model):
    """All signals of one trouble: the same (connection, dedup key), at most one open, by constraint."""

    FIRING, ACKED, RESOLVED, CLOSED = "firing", "acked", "resolved", "closed"
    STATES: ClassVar = [
        (FIRING, "firing"),
        (ACKED, "acknowledged"),
        (RESOLVED, "resolved"),
        (CLOSED, "closed"),
    ]

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="alert_groups")
    key = models.CharField(max_length=300)
    title = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=STATES, default=FIRING)
    severity = models.PositiveSmallIntegerField(null=True, blank=True)
    service_name = models.CharField(max_length=120, blank=True, default="")
    url = models.CharField(max_length=500, blank=True, default="")
    count = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField(default=clock.now)
    last_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    folded = models.JSONField(default=dict, blank=True, help_text="what its signals come to so far")

    class Meta:
        ordering = ["-last_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "key"], condition=~Q(state="closed"), name="alert_group_open_once"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Alert(models.Model):
    """One signal, stored, with what became of it."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="alerts")
    group = models.ForeignKey(AlertGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="alerts")
    received = models.ForeignKey(Received, null=True, blank=True, on_delete=models.SET_NULL, related_name="alerts")
    outside_id = models.CharField(max_length=120)
    trouble = models.CharField(max_length=120, blank=True, default="", help_text="the source's own id of the trouble")
    kind = models.CharField(max_length=60)
    occurred_at = models.DateTimeField()
    data = models.JSONField(default=dict)
    outcome = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["occurred_at", "outside_id"]
        constraints = [models.UniqueConstraint(fields=["connection", "outside_id"], name="alert_once")]
        indexes = [models.Index(fields=["connection", "trouble"], condition=~Q(trouble=""), name="alert_trouble")]

    def __str__(self) -> str:
        return f"{self.kind} {self.outside_id}"
