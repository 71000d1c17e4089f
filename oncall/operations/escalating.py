"""Runs through a policy: begun, moved on when nobody answers, ended. Each under the lock of what it is about."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from accounts.actors import SYSTEM, Actor
from common import clock
from common.errors import Conflict
from common.news import tell
from common.operations import operation
from common.testing.killpoint import killpoint
from oncall import saying_lines as saying
from oncall.models import EscalationPolicy, EscalationRun, Page, Urgency
from oncall.models.escalation import ACK_MINUTES
from oncall.news import PageUnanswered
from oncall.operations.asking import LATE, is_held, lock_run, make_pages, told, write
from oncall.operations.ending import end_run
from oncall.operations.signs import look_for_signs
from oncall.plan_rows import kept, plan_of, plan_of_policy, targets_of
from oncall.ports import Subject, subject_of
from oncall.rules.escalation import NOBODY, UNREACHABLE, Asked, Passed, Plan, Somebody, Target, Who, caught_up, move
from oncall.targets import everybody_at

#: how soon it is looked again where nobody is on call anywhere
_LOOK_AGAIN = timedelta(minutes=1)
#: how soon somebody is asked again who has said “not me”, when nobody else is left
_AFTER_A_NO = timedelta(minutes=5)


@operation
def start_run(
    *,
    subject_kind: str,
    subject_id: int,
    policy: EscalationPolicy,
    by: Actor,
    urgency: str = Urgency.HIGH,
    reason: str = "",
    text: str = "",
) -> EscalationRun:
    """Page by a policy: its first level now. One that is under way by the same policy goes on as it is.

    One that somebody has answered is ended, and asked anew. The caller has asked whether the actor may.
    """
    subject = subject_of(subject_kind)
    subject.lock(subject_id)
    rows = EscalationRun.objects.filter(subject_kind=subject_kind, subject_id=subject_id, ended_at__isnull=True)
    under_way = rows.filter(policy=policy).first()
    if under_way is not None and is_asking(under_way):
        return under_way
    if under_way is not None:
        end_run(under_way, subject, "asked anew")
    return begin(
        subject,
        subject_kind,
        subject_id,
        plan_of_policy(policy),
        by,
        urgency,
        policy=policy,
        reason=reason,
        text=text,
        ack_minutes=policy.ack_minutes,
    )


def is_asking(run: EscalationRun) -> bool:
    """Tell whether it goes on at its own pace: not answered, not at the slow pace, not held by a restore."""
    return run.acked_at is None and run.ended_at is None and run.exhausted_at is None and not is_held(run)


def begin(
    subject: Subject,
    subject_kind: str,
    subject_id: int,
    plan: Plan,
    by: Actor,
    urgency: str,
    *,
    policy: EscalationPolicy | None = None,
    reason: str = "",
    text: str = "",
    ack_minutes: int = ACK_MINUTES,
) -> EscalationRun:
    """Begin a run and take its first step. The caller holds the root's lock."""
    now = clock.now()
    run = EscalationRun(
        subject_kind=subject_kind,
        subject_id=subject_id,
        urgency=urgency,
        policy=policy,
        plan=kept(plan),
        reason=reason[:300],
        text=text[:500],
        ack_minutes=ack_minutes,
        started_at=now,
        started_by=by.user,
    )
    run.save(force_insert=True)
    step(run, subject, now, by=by)
    return run


def take_step(run: EscalationRun) -> None:
    """The clock's turn: nobody has answered in time, ask the next level."""
    killpoint("K12")
    _take_step(run.pk)
    killpoint("K14")


@operation
def _take_step(pk: int) -> None:
    run, subject = lock_run(pk)
    now = clock.now()
    if run.due_at is None or run.due_at > now or run.ended_at:
        # Somebody was quicker: answered, or moved it on.
        write(run)
        return
    if run.acked_at is not None:
        if look_for_signs(run, subject, now):
            step(run, subject, now)
        return
    late = now - run.due_at
    if late > LATE:
        _catch_up(run, subject, now)
    step(run, subject, now, late=late)
    killpoint("K13")


def _catch_up(run: EscalationRun, subject: Subject, now: datetime) -> None:
    """What an outage of ours has made us miss is not asked one after another: the level that it would be now is."""
    assert run.due_at is not None
    plan = plan_of(run.plan)
    there = caught_up(plan, run.step, run.due_at, now)
    if there > run.step:
        levels = [at % len(plan.levels) + 1 for at in range(run.step, there)]
        text = saying.missed(levels)
        told(subject, run, "page.skipped", {"text": text, "why": "missed", "levels": levels}, once=f"missed:{there}")
        run.step = there


def step(
    run: EscalationRun, subject: Subject, now: datetime, *, by: Actor = SYSTEM, late: timedelta = timedelta()
) -> None:
    """Ask the next level that has somebody. The caller holds the root's lock."""
    plan = plan_of(run.plan)
    everybody = everybody_at(targets_of(plan), is_asked=True)
    # “Not me” holds for the whole run; so it is with who may not be asked any more.
    passed_on, not_asked = _users(run, Page.PASSED), _users(run, Page.SUPERSEDED)
    found = move(plan, run.step, now, _without(passed_on | not_asked, everybody))
    if found.asked is None and passed_on:
        # Nobody else is left: it is asked of who said “not me” rather than of nobody, and not at once.
        found = move(plan, run.step, now, _without(not_asked, everybody))
        if found.asked is not None and run.pages.filter(status=Page.PASSED, answered_at__gt=now - _AFTER_A_NO).exists():
            _wait(run, subject, now)
            return
    for passed in found.passed:
        _tell_passed(run, subject, passed, now, late)
    run.step = found.step
    if found.is_over and run.exhausted_at is None:
        _exhaust(run, subject, plan, now)
    if found.asked is not None:
        _ask(run, subject, found.asked, by, now, late)
        run.silent_since = run.exhausted_at
    else:
        told(subject, run, "page.unanswered", {"text": saying.NOBODY, "why": NOBODY}, once=f"nobody:{run.step}")
        run.due_at = now + _LOOK_AGAIN
        run.silent_since = run.silent_since or now
    write(run, "step", "exhausted_at", "silent_since")


def until_words(page: Page) -> str:
    """On the clock of who waits."""
    return f"{page.began_at.astimezone(ZoneInfo(page.user.time_zone)):%H:%M} ({page.user.time_zone})"


def _wait(run: EscalationRun, subject: Subject, now: datetime) -> None:
    """Everybody who is left has just said “not me”."""
    run.due_at, run.silent_since = now + _AFTER_A_NO, run.silent_since or now
    told(subject, run, "page.unanswered", {"text": saying.NOBODY_ELSE, "why": NOBODY}, once=f"passed:{now.isoformat()}")
    write(run, "silent_since")


def _users(run: EscalationRun, status: str) -> set[int]:
    return set(run.pages.filter(status=status).values_list("user", flat=True))


def _without(users: set[int], who: Who) -> Who:
    def those(target: Target, at: datetime) -> list[Somebody]:
        return [one for one in who(target, at) if one.user not in users]

    return those


def _ask(run: EscalationRun, subject: Subject, asked: Asked, by: Actor, now: datetime, late: timedelta) -> None:
    pages = make_pages(run, subject, asked.people, step=asked.step, now=now, late=late)
    # Where all of them sleep and it can wait, the next level waits as well.
    begins = min((page.began_at for page in pages), default=now)
    run.due_at = max(now, begins) + asked.wait
    told(
        subject,
        run,
        "page.asked",
        {
            "names": saying.listed(page.user.name for page in pages),
            "place": saying.place(asked, run.policy.name if run.policy else "", asked.people),
            "text": run.text,
            "late": saying.length(late) if late > LATE else "",
            "pages": [page.pk for page in pages],
            "users": [page.user_id for page in pages],
            "level": asked.level,
            "round": asked.round,
            "urgency": run.urgency,
        },
        by,
    )
    for page in pages:
        if page.began_at > now:
            told(subject, run, "page.waits", {"name": page.user.name, "page": page.pk, "until": until_words(page)})
    unreachable = {one.user for one in asked.people if not one.reachable}
    for page in pages:
        if page.user_id in unreachable:
            text = saying.unreachable([page.user.name])
            told(subject, run, "page.skipped", {"text": text, "why": UNREACHABLE, "levels": [asked.level]})


def _tell_passed(run: EscalationRun, subject: Subject, passed: Passed, now: datetime, late: timedelta) -> None:
    """A level that nobody could be reached of: said plainly. Who has no contact method still finds the page here."""
    names = []
    asked_before = set(run.pages.filter(step=passed.step).values_list("user", flat=True)) if passed.people else set()
    fresh: list[Somebody] = [one for one in passed.people if one.user not in asked_before]
    for page in make_pages(run, subject, fresh, step=passed.step, now=now, late=late):
        names.append(page.user.name)
    told(
        subject,
        run,
        "page.skipped",
        {
            "text": saying.unreachable(names) if names else saying.empty(passed.level),
            "why": passed.why,
            "levels": [passed.level],
        },
        once=f"passed:{passed.step}",
    )


def _exhaust(run: EscalationRun, subject: Subject, plan: Plan, now: datetime) -> None:
    """Everybody was asked as often as the policies say: said loudly. It goes on, slowly."""
    run.exhausted_at = now
    rounds = plan.repeats + 1
    text = saying.unanswered(rounds, catch_all=bool(plan.catch_all))
    told(subject, run, "page.unanswered", {"text": text, "why": "exhausted", "rounds": rounds}, once="over")
    tell(PageUnanswered(subject_kind=run.subject_kind, subject_id=run.subject_id))


@operation
def escalate(*, run: EscalationRun, by: Actor) -> EscalationRun:
    """Ask the next level at once; after the last one the catch-all, and then everybody again.

    :raises NotAllowed: not for the actor. :raises Conflict: it is answered, or over.
    """
    found, subject = lock_run(run.pk)
    subject.require_page(found.subject_id, by)
    if found.ended_at is not None:
        raise Conflict("This paging is over.")
    if found.acked_at is not None:
        answer = found.pages.filter(status=Page.ACKED).select_related("answered_by").first()
        name = answer.answered_by.name if answer and answer.answered_by else "Somebody"
        raise Conflict(f"{name} has it already. Page somebody else by name.")
    step(found, subject, clock.now(), by=by)
    return found
