"""Text messages from people: an answer to a page, STOP and START, or nothing that we know."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from accounts.actors import Actor
from common import clock
from common.errors import Refused
from connections.intake import Outcome
from connections.models import Lane
from connections.operations import want
from integrations.twilio.answers import ANSWER_LANE, THING
from integrations.twilio.models import Answer
from integrations.twilio.reaching import STOP_SAID
from integrations.twilio.replies import Meaning, Reply, read_reply
from integrations.twilio.texts import code_of
from oncall.models import ContactMethod, Page
from oncall.operations.paging import acknowledge, pass_on
from oncall.operations.switching import switch_off, switch_on
from oncall.ports import subject_of

SURFACE = "sms"
#: who writes nonsense is told how it works so seldom: two machines would go on for ever
_HELP_EACH = timedelta(hours=1)
_LATELY = timedelta(hours=24)


def take_text(sender: str, text: str) -> Outcome:
    """Do what somebody's text asks for, if the number is verified as theirs. Strangers get no answer."""
    there = ContactMethod.objects.filter(kind="sms", address=sender, removed_at__isnull=True, user__is_active=True)
    methods = list(there.select_related("user").order_by("pk"))
    reply = read_reply(text)
    if reply.meaning is Meaning.STOP:
        done = any([switch_off(method=each, reason=STOP_SAID) for each in methods])
        return Outcome("done", "STOP: switched off") if done else Outcome("ignored", "STOP: nothing to switch off")
    if reply.meaning is Meaning.START and any([switch_on(method=each) for each in methods]):
        return Outcome("done", "START: switched on")
    mine = [method for method in methods if method.is_usable]
    if not mine:
        return Outcome("ignored", "Nobody has verified this number as theirs.")
    if reply.meaning in (Meaning.ACK, Meaning.ONWARD):
        return _answer_page(mine, reply)
    return _explain(mine[0])


def _explain(method: ContactMethod) -> Outcome:
    lately = Answer.objects.filter(method=method, kind=Answer.UNCLEAR, created_at__gt=clock.now() - _HELP_EACH)
    if lately.exists():
        return Outcome("ignored", "Unclear, and told lately how to answer.")
    _say(method, Answer.UNCLEAR)
    return Outcome("done", "Unclear: told how to answer.")


def _answer_page(methods: Sequence[ContactMethod], reply: Reply) -> Outcome:
    by_user = {method.user_id: method for method in methods}
    waiting = list(_open(by_user))
    meant = [page for page in waiting if reply.code in ("", "all", code_of(page.pk))]
    if not meant:
        return _not_open(methods[0], by_user, reply)
    if len(meant) > 1 and reply.code != "all":
        _say(methods[0], Answer.SEVERAL)
        return Outcome("done", "Several are open: told their codes.")
    # One root lock after the other, in the order of their numbers.
    meant.sort(key=lambda page: (page.subject_kind, page.subject_id, page.pk))
    outcomes = [_do(by_user[page.user_id], page, reply.meaning) for page in meant]
    done = [page for page, why in outcomes if not why]
    page, why = outcomes[-1]
    if why and not done:
        _say(by_user[page.user_id], Answer.REFUSED, page, words=why)
        return _about(page, f"refused: {why}")
    kind = Answer.ACKED if reply.meaning is Meaning.ACK else Answer.PASSED
    last = done[-1]
    if kind == Answer.ACKED and last.status != Page.ACKED:
        kind = Answer.TAKEN
    _say(by_user[last.user_id], kind, last, count=len(done))
    return _about(last, f"{kind} by text message")


def _open(users: dict[int, ContactMethod]) -> Sequence[Page]:
    rows = Page.objects.filter(user__in=users, status=Page.OPEN, run__acked_at__isnull=True, run__ended_at__isnull=True)
    return list(rows.select_related("user", "run").order_by("pk"))


def _not_open(method: ContactMethod, users: dict[int, ContactMethod], reply: Reply) -> Outcome:
    """Nothing that they mean waits: say what became of it."""
    lately = Page.objects.filter(user__in=users, created_at__gt=clock.now() - _LATELY).order_by("-pk")
    found = next((page for page in lately[:50] if reply.code in ("", "all", code_of(page.pk))), None)
    if found is None:
        _say(method, Answer.NOTHING)
        return Outcome("done", "No page waits for an answer.")
    _say(method, Answer.TAKEN, found)
    return _about(found, "answered already")


def _do(method: ContactMethod, page: Page, meaning: Meaning) -> tuple[Page, str]:
    """Answer one page; returns it as it is now, and why not."""
    by = Actor.person(method.user, SURFACE)
    try:
        with transaction.atomic():
            return (acknowledge if meaning is Meaning.ACK else pass_on)(page=page, by=by), ""
    except Refused as refused:
        return page, refused.message


def _say(method: ContactMethod, kind: str, page: Page | None = None, *, count: int = 1, words: str = "") -> None:
    answer = Answer.objects.create(method=method, kind=kind, page=page, count=count, words=words[:300])
    lane, _ = Lane.objects.get_or_create(
        connection=method.lane.connection, key=f"answer:{method.pk}", defaults={"kind": ANSWER_LANE}
    )
    number = subject_of(page.subject_kind).incident_number(page.subject_id) if page else None
    want([lane.pk], thing_kind=THING, thing_id=answer.pk, incident_number=number, priority=0)


def _about(page: Page, text: str) -> Outcome:
    subject = subject_of(page.subject_kind)
    is_private = subject.facts(page.subject_id, None).is_private
    return Outcome("done", text, incident=subject.incident_number(page.subject_id), is_private=is_private)
