"""A configured integration."""

from typing import Any

from django.db import models
from django.db.models import Q

from common import clock
from connections.secrets import seal_json, unseal_json


class Connection(models.Model):
    """One alert source, chat or other system that is set up here.

    `kind` is the slug of an integration's manifest; an unknown kind reads "integration not installed".
    """

    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict, blank=True)
    sealed_secrets = models.TextField(blank=True, default="", editable=False)
    key_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    is_on = models.BooleanField(default=True)
    from_environment = models.BooleanField(default=False, editable=False)
    trouble = models.TextField(blank=True, default="", editable=False)
    trouble_since = models.DateTimeField(null=True, blank=True, editable=False)
    refused_count = models.PositiveIntegerField(default=0, editable=False)
    last_event_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_ping_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

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

    def put_secrets(self, value: dict[str, Any]) -> None:
        """Encrypt and set the secrets (not saved yet)."""
        self.sealed_secrets = seal_json(value)
