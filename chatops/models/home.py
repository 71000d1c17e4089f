"""The homes of our app that people have looked at, and the rounds in which they are drawn anew."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Identity
from common import clock
from common.pending import Pending
from connections.models import Connection, Lane


class Home(models.Model):
    """Our app's home in a chat, for one person. `drawn` is a digest of what stands there, as far as we know."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    lane = models.OneToOneField(Lane, on_delete=models.CASCADE, related_name="+")
    looked_at = models.DateTimeField(default=clock.now, db_index=True)
    drawn = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "identity"], name="home_once")]

    def __str__(self) -> str:
        return f"home of {self.identity}"


class HomesRound(Pending):
    """The one row that is due when what stands in homes may have changed.

    It goes round twice, some seconds apart, and `is_last` says which time it is: a change that was not committed
    when the first began finds the row due already and leaves it alone. `everybody`: also those who have not looked
    for long.
    """

    name = models.CharField(max_length=20, unique=True, default="homes")
    is_last = models.BooleanField(default=False)
    everybody = models.BooleanField(default=False)

    claim_size = 1
    most_tries: ClassVar[int | None] = None

    class Meta:
        verbose_name = "round of the homes"
        verbose_name_plural = "rounds of the homes"
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="homes_round_due")]

    def __str__(self) -> str:
        return self.name

    def work(self) -> None:
        from chatops.homes import go_round

        go_round(self)
