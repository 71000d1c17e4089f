"""Schedules: rows that the engine's plan is read from. Nothing computed is kept."""

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Team
from common import clock
from common.ids import digest


class Schedule(models.Model):
    """Who is on call for something. What it says stands in its versions; the row is the lock."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(blank=True, default="")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="schedules")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ScheduleVersion(models.Model):
    """What a schedule says from an instant on. Rows are never changed, but for when they were followed.

    `layers` is the list of the preview format, with people by the number of their account; `first_turns` has the
    number of each layer's anchor turn. Who reads many asks for the digests first, and parses what it does not know.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    time_zone = models.CharField(max_length=64)
    layers = models.JSONField(default=list)
    first_turns = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, help_text="of the zone, the layers and the numbers")
    effective_from = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "number"], name="schedule_version_once"),
            models.UniqueConstraint(
                fields=["schedule"], condition=Q(superseded_at__isnull=True), name="schedule_one_version_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.digest = digest(json.dumps([self.time_zone, self.layers, self.first_turns], sort_keys=True))
        super().save(*args, **kwargs)


class Override(models.Model):
    """A person is on call from `starts_at` to `ends_at`: instead of everybody, or of the person in `replaces`.

    One that is taken back before it began has `cancelled_at`; one that was under way ends then.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="overrides")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="overrides")
    replaces = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True, default="")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=clock.now, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="override_has_a_length")]
        indexes = [
            models.Index(fields=["schedule", "ends_at"], condition=Q(cancelled_at__isnull=True), name="override_by_end")
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.schedule}"
