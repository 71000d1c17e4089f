"""How a person is reached, and in which order."""

from django.conf import settings
from django.db import models

from common import clock
from connections.models import Lane

#: the kind of the lanes that contact methods have; `oncall/sending.py` draws and sends what goes there
PAGER_LANE = "pager"


class Urgency(models.TextChoices):
    """How a page is sent: by the rules for what can't wait, or for what can."""

    HIGH = "high", "high"
    LOW = "low", "low"


class ContactMethod(models.Model):
    """One address of a person: `kind` names the pager that reaches it. Its lane is what goes there one at a time.

    Only a verified method is used: nobody is paged at an address that they have not shown to be theirs. One that
    was removed stays as a row without rules, because what went there is kept, and so that it is not given anew.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="contact_methods")
    kind = models.CharField(max_length=20)
    address = models.CharField(max_length=300)
    lane = models.OneToOneField(Lane, on_delete=models.PROTECT, related_name="contact_method")
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    tested_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: why it was switched off from outside ("" while it is not): then it is not verified any more
    off_reason = models.CharField(max_length=200, blank=True, default="", editable=False)
    #: the code that is out: its digest, how long it is good, and how often it was guessed at
    code_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    code_until = models.DateTimeField(null=True, blank=True, editable=False)
    code_tries = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["user", "kind", "address"], name="contact_method_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user}"

    @property
    def is_usable(self) -> bool:
        """Pages may go there: it is shown to be theirs, and not removed. Asked again before each send."""
        return self.verified_at is not None and self.removed_at is None


class QuietHours(models.Model):
    """When a person is not paged about what can wait, on their own clock. Without a row: 22:00 to 07:00."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiet_hours")
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        verbose_name_plural = "quiet hours"

    def __str__(self) -> str:
        return f"{self.user}: {self.starts:%H:%M} to {self.ends:%H:%M}"


class NotificationRule(models.Model):
    """So many minutes after a page began this method is used, as long as nobody has answered."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_rules")
    urgency = models.CharField(max_length=4, choices=Urgency.choices, default=Urgency.HIGH)
    method = models.ForeignKey(ContactMethod, on_delete=models.CASCADE, related_name="rules")
    delay_minutes = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["delay_minutes", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["method", "urgency", "delay_minutes"], name="notification_rule_once")
        ]

    def __str__(self) -> str:
        return f"{self.method} after {self.delay_minutes} min"
