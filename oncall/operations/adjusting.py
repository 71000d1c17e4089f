"""It got worse while people are asked about it. Under the root's lock."""

from common import clock
from oncall.models import EscalationRun, Page, Urgency
from oncall.operations.asking import told, use_rules, write
from oncall.operations.signs import look_later
from oncall.ports import Subject, subject_of
from oncall.saying_lines import listed
from oncall.ways import ways_of


def raise_runs(*, subject_kind: str, subject_id: int) -> None:
    """It can't wait any more: what is asked of people about it goes by their rules for that from now on."""
    subject = subject_of(subject_kind)
    rows = EscalationRun.objects.filter(subject_kind=subject_kind, subject_id=subject_id, ended_at__isnull=True)
    for run in rows.order_by("pk"):
        raise_run(run, subject)


def watch_answers(*, subject_kind: str, subject_id: int) -> None:
    """It is grave by now: from here on it is looked whether anything is heard of who has it."""
    subject, now = subject_of(subject_kind), clock.now()
    rows = EscalationRun.objects.filter(subject_kind=subject_kind, subject_id=subject_id, ended_at__isnull=True)
    for run in rows.filter(acked_at__isnull=False, due_at__isnull=True).order_by("pk"):
        look_later(run, subject, now)
        write(run)


def raise_run(run: EscalationRun, subject: Subject) -> None:
    """Make one run urgent, with the pages that it waits for. Answered ones only remember it."""
    if run.urgency == Urgency.HIGH:
        return
    now = clock.now()
    run.urgency = Urgency.HIGH
    EscalationRun.objects.filter(pk=run.pk).update(urgency=Urgency.HIGH)
    pages = list(run.pages.filter(status=Page.OPEN).select_related("user").order_by("pk"))
    ways = ways_of([page.user_id for page in pages], Urgency.HIGH)
    for page in pages:
        page.urgency, page.began_at, page.rules_used = Urgency.HIGH, now, 0
        use_rules(page, subject, ways.get(page.user_id, []), now)
        page.save(update_fields=["urgency", "began_at"])
    if pages:
        told(subject, run, "page.raised", {"text": listed(page.user.name for page in pages)})
