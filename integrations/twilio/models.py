"""What is texted back to somebody who has texted us."""

from typing import ClassVar

from django.db import models

from common import clock
from oncall.models import ContactMethod, Page


class Answer(models.Model):
    """One answer to one text message; drawn when it is sent, from what stands here."""

    ACKED, PASSED, TAKEN, NOTHING, SEVERAL, REFUSED, UNCLEAR = (
        *("acked", "passed", "taken", "nothing", "several", "refused", "unclear"),
    )
    KINDS: ClassVar = [(word, word) for word in (ACKED, PASSED, TAKEN, NOTHING, SEVERAL, REFUSED, UNCLEAR)]

    method = models.ForeignKey(ContactMethod, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=KINDS)
    page = models.ForeignKey(Page, null=True, on_delete=models.CASCADE, related_name="+")
    count = models.PositiveIntegerField(default=1, help_text="so many pages were answered at once")
    words = models.CharField(max_length=300, blank=True, default="", help_text="why it was refused")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind}, to {self.method}"
