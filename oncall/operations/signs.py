"""An answer that nothing follows: who has it is asked again, and when they don't answer the next level is."""

from datetime import datetime, timedelta

from oncall.models import EscalationRun
from oncall.operations.asking import make_pages, told, write
from oncall.ports import Subject
from oncall.rules.escalation import Somebody

#: so long they have to say that they are still on it
STILL = timedelta(minutes=5)


def look_later(run: EscalationRun, subject: Subject, now: datetime) -> None:
    """Somebody has it: say when it is looked whether anything was heard of them. The caller writes the run."""
    wanted = run.ack_minutes and run.ended_at is None and subject.facts(run.subject_id, None).wants_signs
    run.due_at = now + timedelta(minutes=run.ack_minutes) if wanted else None


def look_for_signs(run: EscalationRun, subject: Subject, now: datetime) -> bool:
    """The time has come: return whether the next level is to be asked, because who had it is gone."""
    assert run.acked_at is not None
    if not run.ack_minutes or not subject.facts(run.subject_id, None).wants_signs:
        run.due_at = None
        write(run)
        return False
    user = run.acked_by
    heard = max(run.acked_at, (user and subject.heard_at(run.subject_id, user)) or run.acked_at)
    due = heard + timedelta(minutes=run.ack_minutes)
    if due > now:
        run.due_at = due
        write(run)
        return False
    since = f"{heard:%H:%M} UTC"
    name = user.name if user else "who had it"
    run.acked_at, run.acked_by = None, None
    told(subject, run, "page.quiet", {"name": name, "since": since, "minutes": int(STILL.total_seconds() // 60)})
    if user is None or not user.is_active:
        write(run, "acked_at", "acked_by")
        return True
    reason = f"the one who has it, and nothing was heard since {since}: still on it?"
    make_pages(run, subject, [Somebody(user.pk, reason)], step=run.step, now=now, late=timedelta())
    run.due_at = now + STILL
    write(run, "acked_at", "acked_by")
    return False
