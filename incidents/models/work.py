"""What is produced while working an incident: action items, updates, files."""

from django.db import models

from accounts.models import User
from common import clock
from incidents.models.event import TimelineEvent
from incidents.models.incident import Incident


class ActionItem(models.Model):
    """Work that somebody owns: a task during the incident or a follow-up after it."""

    TASK, FOLLOW_UP = "task", "follow-up"

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="action_items")
    number = models.PositiveIntegerField(help_text="counted per incident")
    kind = models.CharField(max_length=10, choices=[(TASK, "task"), (FOLLOW_UP, "follow-up")], default=TASK)
    text = models.CharField(max_length=500)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="action_items")
    due_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    origin = models.ForeignKey(TimelineEvent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="action_item_number_once")]

    def __str__(self) -> str:
        return f"#{self.incident_id} {self.kind} {self.number}: {self.text}"

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


class Update(models.Model):
    """A status update: Now / Doing / Need for the team, and a public text where wanted."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="updates")
    event = models.OneToOneField(TimelineEvent, on_delete=models.CASCADE, related_name="update")
    now_text = models.CharField(max_length=500, blank=True, default="")
    doing_text = models.CharField(max_length=500, blank=True, default="")
    need_text = models.CharField(max_length=500, blank=True, default="")
    text = models.TextField(blank=True, default="")
    public_text = models.TextField(blank=True, default="")
    next_due_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=120)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"update of #{self.incident_id} at {self.at:%H:%M}"


class Attachment(models.Model):
    """A file said into the room; kept privately, access is asked at every read."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="attachments")
    event = models.ForeignKey(
        TimelineEvent, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments"
    )
    uploaded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    file = models.FileField(upload_to="attachments/%Y/%m", max_length=300)
    name = models.CharField(max_length=200)
    alt = models.CharField(max_length=300, blank=True, default="")
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        return self.content_type in {"image/png", "image/jpeg", "image/gif", "image/webp"}


class OutsideFile(models.Model):
    """A file of a line that was written in another chat: where it lies there, and what became of it here.

    Without an attachment it is on its way, or `note` says why it stays there.
    """

    event = models.ForeignKey(TimelineEvent, on_delete=models.CASCADE, related_name="outside_files")
    outside_id = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    url = models.CharField(max_length=1000, blank=True, default="", help_text="its page in the other chat")
    size = models.PositiveBigIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True, default="")
    attachment = models.OneToOneField(
        Attachment, null=True, blank=True, on_delete=models.SET_NULL, related_name="outside_file"
    )

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["event", "outside_id"], name="outside_file_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def state_words(self) -> str:
        """What a reader is told beside the link."""
        return self.note or "on its way"
