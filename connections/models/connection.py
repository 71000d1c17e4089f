"""A configured integration."""

from typing import Any

from django.db import models
from django.db.models import Q

from common import clock
from connections.secrets import LostKey, seal_json, unseal_json


class ConnectionRows(models.QuerySet["Connection"]):
    """Connections, with those that were removed told apart."""

    def present(self) -> "ConnectionRows":
        """Those that were not removed."""
        return self.filter(removed_at__isnull=True)


class Connection(models.Model):
    """One alert source, chat or other system that is set up here.

    `kind` is the slug of an integration's manifest; an unknown kind reads "integration not installed".

    While a secret is rotated the former one is good too: several values in one secret where the kind takes
    them, `former_key_digest` for the key at the end of an address. A removed connection stays as a row
    without secrets, because what came in through it stays. While it is paused (somebody said that the other
    side is down) nothing is sent, and what comes in is heard.
    """

    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict, blank=True)
    sealed_secrets = models.TextField(blank=True, default="", editable=False)
    key_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    former_key_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    is_on = models.BooleanField(default=True)
    from_environment = models.BooleanField(default=False, editable=False)
    trouble = models.TextField(blank=True, default="", editable=False)
    trouble_since = models.DateTimeField(null=True, blank=True, editable=False)
    refused_count = models.PositiveIntegerField(default=0, editable=False)
    last_event_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_ping_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: what the last test found: when, and the findings (connections/checks.py)
    last_check = models.JSONField(default=dict, blank=True, editable=False)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    objects = ConnectionRows.as_manager()

    class Meta:
        ordering = ["kind", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["key_digest"], condition=~Q(key_digest=""), name="connection_key_once"),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(from_environment=True), name="connection_from_environment_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"

    @property
    def secrets(self) -> dict[str, Any]:
        """The decrypted secrets; writing goes through `put_secrets`."""
        return unseal_json(self.sealed_secrets)

    @property
    def has_lost_key(self) -> bool:
        """No configured key opens the secrets: they have to be entered again."""
        try:
            return not isinstance(self.secrets, dict)
        except LostKey:
            return True

    def put_secrets(self, value: dict[str, Any]) -> None:
        """Encrypt and set the secrets (not saved yet)."""
        self.sealed_secrets = seal_json(value)
