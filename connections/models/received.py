"""What came in, exactly as it came."""

from collections.abc import Iterable
from typing import ClassVar, Self

from django.db import models

from common import clock
from common.pending import Pending
from connections.models.connection import Connection
from connections.secrets import unseal


class Received(Pending):
    """One accepted request from outside: stored and committed before it was answered, parsed later.

    `outside_id` is the sender's own id for it (or a hash of the body): a repeat is the same row.
    """

    OUTCOMES: ClassVar = [
        ("", "not looked at yet"),
        ("done", "done"),
        ("ignored", "ignored"),
        ("failed", "failed"),
    ]

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="received")
    door = models.CharField(max_length=40, help_text="which entrance: events, commands, webhook ...")
    outside_id = models.CharField(max_length=200)
    headers = models.JSONField(default=dict)
    sealed_body = models.BinaryField(null=True)
    size = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(default=clock.now)
    outcome = models.CharField(max_length=10, choices=OUTCOMES, default="", blank=True)
    outcome_text = models.CharField(max_length=500, blank=True, default="")
    incident_number = models.BigIntegerField(null=True, blank=True, db_index=True)
    is_private = models.BooleanField(default=False)

    claim_size = 100

    class Meta:
        verbose_name_plural = "received"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "outside_id"], name="received_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="received_due"),
            models.Index(fields=["connection", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.connection.kind} {self.door} {self.outside_id}"

    @property
    def body(self) -> bytes:
        """The raw bytes (empty once purged)."""
        return unseal(bytes(self.sealed_body)) if self.sealed_body else b""

    @classmethod
    def claim(cls, limit: int | None = None) -> list[Self]:
        rows = super().claim(limit)
        # A batch is mostly of one connection: asked for once.
        models.prefetch_related_objects(rows, "connection")
        return rows

    def work(self) -> None:
        from connections.intake import handle

        handle(self)

    @classmethod
    def in_groups(cls, rows: list[Self]) -> Iterable[list[Self]]:
        from connections.intake import in_groups

        return in_groups(rows)

    @classmethod
    def work_group(cls, rows: list[Self]) -> None:
        from connections.intake import handle_group

        handle_group(rows)
