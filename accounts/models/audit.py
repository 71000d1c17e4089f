"""What people did, in a chain that shows any later change.

Entries are written in the transaction of their cause, without a lock. The chain is a second table,
extended in batches by one leased sealer: link n hashes link n-1 and the entry it seals.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.db import models

from accounts.models.user import User
from common import clock
from common.pending import Pending

GENESIS = "0" * 64


class AuditEntry(models.Model):
    """One thing that somebody did, with what was before and after."""

    at = models.DateTimeField(default=clock.now)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField(max_length=120)
    surface = models.CharField(max_length=16)
    token_id_used = models.BigIntegerField(null=True, blank=True)
    session = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=80)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    content_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["subject_kind", "subject_id", "id"])]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.action} {self.subject_kind} {self.subject_id}"

    def fingerprint(self) -> str:
        """Return the SHA-256 over every field, in a fixed form."""
        fields: dict[str, Any] = {
            "id": self.pk,
            "at": self.at.isoformat(timespec="microseconds"),
            "user": self.user_id,
            "actor": self.actor_name,
            "surface": self.surface,
            "token": self.token_id_used,
            "session": self.session,
            "action": self.action,
            "subject": [self.subject_kind, self.subject_id],
            "before": self.before,
            "after": self.after,
            "digest": self.content_digest,
        }
        raw = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(raw.encode()).hexdigest()


class AuditLink(models.Model):
    """One link of the chain: hash(previous hash, position, entry's fingerprint)."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="link")
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position}: {self.hash[:12]}"


def chained(previous: str, position: int, fingerprint: str) -> str:
    """Return the hash of one link."""
    return hashlib.sha256(f"{previous}|{position}|{fingerprint}".encode()).hexdigest()


class Sealer(Pending):
    """The one row whose lease-holder extends the chain, every second while there is something to seal."""

    name = models.CharField(max_length=20, unique=True, default="audit")

    claim_size = 1
    most_tries = None
    standing = "audit"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def due(cls, at: datetime) -> "models.QuerySet[Sealer]":
        from accounts.audit import anything_to_seal

        rows = super().due(at)
        return rows if anything_to_seal() else rows.none()

    def work(self) -> None:
        from accounts.audit import seal

        seal()
        self.again(error="", at=clock.now() + timedelta(seconds=1), count=False)
