"""Where an incident is talked about outside: a channel in a connected chat."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common import clock
from common.pending import Pending
from connections.models import Connection, Lane
from incidents.models import Incident


class Room(models.Model):
    """One channel for one incident in one connected chat. The web room needs no row: it reads the log.

    `outside_id` is empty until the channel exists. `is_current` is false for a channel that was left
    behind, because the incident became private or the channel was lost. `lost_at`: it can't be used any more
    (deleted, archived by somebody, our app thrown out); what is to be shown there waits.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="rooms")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="rooms")
    lane = models.OneToOneField(Lane, on_delete=models.PROTECT, related_name="room")
    outside_id = models.CharField(max_length=120, blank=True, default="")
    name = models.CharField(max_length=120, blank=True, default="")
    url = models.CharField(max_length=500, blank=True, default="")
    is_private = models.BooleanField(default=False)
    is_current = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    lost_at = models.DateTimeField(null=True, blank=True)
    lost_why = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "connection"], condition=Q(is_current=True), name="room_once_per_chat"
            ),
            models.UniqueConstraint(
                fields=["connection", "outside_id"],
                condition=~Q(outside_id=""),
                name="channel_of_one_incident",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'room'} of #{self.incident_id}"


class RoomStep(Pending):
    """One step of making a room (or changing it later): visible, and retryable by itself."""

    STEPS: ClassVar = [
        *("create", "card", "invite", "topic", "pin", "bookmark"),
        *("remove", "farewell", "archive", "unarchive"),
    ]

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField(default=0)
    wanted = models.PositiveIntegerField(default=1, help_text="raised to have it done again")
    detail = models.CharField(max_length=300, blank=True, default="")
    done_at = models.DateTimeField(null=True, blank=True)

    # Each waits for the chat most of its time: twenty channels at once are made side by side.
    claim_size = 1
    parallel: ClassVar[int] = 12

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["room", "name"], name="room_step_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="room_step_due")]

    def __str__(self) -> str:
        return f"{self.name} {self.room}"

    def work(self) -> None:
        from chatops.rooms import do_step

        do_step(self)


class Announcement(models.Model):
    """The one message per incident in a chat's incidents channel, edited in place."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="announcements")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="announcements")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "connection"], name="announced_once")]

    def __str__(self) -> str:
        return f"announcement of #{self.incident_id}"
