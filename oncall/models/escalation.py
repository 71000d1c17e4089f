"""Who is paged when nobody answers, and each run through that."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Team
from common import clock
from common.pending import Pending
from oncall.models.contact import Urgency

#: where a policy says nothing else
ACK_MINUTES = 30


class EscalationPolicy(models.Model):
    """Levels, one after another, `repeats` times over again. The catch-all is used where nothing else has anybody."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(blank=True, default="")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="policies")
    repeats = models.PositiveSmallIntegerField(default=2)
    ack_minutes = models.PositiveSmallIntegerField(
        default=ACK_MINUTES, help_text="so long without a sign of life of who has it, they are asked again; 0: never"
    )
    is_catch_all = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "escalation policies"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_catch_all"], condition=Q(is_catch_all=True), name="escalation_one_catch_all"
            )
        ]

    def __str__(self) -> str:
        return self.name


class EscalationLevel(models.Model):
    """Its targets are paged together; after `wait_minutes` without an answer the next level is.

    `targets`: `{"kind": "person" | "schedule" | "team", "id": number}`, a list.
    """

    policy = models.ForeignKey(EscalationPolicy, on_delete=models.CASCADE, related_name="levels")
    position = models.PositiveSmallIntegerField()
    wait_minutes = models.PositiveSmallIntegerField(default=5)
    targets = models.JSONField(default=list)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["policy", "position"], name="escalation_level_once")]

    def __str__(self) -> str:
        return f"{self.policy} level {self.position}"


class EscalationRun(Pending):
    """One run for one subject (an incident, an alert group). Due when the next level is.

    `plan` is the policy as it was when the run began (`oncall/plan_rows.py`): a later change of the policy does not
    touch it. `step` counts the levels that were asked or passed over, through all rounds. One that is acknowledged is
    due when it is looked whether anything was heard of `acked_by` (after `ack_minutes`), if at all. One whose levels
    and catch-all were all asked (`exhausted_at`) goes on slowly until somebody answers. One that has ended is done.
    `reason` says why it began.
    """

    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    urgency = models.CharField(max_length=4, choices=Urgency.choices, default=Urgency.HIGH)
    policy = models.ForeignKey(EscalationPolicy, null=True, on_delete=models.SET_NULL, related_name="runs")
    plan = models.JSONField(default=dict)
    step = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True, default="")
    started_at = models.DateTimeField(default=clock.now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.CharField(max_length=500, blank=True, default="")
    ack_minutes = models.PositiveSmallIntegerField(default=0)
    acked_at = models.DateTimeField(null=True, blank=True)
    acked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    exhausted_at = models.DateTimeField(null=True, blank=True)
    silent_since = models.DateTimeField(
        null=True, blank=True, help_text="since when nobody can be asked, or nobody has answered at all: said loudly"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=120, blank=True, default="")

    #: paging goes on until somebody answers
    most_tries: ClassVar[int | None] = None
    parallel: ClassVar[int] = 4

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "policy"],
                condition=Q(ended_at__isnull=True),
                name="escalation_run_once",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="escalation_run_due"),
            models.Index(
                fields=["subject_kind", "subject_id"], condition=Q(silent_since__isnull=False), name="escalation_silent"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} for {self.subject_kind} {self.subject_id}"

    def work(self) -> None:
        from oncall.operations.escalating import take_step

        take_step(self)
