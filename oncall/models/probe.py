"""How paging watches itself."""

from typing import ClassVar

from django.db import models

from common.pending import Pending


class Probe(Pending):
    """The one row that pages a machine of ours again and again, through all that a page goes through.

    Asked at `asked_at`; when that one has arrived, `arrived_at` is later. `missed` counts those in a row that did not.
    """

    name = models.CharField(max_length=20, unique=True, default="page")
    asked_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    missed = models.PositiveIntegerField(default=0)

    claim_size: ClassVar[int] = 1
    most_tries: ClassVar[int | None] = None
    standing: ClassVar[str | None] = "page"

    class Meta:
        verbose_name_plural = "test pages"

    def __str__(self) -> str:
        return self.name

    def work(self) -> None:
        from oncall.operations.probing import go_on

        go_on(self)


class SelfWatch(models.Model):
    """What the watchers of all processes know together: what is wrong, since when, and who was told of it.

    Written by conditional updates, so that of several processes one tells it. Not a pending row: it has to work where
    those do not.
    """

    LATE, PROBE = "late", "probe"

    name = models.CharField(max_length=20, unique=True, default="self")
    trouble = models.CharField(max_length=10, blank=True, default="")
    since = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True, help_text="when somebody was last to be told")
    told_at = models.DateTimeField(null=True, blank=True, help_text="when somebody was told")
    told_error = models.CharField(max_length=300, blank=True, default="")
    beat_at = models.DateTimeField(null=True, blank=True)
    beat_error = models.CharField(max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return self.name
