"""Forms that people have open in a chat."""

from django.db import models

from accounts.models import User
from common import clock
from connections.models import Connection, Lane
from incidents.models import Incident


class OpenForm(models.Model):
    """A form in front of one person, until it is sent: then it shows what became of it.

    `given` is what was typed before it opened, `values` what was filled in last, `answer` what running it
    said (empty until then). `person` is the chat's own id of who asked; nobody else can send it. `channel` is
    where it was asked for, and `answer_address` where the answer to the typed line would have gone. Without a
    `name` it is the answer to a form that was forgotten before it was sent.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    lane = models.OneToOneField(Lane, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    realm = models.CharField(max_length=80)
    person = models.CharField(max_length=120)
    person_name = models.CharField(max_length=120, blank=True, default="")
    channel = models.CharField(max_length=120, blank=True, default="")
    answer_address = models.CharField(max_length=500, blank=True, default="")
    given = models.JSONField(default=dict)
    values = models.JSONField(default=dict)
    answer = models.JSONField(default=dict)
    asked_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} for {self.person_name or self.person}"

    @property
    def is_done(self) -> bool:
        """It was sent and run: sending it again does nothing."""
        return bool(self.answer.get("ok"))

    @property
    def is_forgotten(self) -> bool:
        """What it was is not known any more."""
        return not self.name
