"""The incident itself: its present state. Its story is the timeline."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from common import clock
from oncall.models import Service

if TYPE_CHECKING:
    from django.db.models import QuerySet


class Severity(models.IntegerChoices):
    """How bad it is; 1 is worst."""

    SEV1 = 1, "critical"
    SEV2 = 2, "major"
    SEV3 = 3, "minor"
    SEV4 = 4, "low"
    SEV5 = 5, "notice"


class Status(models.TextChoices):
    """Where it stands. The first four are open."""

    TRIAGE = "triage", "triage"
    INVESTIGATING = "investigating", "investigating"
    FIXING = "fixing", "fixing"
    MONITORING = "monitoring", "monitoring"
    RESOLVED = "resolved", "resolved"
    CLOSED = "closed", "closed"
    CANCELLED = "cancelled", "cancelled"
    MERGED = "merged", "merged"


OPEN = (Status.TRIAGE, Status.INVESTIGATING, Status.FIXING, Status.MONITORING)


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Filters; `visible_to` is under everything that shows incidents."""

    def visible_to(self, user: User | None) -> Self:
        """Open incidents for everybody signed in, private ones for their members.

        None is somebody of another chat without an account: only what is open.
        """
        if user is None or not user.is_active:
            return self.filter(is_private=False)
        return self.filter(Q(is_private=False) | Q(pk__in=_memberships(user)))

    def open(self) -> Self:
        return self.filter(status__in=OPEN)


def _memberships(user: User) -> "QuerySet":
    from incidents.models.people import Member

    return Member.objects.filter(user=user, left_at__isnull=True).values("incident_id")


class Incident(models.Model):
    """One incident. The number is its key and never used again."""

    number = models.BigAutoField(primary_key=True)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True, default="")
    impact = models.TextField(blank=True, default="")
    severity = models.PositiveSmallIntegerField(choices=Severity.choices, default=Severity.SEV3)
    severity_confirmed_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=14, choices=Status.choices, default=Status.TRIAGE)
    is_private = models.BooleanField(default=False)
    is_drill = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False, editable=False)
    services: "models.ManyToManyField[Service, models.Model]" = models.ManyToManyField(
        Service, blank=True, related_name="incidents"
    )
    related: "models.ManyToManyField[Incident, models.Model]" = models.ManyToManyField("self", blank=True)
    tags = models.JSONField(default=list, blank=True)
    links = models.JSONField(default=list, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from")

    now_text = models.CharField("now (theory)", max_length=500, blank=True, default="")
    doing_text = models.CharField("doing", max_length=500, blank=True, default="")
    need_text = models.CharField("need", max_length=500, blank=True, default="")
    update_due_at = models.DateTimeField(null=True, blank=True)
    last_update_at = models.DateTimeField(null=True, blank=True)

    started_at = models.DateTimeField(null=True, blank=True)
    detected_at = models.DateTimeField(null=True, blank=True)
    declared_at = models.DateTimeField(default=clock.now)
    mitigated_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    declared_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    declared_by_name = models.CharField(max_length=120, blank=True, default="")
    last_sequence = models.BigIntegerField(default=0, editable=False)
    last_event_at = models.DateTimeField(default=clock.now, editable=False)
    access_version = models.PositiveIntegerField(default=1, editable=False)

    objects = IncidentQuerySet.as_manager()

    KEY_TIMES: ClassVar = ["started", "detected", "declared", "mitigated", "resolved", "closed"]

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(condition=Q(severity__gte=1, severity__lte=5), name="incident_severity_1_to_5"),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
                name="incident_merged_names_target",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "severity", "-number"]),
            models.Index(fields=["-declared_at"]),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.display_title}"

    def get_absolute_url(self) -> str:
        return reverse("room", args=[self.number])

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def display_title(self) -> str:
        """The title, with DRILL in front of a drill."""
        return f"DRILL {self.title}" if self.is_drill else self.title

    @property
    def sev(self) -> str:
        """SEV1 ... SEV5."""
        return f"SEV{self.severity}"


class IncidentAlert(models.Model):
    """An alert group that belongs to an incident; one open link per group."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="alert_links")
    group = models.ForeignKey("alerts.AlertGroup", on_delete=models.PROTECT, related_name="incident_links")
    attached_at = models.DateTimeField(default=clock.now)
    detached_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group"], condition=Q(detached_at__isnull=True), name="alert_group_in_one_incident"
            )
        ]

    def __str__(self) -> str:
        return f"{self.group} in #{self.incident_id}"
