"""A backup was put back here."""

from django.db import models

from common import clock


class Restore(models.Model):
    """One restore. Until `released_at` what was waiting in the backup is held."""

    made_at = models.DateTimeField(null=True, help_text="when the backup was made")
    restored_at = models.DateTimeField(default=clock.now)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"restore of {self.restored_at:%Y-%m-%d %H:%M}"
