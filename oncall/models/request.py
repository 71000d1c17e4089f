"""Asking somebody else to take a shift: anybody, or one named person."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common import clock
from common.pending import Pending
from oncall.models.schedule import Override, Schedule


class ShiftRequest(Pending):
    """`asked_by` can't: somebody covers, or the one person in `asked_of` says yes. Due when it is too late for that.

    What it is about are its parts; `starts_at` and `ends_at` say when those are, as they were computed last. What was
    taken counts in the order of `taken_at`, wherever its shifts move.
    """

    COVER, SWAP = "cover", "swap"
    OPEN, TAKEN, DECLINED, WITHDRAWN, EXPIRED = "open", "taken", "declined", "withdrawn", "expired"
    STATUSES = (OPEN, TAKEN, DECLINED, WITHDRAWN, EXPIRED)

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="requests")
    kind = models.CharField(max_length=8, choices=[(COVER, "cover"), (SWAP, "swap")])
    status = models.CharField(max_length=10, default=OPEN, choices=[(name, name) for name in STATUSES])
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shift_requests")
    asked_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="shift_requests_to"
    )
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="shift_requests_taken"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True, default="")
    made_at = models.DateTimeField(default=clock.now, editable=False)
    taken_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_why = models.CharField(max_length=120, blank=True, default="", editable=False)

    #: it is looked at until it is taken or over
    most_tries: ClassVar[int | None] = None

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="shift_request_due"),
            models.Index(fields=["schedule", "status", "ends_at"], name="shift_request_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} on {self.schedule}"

    def work(self) -> None:
        from oncall.operations.swaps import look_again

        look_again(self)


class ShiftPart(models.Model):
    """One turn of a layer, or a part of it, that goes from `giver` to `taker`. The engine's swap.

    It counts while it has a taker. Without a layer it is a stretch of time in which an override has put the giver on
    call: taking it makes another one, in `override`. `version` is the schedule's when it was asked for.
    """

    request = models.ForeignKey(ShiftRequest, on_delete=models.CASCADE, related_name="parts")
    version = models.PositiveIntegerField()
    layer = models.CharField(max_length=200, blank=True, default="")
    turn = models.BigIntegerField()
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    override = models.ForeignKey(Override, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.layer or 'override'} {self.turn} of {self.giver}"
