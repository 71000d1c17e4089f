"""What should be seen outside, where, and every try to get it there."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common import clock
from common.pending import Pending
from connections.models.connection import Connection


class Lane(Pending):
    """What goes one at a time: a chat channel, a phone. The lane is leased, not the single delivery.

    A lane without anything due has no `due_at`. `is_open` is false until its place exists.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="lanes")
    kind = models.CharField(max_length=20, help_text="whose sender draws and sends: chat, answer ...")
    key = models.CharField(max_length=160)
    address = models.CharField(max_length=500, blank=True, default="")
    is_open = models.BooleanField(default=True)
    next_at = models.DateTimeField(null=True, blank=True, help_text="not before: pace and Retry-After")

    claim_size = 1
    most_tries = None
    parallel: ClassVar[int] = 12

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "key"], name="lane_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="lane_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    def work(self) -> None:
        from connections.lanes import run_lane

        run_lane(self)


class Delivery(models.Model):
    """This thing shown at that place: due while `wanted` is ahead of `shown`.

    The first time posts, later times edit what was posted (`outside_ref`), a tombstone deletes it. It
    holds a reference and never text: it is drawn when sent, with access asked again.
    """

    lane = models.ForeignKey(Lane, on_delete=models.CASCADE, related_name="deliveries")
    thing_kind = models.CharField(max_length=20)
    thing_id = models.BigIntegerField()
    wanted = models.PositiveIntegerField(default=1)
    shown = models.PositiveIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(default=5)
    position = models.BigIntegerField(default=0)
    outside_ref = models.CharField(max_length=200, blank=True, default="")
    incident_number = models.BigIntegerField(null=True, blank=True, db_index=True)
    attempt_count = models.PositiveIntegerField(default=0)
    held_at = models.DateTimeField(null=True, blank=True, help_text="since when a restore holds it back by itself")
    dead_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
    shown_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["lane", "thing_kind", "thing_id"], name="delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["lane", "priority", "position"],
                condition=Q(dead_at__isnull=True, wanted__gt=F("shown")),
                name="delivery_due",
            ),
            models.Index(fields=["lane", "outside_ref"], name="delivery_ref"),
        ]

    def __str__(self) -> str:
        return f"{self.thing_kind} {self.thing_id} → {self.lane}"

    @property
    def marker(self) -> str:
        """The id that a post carries, so that an unclear send is found before it is repeated."""
        return f"{self.thing_kind}:{self.thing_id}"

    @property
    def state(self) -> str:
        """waiting, shown or failed, in words."""
        if self.dead_at:
            return "failed"
        return "waiting" if self.wanted > self.shown else "shown"


class Attempt(models.Model):
    """One try of a delivery. It is written before the call; without an answer its result is unclear.

    `receipt` is what the provider has told of it since: how far it came on its way to the person.
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    version = models.PositiveIntegerField()
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ok = models.BooleanField(null=True, default=None)
    outside_ref = models.CharField(max_length=200, blank=True, default="")
    error = models.TextField(blank=True, default="")
    receipt = models.CharField(max_length=20, blank=True, default="")
    receipt_at = models.DateTimeField(null=True, blank=True)
    receipt_note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["outside_ref"], condition=~Q(outside_ref=""), name="attempt_ref")]

    def __str__(self) -> str:
        return f"try of delivery {self.delivery_id} at {self.started_at:%H:%M:%S}"
