"""What escalation and pages share: the lock, making pages, using notification rules. Inside an operation."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from common.errors import Conflict, NotFound
from common.news import tell
from connections.holding import HELD_UNTIL
from connections.models import Attempt, Delivery
from connections.operations import want
from oncall.models import EscalationRun, Page, Urgency
from oncall.news import PageAsked
from oncall.operations.quiet import waits_of
from oncall.ports import Subject, subject_of
from oncall.rules.escalation import Somebody
from oncall.rules.storm import MANY, PACE, WITHIN, is_storm
from oncall.ways import Way, ways_of

#: what a page's deliveries are of
THING = "page"
_PRIORITY = 1
#: less than this is no lateness: the clock looks each second
LATE = timedelta(seconds=60)
#: so long may a send take before the person's next rule is used
_PATIENCE = timedelta(seconds=45)


def lock_run(pk: int) -> tuple[EscalationRun, Subject]:
    """Lock what the run is about and return the run as it is now.

    :raises NotFound: there is no such run.
    """
    run = _run(pk)
    # A merge may have moved it on while we waited for the lock.
    for _ in range(5):
        subject, was = subject_of(run.subject_kind), run.subject_id
        subject.lock(was)
        run = _run(pk)
        if run.subject_id == was:
            return run, subject
    raise Conflict("It is being merged at this moment; try again.")


def _run(pk: int) -> EscalationRun:
    run = EscalationRun.objects.filter(pk=pk).first()
    if run is None:
        raise NotFound("There is no such escalation.")
    return run


def lock_page(pk: int) -> tuple[Page, EscalationRun, Subject]:
    """Lock what the page is about and return the page and its run as they are now.

    :raises NotFound: there is no such page.
    """
    held = Page.objects.filter(pk=pk).values_list("run", flat=True).first()
    if held is None:
        raise NotFound(f"There is no page {pk}.", field="page")
    run, subject = lock_run(held)
    return Page.objects.select_related("user", "answered_by").get(pk=pk), run, subject


def make_pages(
    run: EscalationRun, subject: Subject, people: Sequence[Somebody], *, step: int, now: datetime, late: timedelta
) -> list[Page]:
    """Ask these people: from now on they may see it, and their first rules are used."""
    users = User.everyone.in_bulk([one.user for one in people])
    waits = waits_of(users.values(), now) if run.urgency == Urgency.LOW else {}
    # Who is asked anew has one page to answer, not two.
    again = run.pages.filter(user__in=users, status=Page.OPEN).exclude(step=step)
    again.update(status=Page.UNANSWERED, state=Page.DONE, due_at=None, lease_until=None, lease_owner="")
    # Who could not be reached when this step was tried before has a page of it already.
    pages = list(run.pages.filter(user__in=users, step=step).select_related("user"))
    there = {page.user_id for page in pages}
    for one in people:
        if one.user in there:
            continue
        subject.let_in(run.subject_id, users[one.user])
        page = Page(
            run=run,
            subject_kind=run.subject_kind,
            subject_id=run.subject_id,
            user=users[one.user],
            urgency=run.urgency,
            step=step,
            reason=one.reason[:300],
            text=run.text,
            created_at=now,
            began_at=waits.get(one.user, now),
            late_seconds=int(late.total_seconds()) if late > LATE else 0,
        )
        page.save(force_insert=True)
        pages.append(page)
    ways = ways_of(users, run.urgency)
    reasons = {one.user: one.reason[:300] for one in people}
    for page in pages:
        if page.user_id in there:
            page.began_at, page.rules_used = waits.get(page.user_id, now), 0
            page.status, page.state, page.reason = Page.OPEN, Page.WAITING, reasons[page.user_id]
            page.answered_at, page.answered_by, page.answered_from = None, None, ""
            page.save(update_fields=["began_at", "status", "reason", "answered_at", "answered_by", "answered_from"])
        use_rules(page, subject, ways.get(page.user_id, []), now)
        tell(PageAsked(page_id=page.pk))
    return pages


def use_rules(page: Page, subject: Subject, ways: Sequence[Way], now: datetime) -> None:
    """Ask for a send by each rule whose time has come, and be due when the next one is.

    Where a next one is left it is looked soon whether these went out.
    """
    due = [way for way in ways[page.rules_used :] if page.began_at + way.delay <= now]
    want(
        dict.fromkeys(way.lane for way in due),
        thing_kind=THING,
        thing_id=page.pk,
        incident_number=subject.incident_number(page.subject_id),
        priority=_PRIORITY,
    )
    page.rules_used += len(due)
    left = ways[page.rules_used :]
    page.due_at = page.began_at + left[0].delay if left else None
    if page.due_at is not None and page.began_at <= now and is_under_way(page):
        page.due_at = min(page.due_at, now + _PATIENCE + (PACE if is_busy(page.user_id, now) else timedelta()))
    write(page, "rules_used", "late_seconds")


def is_busy(user: int, now: datetime) -> bool:
    """Tell whether this person gets so many pages that one more waits for its bundle, and for no provider."""
    asked = Page.objects.filter(user=user, created_at__gt=now - WITHIN).order_by("-created_at")
    return is_storm(asked.values_list("created_at", flat=True)[: MANY + 1], now)


def use_next(page: Page, subject: Subject, ways: Sequence[Way], now: datetime) -> None:
    """Use the person's next rule before its time; those that follow keep their distance from it."""
    page.began_at = now - ways[page.rules_used].delay
    use_rules(page, subject, ways, now)
    page.save(update_fields=["began_at"])


def is_under_way(page: Page) -> bool:
    """Tell whether something of this page is still to be sent, and no try has failed: that would be known."""
    sends = Delivery.objects.filter(thing_kind=THING, thing_id=page.pk, dead_at__isnull=True, wanted__gt=F("shown"))
    return sends.filter(attempt_count=0).exists()


def may_arrive(pages: QuerySet[Page], *, but: int = 0) -> QuerySet[Page]:
    """Those of which something was sent, or still is tried. `but`: a delivery that does not count as tried."""
    sends = Delivery.objects.filter(thing_kind=THING, thing_id=OuterRef("pk"))
    tried = Q(dead_at__isnull=True) & ~Q(pk=but)
    # Who put it off is asked again then.
    return pages.filter(Exists(sends.filter(tried | ~Q(outside_ref=""))) | Q(due_at__isnull=False))


def nobody_else(run: EscalationRun, page: Page) -> bool:
    """Tell whether the run's step has only this page to wait for. Who can't be reached is not waited for."""
    if page.step != run.step or run.due_at is None:
        return False
    return not may_arrive(run.pages.filter(step=run.step, status=Page.OPEN).exclude(pk=page.pk)).exists()


def is_held(run: EscalationRun) -> bool:
    """Tell whether it waits since a restore for a person's word."""
    return run.due_at == HELD_UNTIL


def write(row: Page | EscalationRun, *fields: str) -> None:
    """Save the fields and the due time, whoever holds the lease: the caller has the root lock."""
    row.lease_until, row.lease_owner, row.last_error, row.attempts = None, "", "", 0
    row.save(update_fields=[*fields, "due_at", "state", "lease_until", "lease_owner", "last_error", "attempts"])


def show_anew(pages: Iterable[Page], subject: Subject) -> None:
    """What was sent of these pages is to be taken back or edited, and what is on its way at this moment too.

    What was not tried yet is found out of date.
    """
    by_id = {page.pk: page for page in pages}
    unclear = Attempt.objects.filter(delivery=OuterRef("pk"), ok__isnull=True)
    sent = Delivery.objects.filter(thing_kind=THING, thing_id__in=by_id).filter(~Q(outside_ref="") | Exists(unclear))
    for lane, page in sent.order_by("pk").values_list("lane", "thing_id"):
        show_one_anew(by_id[page], subject, lane)


def show_one_anew(page: Page, subject: Subject, lane: int) -> None:
    """What this lane shows of the page is out of date."""
    want(
        [lane],
        thing_kind=THING,
        thing_id=page.pk,
        incident_number=subject.incident_number(page.subject_id),
        priority=_PRIORITY,
    )


def told(
    subject: Subject, run: EscalationRun, kind: str, data: dict[str, Any], by: Actor = SYSTEM, once: str = ""
) -> None:
    """Write a line of the run into the subject's story."""
    subject.tell(run.subject_id, kind, by, {**data, "run": run.pk}, once=f"run:{run.pk}:{once}" if once else "")
