"""API tokens and remembered answers."""

from datetime import datetime
from typing import ClassVar

from django.db import models

from accounts.models.user import User
from common import clock


class Token(models.Model):
    """A bearer token: only its SHA-256 is kept; scopes narrow what its owner may do."""

    SCOPES: ClassVar = {
        "all": "Everything the person may do",
        "read": "Read incidents, timelines and the rest",
        "write": "Declare and change incidents, say lines",
        "chat": "Be a chat bridge: hand over commands and lines of other people",
        "admin": "Connections, deliveries and people (administrators)",
    }

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    trusts_emails = models.BooleanField(
        default=False, help_text="A chat bridge may name people by their e-mail address"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    def is_good(self, at: datetime) -> bool:
        """True while it is neither revoked nor expired and its owner is active."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at) and self.user.is_active

    def allows(self, scope: str) -> bool:
        """Tell whether the token has this scope; `write` includes `read`."""
        held = set(self.scopes)
        return "all" in held or scope in held or (scope == "read" and "write" in held)


class IdempotencyKey(models.Model):
    """The answer to a POST that carried an Idempotency-Key, given again to the same request."""

    owner = models.CharField(max_length=40, help_text="user:<id> or token:<id>")
    key = models.CharField(max_length=200)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"
