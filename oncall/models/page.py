"""A page asks one person to respond."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from common import clock
from common.pending import Pending
from oncall.models.contact import Urgency
from oncall.models.escalation import EscalationRun


class Page(Pending):
    """One person, asked once. Due when their next notification rule is; the sends are deliveries `page` of its id.

    Their rules count from `began_at`: when it was asked, or until when they put it off (`snoozed_at`, once).
    `late_seconds` is how late an outage of ours has made it. `reason` says why it is this person. `token_digest`
    stands for the link that answers it without signing in.
    """

    OPEN, ACKED, PASSED, SUPERSEDED, UNANSWERED = "open", "acked", "passed", "superseded", "unanswered"
    STATUSES: ClassVar = [(word, word) for word in (OPEN, ACKED, PASSED, SUPERSEDED, UNANSWERED)]

    run = models.ForeignKey(EscalationRun, null=True, on_delete=models.CASCADE, related_name="pages")
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="pages")
    urgency = models.CharField(max_length=4, choices=Urgency.choices, default=Urgency.HIGH)
    step = models.PositiveIntegerField(default=0, help_text="the run's step that asked")
    reason = models.CharField(max_length=300, blank=True, default="")
    text = models.CharField(max_length=500, blank=True, default="")
    status = models.CharField(max_length=12, choices=STATUSES, default=OPEN)
    token_digest = models.CharField(max_length=64, blank=True, default="", db_index=True)
    created_at = models.DateTimeField(default=clock.now)
    began_at = models.DateTimeField(default=clock.now)
    late_seconds = models.PositiveIntegerField(default=0)
    snoozed_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    answered_from = models.CharField(max_length=20, blank=True, default="")
    rules_used = models.PositiveSmallIntegerField(default=0)

    most_tries: ClassVar[int | None] = None
    parallel: ClassVar[int] = 4

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["run", "step", "user"], name="page_once_a_step")]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="page_due"),
            models.Index(fields=["user", "status"], name="page_of_user"),
            models.Index(fields=["subject_kind", "subject_id"], name="page_of_subject"),
        ]

    def __str__(self) -> str:
        return f"page {self.pk} to {self.user}"

    def work(self) -> None:
        from oncall.operations.paging import use_next_rule

        use_next_rule(self)
