"""What people are told about shifts that is no page: nobody has to answer it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common import clock
from common.pending import Pending
from oncall.models.request import ShiftRequest

#: the kind of the lanes by which notices go; pages have lanes of their own, so that none waits behind a notice
NOTICE_LANE = "notice"


class Notice(Pending):
    """Tells one person something. Due when it may go out: what is not urgent waits for their working hours.

    One about a request that is over by then is done without going out.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, help_text="shift, request, contact")
    title = models.CharField(max_length=200)
    lines = models.JSONField(default=list)
    path = models.CharField(max_length=200)
    request = models.ForeignKey(ShiftRequest, null=True, blank=True, on_delete=models.CASCADE, related_name="notices")
    asks = models.BooleanField(default=False, help_text="it asks for something, and is out of date when that is over")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)

    parallel: ClassVar[int] = 2

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="notice_due"),
            models.Index(fields=["user", "-created_at"], name="notice_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.title} for {self.user}"

    def work(self) -> None:
        from oncall.operations.notices import send_out

        send_out(self)
