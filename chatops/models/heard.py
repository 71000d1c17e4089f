"""Commands that were heard, and what was answered."""

from django.db import models

from accounts.models import User
from common import clock
from connections.models import Connection


class Heard(models.Model):
    """One typed command: the same outside id gives the same answer and does nothing twice.

    `source` names where ids are unique: `slack:<connection>`, `bridge:<token>`, `web:<user>`.
    """

    source = models.CharField(max_length=60)
    outside_id = models.CharField(max_length=200)
    connection = models.ForeignKey(Connection, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=120)
    text = models.TextField()
    answer = models.JSONField(default=dict)
    incident_number = models.BigIntegerField(null=True, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "heard"
        constraints = [models.UniqueConstraint(fields=["source", "outside_id"], name="heard_once")]

    def __str__(self) -> str:
        return self.text[:60]
