"""What escalation and pages share: the lock, making pages, using notification rules. Inside an operation."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from common.errors import Conflict, NotFound
from common.news import tell
from connections.models import Delivery
from connections.operations import want
from oncall.models import EscalationRun, Page
from oncall.news import PageAsked
from oncall.ports import Subject, subject_of
from oncall.rules.escalation import Somebody
from oncall.ways import Way, ways_of

#: what a page's deliveries are of
THING = "page"
_PRIORITY = 1
#: less than this is no lateness: the clock looks each second
LATE = timedelta(seconds=60)


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
    users = User.objects.in_bulk([one.user for one in people])
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
            began_at=now,
            late_seconds=int(late.total_seconds()) if late > LATE else 0,
        )
        page.save(force_insert=True)
        pages.append(page)
    ways = ways_of(users, run.urgency)
    for page in pages:
        if page.user_id in there:
            page.began_at, page.rules_used, page.status, page.state = now, 0, Page.OPEN, Page.WAITING
            page.answered_at, page.answered_by, page.answered_from = None, None, ""
            page.save(update_fields=["began_at", "status", "answered_at", "answered_by", "answered_from"])
        use_rules(page, subject, ways.get(page.user_id, []), now)
        tell(PageAsked(page_id=page.pk))
    return pages


def use_rules(page: Page, subject: Subject, ways: Sequence[Way], now: datetime) -> None:
    """Ask for a send by each rule whose time has come, and be due when the next one is."""
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
    write(page, "rules_used", "late_seconds")


def write(row: Page | EscalationRun, *fields: str) -> None:
    """Save the fields and the due time, whoever holds the lease: the caller has the root lock."""
    row.lease_until, row.lease_owner, row.last_error, row.attempts = None, "", "", 0
    row.save(update_fields=[*fields, "due_at", "state", "lease_until", "lease_owner", "last_error", "attempts"])


def show_anew(pages: Iterable[Page], subject: Subject) -> None:
    """What was sent of these pages is to be taken back or edited. What was not sent yet is found out of date."""
    by_id = {page.pk: page for page in pages}
    sent = Delivery.objects.filter(thing_kind=THING, thing_id__in=by_id).exclude(outside_ref="")
    for lane, page in sent.values_list("lane", "thing_id"):
        want(
            [lane],
            thing_kind=THING,
            thing_id=page,
            incident_number=subject.incident_number(by_id[page].subject_id),
            priority=_PRIORITY,
        )


def told(
    subject: Subject, run: EscalationRun, kind: str, data: dict[str, Any], by: Actor = SYSTEM, once: str = ""
) -> None:
    """Write a line of the run into the subject's story."""
    subject.tell(run.subject_id, kind, by, {**data, "run": run.pk}, once=f"run:{run.pk}:{once}" if once else "")
