"""Who is in an incident, and as what."""

from django.db import models
from django.db.models import Q

from accounts.models import User
from common import clock
from incidents.models.incident import Incident

COMMANDER = "commander"
#: roles that one person holds at a time; any other word is a role that several may share.
SINGLE_ROLES = (COMMANDER, "comms", "scribe")


class RoleAssignment(models.Model):
    """A person holding a role, from one moment to another."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="role_assignments")
    role = models.CharField(max_length=40)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_assignments")
    assigned_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["assigned_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "role"],
                condition=Q(ended_at__isnull=True, role__in=SINGLE_ROLES),
                name="single_role_held_once",
            ),
            models.UniqueConstraint(
                fields=["incident", "role", "user"],
                condition=Q(ended_at__isnull=True),
                name="role_held_once_by_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of #{self.incident_id}"


class Member(models.Model):
    """A person in the room. In a private incident, members are who may see it.

    Who left (`left_at`) and still is watching follows its updates from outside.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="incident_memberships")
    reason = models.CharField(max_length=200, blank=True, default="")
    joined_at = models.DateTimeField(default=clock.now)
    left_at = models.DateTimeField(null=True, blank=True)
    is_watching = models.BooleanField(default=True)
    seen_sequence = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "user"], name="member_once")]
        indexes = [models.Index(fields=["user", "incident"], condition=Q(left_at__isnull=True), name="member_now")]

    def __str__(self) -> str:
        return f"{self.user} in #{self.incident_id}"
