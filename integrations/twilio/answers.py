"""The sender of what is texted back: drawn when it goes, so that it says how things stand then."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from common.errors import PartnerTrouble
from connections.lanes import Sent
from connections.models import Delivery, Lane
from integrations.twilio.gsm import MOST, cut, gsm
from integrations.twilio.models import Answer
from integrations.twilio.sms import send_text
from integrations.twilio.texts import HELP, code_of, listed
from oncall.models import Page
from oncall.ports import Facts, subject_of
from oncall.proof import open_pages_of
from oncall.saying import said_of

ANSWER_LANE, THING = "phone-answer", "phone-answer"


class AnswerSender:
    """Texts answers to one number at a time."""

    def companions(self, delivery: Delivery, *, look_first: bool) -> Sequence[Delivery]:
        return []

    def send(self, delivery: Delivery, companions: Sequence[Delivery], *, look_first: bool) -> Sent:
        answer = Answer.objects.select_related("method__user", "page").get(pk=delivery.thing_id)
        if not answer.method.is_usable:
            raise PartnerTrouble("This number is not used any more.", permanent=True)
        return Sent(ref=send_text(answer.method, cut(gsm(words_of(answer)), MOST)))

    def pace(self, lane: Lane) -> timedelta:
        return timedelta()


def words_of(answer: Answer) -> str:
    """What is said now."""
    user, page = answer.method.user, answer.page
    if answer.kind == Answer.SEVERAL:
        found = [(code_of(each.pk), _facts(each)) for each in open_pages_of(user)]
        return listed(found) if found else "No page waits for your answer any more."
    if answer.kind == Answer.NOTHING:
        return "No page waits for your answer."
    if page is None:
        return HELP
    title = said_of(_facts(page)).headline
    if answer.kind == Answer.ACKED:
        more = f" and {answer.count - 1} more" if answer.count > 1 else ""
        return f"You have it: {title}{more}. Nobody else is asked."
    if answer.kind == Answer.PASSED:
        return f"Passed on: {title}."
    if answer.kind == Answer.REFUSED:
        return f"Not taken: {answer.words}"
    return f"{_became(page)} {title}"


def _became(page: Page) -> str:
    taken = page.run.pages.filter(status=Page.ACKED).select_related("answered_by").first() if page.run else None
    if taken is None or taken.answered_by is None or taken.answered_at is None:
        return "Nobody waits for this answer any more:"
    with timezone.override(page.user.time_zone):
        since = f"{timezone.localtime(taken.answered_at):%H:%M}"
    who = "You have" if taken.answered_by_id == page.user_id else f"{taken.answered_by.name} has"
    return f"{who} it since {since}:"


def _facts(page: Page) -> Facts:
    return subject_of(page.subject_kind).facts(page.subject_id, page.user)
