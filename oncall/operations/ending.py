"""How runs end: it is over, somebody has answered, or what they are about was merged. Each under the root's lock."""

from collections.abc import Iterable

from accounts.models import User
from common import clock, doorbell
from connections.models import Delivery
from oncall.models import EscalationRun, Page, Urgency
from oncall.operations.adjusting import raise_run
from oncall.operations.asking import THING, nobody_else, show_anew, write
from oncall.plan_rows import plan_of, targets_of
from oncall.ports import Subject, subject_of
from oncall.targets import PERSON


def end_runs(*, subject_kind: str, subject_id: int, why: str) -> None:
    """It is over: nobody is paged about it any more. The caller holds the root's lock."""
    subject = subject_of(subject_kind)
    for run in open_runs(subject_kind, subject_id):
        end_run(run, subject, why)


def end_run(run: EscalationRun, subject: Subject, why: str) -> None:
    """End one run; what is still asked of people in it is not asked any more."""
    run.ended_at, run.ended_why, run.due_at, run.state = clock.now(), why[:120], None, EscalationRun.DONE
    run.silent_since = None
    write(run, "ended_at", "ended_why", "silent_since")
    supersede(run.pages.filter(status=Page.OPEN), subject, None)


def supersede(pages: Iterable[Page], subject: Subject, answered_by: User | None) -> None:
    """These are not asked any more."""
    rows = list(pages)
    Page.objects.filter(pk__in=[page.pk for page in rows]).update(
        status=Page.SUPERSEDED,
        answered_at=clock.now(),
        answered_by=answered_by,
        state=Page.DONE,
        due_at=None,
        lease_until=None,
        lease_owner="",
    )
    show_anew(rows, subject)


def stop_asking(*, subject_kind: str, subject_id: int, user: User) -> None:
    """This person may not be asked about it any more. Where only they were waited for, the next level is asked now.

    The caller holds the root's lock.
    """
    subject = subject_of(subject_kind)
    pages = Page.objects.filter(subject_kind=subject_kind, subject_id=subject_id, user=user, status=Page.OPEN)
    for page in pages.select_related("user", "run").order_by("pk"):
        supersede([page], subject, None)
        if page.run is None:
            continue
        if {(one.kind, one.id) for one in targets_of(plan_of(page.run.plan))} == {(PERSON, user.pk)}:
            end_run(page.run, subject, f"{user.name} is not asked any more")
        elif nobody_else(page.run, page):
            page.run.due_at = clock.now()
            write(page.run)
            doorbell.ring_after_commit(EscalationRun)


def move_runs(*, subject_kind: str, source: int, target: int) -> None:
    """What was merged goes on being paged there, by each policy once. The caller holds both locks.

    Of two runs by the same policy the one that still asks stays: the target's, where both do. Where the target's was
    answered, that is the answer. Runs of other policies, and of people asked by hand, are about people who are not
    asked there: they move.
    """
    subject = subject_of(subject_kind)
    there = {run.policy_id: run for run in open_runs(subject_kind, target) if run.policy_id}
    for run in open_runs(subject_kind, source):
        other = there.get(run.policy_id) if run.policy_id else None
        if other is not None and _stays(other, run):
            end_run(run, subject, "merged; paging goes on there")
            if run.urgency == Urgency.HIGH and run.acked_at is None:
                raise_run(other, subject)
            continue
        if other is not None:
            end_run(other, subject, "merged; the other one's paging goes on")
        _move(run, subject, target)


def _stays(there: EscalationRun, coming: EscalationRun) -> bool:
    """Tell whether of two runs by one policy the target's is the one to keep."""
    if there.acked_at is not None or coming.acked_at is not None:
        # Who asks yields to who has answered at the target; an answer at the source says nothing of the target.
        return True
    return there.exhausted_at is None or coming.exhausted_at is not None


def _move(run: EscalationRun, subject: Subject, target: int) -> None:
    for page in run.pages.filter(status=Page.OPEN).select_related("user").order_by("pk"):
        subject.let_in(target, page.user)
    pages = run.pages.values("pk")
    # What is sent of them shares the privacy of what they are about now.
    Delivery.objects.filter(thing_kind=THING, thing_id__in=pages).update(
        incident_number=subject.incident_number(target)
    )
    run.pages.update(subject_id=target)
    EscalationRun.objects.filter(pk=run.pk).update(subject_id=target)


def open_runs(subject_kind: str, subject_id: int) -> list[EscalationRun]:
    """Every run about it that has not ended, oldest first."""
    rows = EscalationRun.objects.filter(subject_kind=subject_kind, subject_id=subject_id, ended_at__isnull=True)
    return list(rows.order_by("pk"))
