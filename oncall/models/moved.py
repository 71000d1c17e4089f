"""What came from another system, so that moving in can be done again and again until the day of the switch."""

from django.db import models

from common import clock


class Moved(models.Model):
    """One thing of another system and what it became here.

    `digest` is of what was read there, `state` of what it was here right after: when the one changes it is brought
    along again, and when the other has changed somebody here did that, and it is left alone.
    """

    source = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    outside_id = models.CharField(max_length=200)
    object_id = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=64, blank=True, default="")
    moved_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "kind", "outside_id"], name="moved_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.outside_id} of {self.source}"
