"""What Slack told us about people and channels, and what waits for it."""

from django.db import models
from django.db.models import Q

from common.pending import Pending
from connections.models import Connection, Received


class Fact(Pending):
    """Something we ask about once and keep: who we are in Slack, a person, a channel, an address, or
    whether a line is here that a reaction belongs to.

    It is due when it should be asked for (again). `learned_at` is empty until Slack said something;
    `is_sure` is false when we gave up waiting and go on without.
    """

    SELF, USER, CHANNEL, EMAIL, LINE = "self", "user", "channel", "email", "line"

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
