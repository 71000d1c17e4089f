"""What Slack told us about people and channels, and what waits for it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from chatops.models import Room
from common import clock
from common.pending import Pending
from connections.models import Connection, Received
from incidents.models import OutsideFile


class Fact(Pending):
    """Something we ask about once and keep: who we are in Slack, a person, a channel, an address, a user group, or
    whether a line is here that a reaction belongs to.

    It is due when it should be asked for (again). `learned_at` is empty until Slack said something;
    `is_sure` is false when we gave up waiting and go on without.
    """

    SELF, USER, CHANNEL, EMAIL, LINE, GROUP = "self", "user", "channel", "email", "line", "group"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    about = models.CharField(max_length=10)
    key = models.CharField(max_length=254, blank=True, default="")
    answer = models.JSONField(default=dict)
    is_sure = models.BooleanField(default=False)
    learned_at = models.DateTimeField(null=True, blank=True)

    claim_size = 1

    class Meta:
        verbose_name = "question to Slack"
        verbose_name_plural = "questions to Slack"
        constraints = [models.UniqueConstraint(fields=["connection", "about", "key"], name="slack_fact_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="slack_fact_due")]

    def __str__(self) -> str:
        return f"{self.about} {self.key}".strip()

    def work(self) -> None:
        from integrations.slack.learning import learn

        learn(self)


class Waiting(models.Model):
    """A received request that is looked at again once its fact is known."""

    received = models.OneToOneField(Received, on_delete=models.CASCADE, related_name="+")
    fact = models.ForeignKey(Fact, on_delete=models.CASCADE, related_name="waiting")

    class Meta:
        verbose_name_plural = "waiting"

    def __str__(self) -> str:
        return f"{self.received_id} waits for {self.fact}"


class FileFetch(Pending):
    """A file of a message whose bytes are still to be fetched. `address`: where from ("" : ask Slack first)."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    file = models.OneToOneField(OutsideFile, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=1000, blank=True, default="")

    claim_size = 1
    parallel: ClassVar[int] = 2
    # Slack may be away for an hour: `fetching` says when it is given up.
    most_tries = None

    class Meta:
        verbose_name = "file to fetch"
        verbose_name_plural = "files to fetch"
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="slack_file_due")]

    def __str__(self) -> str:
        return self.file.name

    def work(self) -> None:
        from integrations.slack.fetching import fetch

        fetch(self)


class Backfill(Pending):
    """A channel whose history is read again, because something may have been missed since a moment.

    `reading` is where it stands: the cursor of the history, then the threads one by one. `wanted` is
    raised when it is asked for anew meanwhile.
    """

    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    wanted = models.PositiveIntegerField(default=1)
    reading = models.JSONField(default=dict)
    found = models.PositiveIntegerField(default=0, help_text="messages that were handed on")
    detail = models.CharField(max_length=300, blank=True, default="")
    done_at = models.DateTimeField(null=True, blank=True)

    claim_size = 1
    parallel: ClassVar[int] = 2
    # A limit of Slack's may hold it for long; `backfilling` says when it is given up.
    most_tries = None

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="slack_backfill_due")]

    def __str__(self) -> str:
        return f"backfill of {self.room}"

    def work(self) -> None:
        from integrations.slack.backfilling import read_on

        read_on(self)


class Watch(Pending):
    """The one row whose lease-holder looks each minute whether something may have been missed.

    `seen` holds, per connection, whether it was in trouble, and since when.
    """

    name = models.CharField(max_length=20, unique=True, default="watch")
    looked_at = models.DateTimeField(default=clock.now)
    seen = models.JSONField(default=dict)

    claim_size = 1
    most_tries = None
    standing: ClassVar[str | None] = "watch"

    class Meta:
        verbose_name_plural = "looks for what was missed"

    def __str__(self) -> str:
        return self.name

    def work(self) -> None:
        from integrations.slack.gaps import look

        look(self)
