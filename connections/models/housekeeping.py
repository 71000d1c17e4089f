"""Old things that go by themselves."""

from datetime import timedelta
from typing import ClassVar

from django.db import models

from common import clock
from common.pending import Pending


class Housekeeping(Pending):
    """The one row whose lease-holder cleans up, every hour."""

    name = models.CharField(max_length=20, unique=True, default="hourly")

    claim_size: ClassVar[int] = 1
    most_tries: ClassVar[int | None] = None
    standing: ClassVar[str | None] = "hourly"

    class Meta:
        verbose_name_plural = "housekeeping"

    def __str__(self) -> str:
        return self.name

    def work(self) -> None:
        from connections.housekeeping import clean_up

        clean_up()
        self.again(error="", at=clock.now() + timedelta(hours=1), count=False, attempts=0)
