"""Asking people by hand, and what somebody who is asked can answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from accounts.actors import Actor
from accounts.models import User
from common import clock
from common.cleaning import clean
from common.errors import Conflict, Invalid, NotAllowed
from common.news import tell
from common.operations import operation
from common.testing.killpoint import killpoint
from connections.holding import HELD_UNTIL
from connections.models import Delivery
from oncall.models import EscalationRun, Page, Service, Urgency
from oncall.news import PageAcknowledged
from oncall.operations.asking import (
    LATE,
    THING,
    is_under_way,
    lock_page,
    nobody_else,
    show_anew,
    told,
    use_next,
    use_rules,
    write,
)
from oncall.operations.ending import end_run, open_runs, supersede
from oncall.operations.escalating import begin, is_asking, start_run, step
from oncall.operations.signs import look_later
from oncall.plan_rows import plan_of, plan_of_targets
from oncall.ports import Subject, subject_of
from oncall.rules.escalation import Target
from oncall.saying_lines import length, listed
from oncall.targets import PERSON, SERVICE
from oncall.ways import ways_of

#: somebody who is asked by hand is asked so often, with this between
_WAIT = timedelta(minutes=5)
_REPEATS = 2
FIVE_MINUTES = timedelta(minutes=5)
_LONGEST = timedelta(hours=1)


@operation
def page_targets(
    *,
    subject_kind: str,
    subject_id: int,
    targets: Sequence[Target],
    by: Actor,
    text: str = "",
    urgency: str = Urgency.HIGH,
    reason: str = "",
) -> list[EscalationRun]:
    """Page whoever is meant, now: people, who is on call, teams together; a service by its policy.

    :raises NotAllowed: not for the actor. :raises Conflict: the only person meant is being paged already.
    :raises Invalid: a service without a policy, or the text.
    """
    subject = subject_of(subject_kind)
    subject.lock(subject_id)
    subject.require_page(subject_id, by)
    if subject.facts(subject_id, None).is_over:
        raise Conflict("It is over: nobody is paged about it any more. Reopen it first.")
    said = clean(text, "text", most=500, one_line=True)
    runs = []
    for target in (one for one in targets if one.kind == SERVICE):
        policy = Service.objects.select_related("policy").get(pk=target.id).policy
        if policy is None:
            raise Invalid(
                f"{target.name} has no escalation policy, so nobody can be paged for it.",
                field="target",
                hint="Page a person, a schedule or a team.",
            )
        runs.append(
            start_run(
                subject_kind=subject_kind,
                subject_id=subject_id,
                policy=policy,
                by=by,
                urgency=urgency,
                reason=reason,
                text=said,
            )
        )
    rest = [one for one in dict.fromkeys(targets) if one.kind != SERVICE]
    if rest:
        _refuse_twice(subject, subject_kind, subject_id, rest)
        plan = plan_of_targets(rest, wait=_WAIT, repeats=_REPEATS)
        runs.append(begin(subject, subject_kind, subject_id, plan, by, urgency, reason=reason, text=said))
    return runs


def _refuse_twice(subject: Subject, subject_kind: str, subject_id: int, targets: Sequence[Target]) -> None:
    """The same people, schedule or team are not paged twice at a time. What has gone on slowly is asked anew."""
    for run in open_runs(subject_kind, subject_id):
        first = plan_of(run.plan).levels[:1]
        if run.policy_id is None and any(set(level.targets) == set(targets) for level in first):
            if is_asking(run) and run.pages.filter(status=Page.OPEN, began_at__lte=clock.now()).exists():
                names = listed(one.name for one in targets)
                raise Conflict(f"{names} is being paged about this already.", field="target")
            end_run(run, subject, "asked anew")
    if any(one.kind != PERSON for one in targets):
        return
    open_pages = Page.objects.filter(subject_kind=subject_kind, subject_id=subject_id, status=Page.OPEN)
    # Who was only asked before a restore, as long ago as the slow pace is, or later on is not being paged.
    open_pages = open_pages.filter(run__exhausted_at__isnull=True).exclude(run__due_at=HELD_UNTIL)
    open_pages = open_pages.filter(Q(began_at__lte=clock.now()) | Q(snoozed_at__isnull=False))
    asked = open_pages.filter(user__in=[one.id for one in targets]).select_related("user").order_by("pk")
    if len({page.user_id for page in asked}) == len(targets):
        raise Conflict(f"{asked[0].user.name} is being paged about this already.", field="target")


def use_next_rule(page: Page) -> None:
    """The clock's turn: nobody has answered, use the person's next notification rule."""
    killpoint("K12")
    _use_next_rule(page.pk)


@operation
def _use_next_rule(pk: int) -> None:
    page, _, subject = lock_page(pk)
    now = clock.now()
    if page.status != Page.OPEN or page.due_at is None or page.due_at > now:
        write(page)
        return
    ways = ways_of([page.user_id], page.urgency).get(page.user_id, [])
    left = ways[page.rules_used :]
    planned = page.began_at + left[0].delay if left else page.due_at
    if planned > now and is_under_way(page):
        # What was to go long ago has not: the other side hangs, is paused or told us to wait.
        use_next(page, subject, ways, now)
        return
    if now - planned > LATE:
        page.late_seconds = max(page.late_seconds, int((now - planned).total_seconds()))
    use_rules(page, subject, ways, now)


@operation
def hurry(pk: int, *, delivery: int, permanent: bool, is_first: bool = True) -> None:
    """A send has failed: the person's next rule is used now, if it is still theirs to answer and not put off.

    Only once for one send, however often it is tried again. Where none is left and nothing else of it can arrive, this
    is said and the next level is asked at once.
    """
    page, run, subject = lock_page(pk)
    now = clock.now()
    if page.status != Page.OPEN or page.began_at > now or not (is_first or permanent):
        return
    ways = ways_of([page.user_id], page.urgency).get(page.user_id, [])
    if page.rules_used < len(ways):
        if is_first:
            use_next(page, subject, ways, now)
        return
    if permanent and not _may_arrive(page, delivery):
        _give_up(page, run, subject, now)


def _may_arrive(page: Page, failed: int) -> bool:
    """Tell whether something of this page was sent, or still is tried."""
    others = Delivery.objects.filter(thing_kind=THING, thing_id=page.pk).exclude(pk=failed)
    sent_before = Delivery.objects.filter(pk=failed).exclude(outside_ref="")
    return others.filter(Q(dead_at__isnull=True) | ~Q(outside_ref="")).exists() or sent_before.exists()


def _give_up(page: Page, run: EscalationRun, subject: Subject, now: datetime) -> None:
    text = f"{page.user.name} can't be reached: every way was tried, and none works. The page stands only in Warroom"
    told(subject, run, "page.skipped", {"text": text, "why": "failed", "levels": []}, once=f"failed:{page.pk}")
    if nobody_else(run, page):
        step(run, subject, now)


def acknowledge(*, page: Page, by: Actor) -> Page:
    """“I've got it.” Nobody else is asked any more. Already answered: nothing changes, and the page says by whom.

    :raises NotAllowed: it is another's page, and the actor may not page people about this.
    """
    killpoint("K10")
    found = _acknowledge(page.pk, by)
    killpoint("K11")
    return found


@operation
def _acknowledge(pk: int, by: Actor) -> Page:
    page, run, subject = lock_page(pk)
    if by.user is None or by.user.pk != page.user_id:
        subject.require_page(page.subject_id, by)
    if by.user is None:
        raise NotAllowed("Only people with an account can answer a page.", hint="Link your account first.")
    _refuse_who_may_not_see(page, subject, by)
    if run.acked_at is not None or run.ended_at is not None or page.status == Page.ACKED:
        return page
    now = clock.now()
    page.status, page.state, page.due_at = Page.ACKED, Page.DONE, None
    page.seen_at = page.seen_at or now
    page.answered_at, page.answered_by, page.answered_from = now, by.user, by.surface[:20]
    write(page, "status", "seen_at", "answered_at", "answered_by", "answered_from")
    _answered(run, subject, now, by.user)
    show_anew([page], subject)
    for other in _also_asked(run, by.user):
        _answered(other, subject, now, by.user)
    told(
        subject,
        run,
        "page.acked",
        {
            "name": by.user.name,
            "user": by.user.pk,
            "page": page.pk,
            "of": "" if by.user.pk == page.user_id else page.user.name,
            "after": length(now - run.started_at),
        },
        by,
    )
    tell(
        PageAcknowledged(
            subject_kind=page.subject_kind, subject_id=page.subject_id, user_id=by.user.pk, surface=by.surface
        )
    )
    return page


def _also_asked(run: EscalationRun, user: User) -> list[EscalationRun]:
    """Other runs about the same thing in which this person is asked too: one answer is for all of them.

    Where others only are asked, by another policy or by name, it goes on: they are needed for themselves.
    """
    rows = EscalationRun.objects.filter(
        subject_kind=run.subject_kind, subject_id=run.subject_id, ended_at__isnull=True, acked_at__isnull=True
    )
    asked = Page.objects.filter(run=OuterRef("pk"), user=user, status=Page.OPEN)
    return list(rows.exclude(pk=run.pk).filter(Exists(asked)).order_by("pk"))


def _answered(run: EscalationRun, subject: Subject, now: datetime, user: User) -> None:
    run.acked_at, run.acked_by, run.silent_since = now, user, None
    look_later(run, subject, now)
    write(run, "acked_at", "acked_by", "silent_since")
    supersede(run.pages.filter(status=Page.OPEN), subject, user)


@operation
def pass_on(*, page: Page, by: Actor) -> Page:
    """“Not me.” The next level is asked at once, unless somebody of this one still may answer.

    :raises NotAllowed: it is another's page. :raises Conflict: it is answered or passed on already.
    """
    found, run, subject = lock_page(page.pk)
    _refuse_another(found, by)
    _refuse_who_may_not_see(found, subject, by)
    _refuse_answered(found)
    now = clock.now()
    found.status, found.state, found.due_at = Page.PASSED, Page.DONE, None
    found.seen_at = found.seen_at or now
    found.answered_at, found.answered_by, found.answered_from = now, by.user, by.surface[:20]
    write(found, "status", "seen_at", "answered_at", "answered_by", "answered_from")
    show_anew([found], subject)
    told(subject, run, "page.passed", {"name": found.user.name, "user": found.user_id, "page": found.pk}, by)
    if nobody_else(run, found):
        step(run, subject, now)
    return found


@operation
def snooze(*, page: Page, by: Actor, length: timedelta = FIVE_MINUTES) -> Page:
    """“Five more minutes”, once: the page begins anew then, and the next level waits as much longer.

    :raises NotAllowed: it is another's page. :raises Conflict: it is answered, or was put off before.
    :raises Invalid: under a minute or over an hour.
    """
    if not timedelta(minutes=1) <= length <= _LONGEST:
        raise Invalid("A page can be put off for 1 minute to 1 hour.", field="duration")
    found, run, subject = lock_page(page.pk)
    _refuse_another(found, by)
    _refuse_who_may_not_see(found, subject, by)
    _refuse_answered(found)
    if found.snoozed_at is not None:
        raise Conflict("It was put off once already. Take it, or pass it on.")
    now = clock.now()
    found.snoozed_at, found.seen_at, found.began_at, found.rules_used = now, found.seen_at or now, now + length, 0
    use_rules(found, subject, ways_of([found.user_id], found.urgency).get(found.user_id, []), now)
    found.save(update_fields=["snoozed_at", "seen_at", "began_at"])
    if run.due_at is not None and found.step == run.step:
        run.due_at += length
        write(run)
    minutes = round(length.total_seconds() / 60)
    told(
        subject,
        run,
        "page.snoozed",
        {"name": found.user.name, "user": found.user_id, "page": found.pk, "minutes": minutes},
        by,
    )
    return found


def mark_seen(*, page: Page) -> None:
    """The person has it before their eyes; nothing is answered by that."""
    Page.objects.filter(pk=page.pk, seen_at__isnull=True).update(seen_at=clock.now())


def _refuse_another(page: Page, by: Actor) -> None:
    if by.user is None or by.user.pk != page.user_id:
        raise NotAllowed(f"This page is for {page.user.name}; you can take it, and nothing else.")


def _refuse_who_may_not_see(page: Page, subject: Subject, by: Actor) -> None:
    """Who was taken out of a private incident does not come back by answering an old page of it."""
    if by.user is not None and not subject.may_see(page.subject_id, by.user):
        raise NotAllowed("You may not see what this page is about any more.")


def _refuse_answered(page: Page) -> None:
    if page.status != Page.OPEN:
        who = f" by {page.answered_by.name}" if page.answered_by else ""
        raise Conflict(f"It is {page.status} already{who}.")
