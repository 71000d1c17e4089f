"""The sender of pagers' lanes: looks again, then hands a page to who reaches people by this kind of method.

What was handed over has a reference; a delivery that is shown without one was out of date and went nowhere.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from common import clock
from common.errors import PartnerTrouble
from common.operations import operation
from common.testing.killpoint import killpoint
from connections.lanes import Sent
from connections.models import Delivery, Lane
from oncall.bundling import others_in, pace_of, said_together, waiting_with
from oncall.last_look import Overtaken, looking
from oncall.models import ContactMethod, Page
from oncall.operations.asking import is_busy, lock_page, show_one_anew, told
from oncall.operations.paging import hurry
from oncall.ports import Facts, FindsPages, PagerPort, pager_of, subject_of
from oncall.refs import STAYS, UNCLEAR, WITHDRAWN, plain

#: a reference with its mark
_LONGEST = 200


class PageSender:
    """Sends pages to one address at a time."""

    def companions(self, delivery: Delivery, *, look_first: bool) -> Sequence[Delivery]:
        """In a storm what else waits for the same person goes with it, as far as it is still wanted."""
        method = ContactMethod.objects.select_related("user").filter(lane=delivery.lane_id).first()
        if method is None or delivery.outside_ref or not (look_first or is_busy(method.user_id, clock.now())):
            return []
        if not _is_due(_page(delivery.thing_id), method):
            return []
        return [one for one in waiting_with(delivery, look_first=look_first) if _is_due(_page(one.thing_id), method)]

    def send(self, delivery: Delivery, companions: Sequence[Delivery], *, look_first: bool) -> Sent:
        method = ContactMethod.objects.select_related("user").filter(lane=delivery.lane_id).first()
        page = _page(delivery.thing_id)
        if method is None:
            raise PartnerTrouble("This contact method was removed.", permanent=True)
        pager = _pager(method)
        if is_put_off(page):
            # It is asked for anew when their time has come.
            return Sent(ref=delivery.outside_ref)
        if not _is_wanted(page, method):
            return _withdraw(pager, method, page, delivery, look_first=look_first)
        facts = said_together(_facts(page), [_facts(_page(one.thing_id)) for one in companions])
        try:
            with looking(partial(_is_still_wanted, page.pk, method.pk)):
                handed = pager.send_page(method, page, facts, again=look_first)
        except Overtaken:
            if companions:
                raise PartnerTrouble("One of these was answered meanwhile; the others go on.", retry_after=0) from None
            return _withdraw(pager, method, _page(page.pk), delivery, look_first=look_first)
        except PartnerTrouble as trouble:
            # Whatever becomes of this one: the person is tried by their next rule. Of several it is not known yet
            # which is refused: each goes alone then.
            hurry(
                page.pk,
                delivery=delivery.pk,
                permanent=trouble.permanent and not companions,
                is_first=delivery.attempt_count == 0,
            )
            raise
        killpoint("K7")
        ref = handed.ref or delivery.marker
        for one in (delivery, *companions):
            _tell_sent(one.thing_id, one, ref, pager.label)
        killpoint("K8")
        return Sent(ref=ref)

    def pace(self, lane: Lane) -> timedelta:
        method = ContactMethod.objects.filter(lane=lane).first()
        try:
            return pace_of(lane, method.user_id, _pager(method).pace()) if method else timedelta()
        except PartnerTrouble:
            # Not installed now: what is tried says so, and the lane goes on when it is back.
            return timedelta()


def _pager(method: ContactMethod) -> PagerPort:
    try:
        return pager_of(method.kind)
    except KeyError:
        raise PartnerTrouble(f"What reaches people by {method.kind} is not installed.", permanent=True)


def _is_wanted(page: Page, method: ContactMethod) -> bool:
    """Look again: still to be answered, still their verified address, not over?"""
    if page.status != Page.OPEN or not method.is_usable or method.user_id != page.user_id:
        return False
    subject = subject_of(page.subject_kind)
    if not page.user.is_active or not subject.may_see(page.subject_id, page.user):
        return False
    return not subject.facts(page.subject_id, page.user).is_over


def _is_due(page: Page, method: ContactMethod) -> bool:
    return not is_put_off(page) and _is_wanted(page, method)


def is_put_off(page: Page) -> bool:
    """Tell whether it is theirs to answer, and not now."""
    return page.status == Page.OPEN and page.began_at > clock.now()


def _page(pk: int) -> Page:
    return Page.objects.select_related("user", "run", "answered_by").get(pk=pk)


def _is_still_wanted(page: int, method: int) -> bool:
    """The same with everything read anew."""
    fresh = ContactMethod.objects.select_related("user").filter(pk=method).first()
    now = _page(page)
    return fresh is not None and _is_due(now, fresh)


def _withdraw(pager: PagerPort, method: ContactMethod, page: Page, delivery: Delivery, *, look_first: bool) -> Sent:
    """Take back what was sent, if anything was, and say what became of it."""
    ref = delivery.outside_ref
    if not ref and look_first:
        # A try without an answer: what it may have left is looked for.
        found = pager.find(method, page) if isinstance(pager, FindsPages) else None
        if found is None:
            return Sent(ref=f"{UNCLEAR}{delivery.marker}")
        ref = found
    if not ref or ref.startswith(UNCLEAR) or is_put_off(page):
        return Sent(ref=ref)
    ref = plain(ref)
    if others_in(delivery, ref):
        # The message stands for others too, which wait for their answer.
        return Sent(ref=f"{STAYS}{ref}"[:_LONGEST])
    return Sent(ref=f"{WITHDRAWN if pager.withdraw(method, page, ref) else STAYS}{ref}"[:_LONGEST])


def _facts(page: Page) -> Facts:
    """What is said of it: what the subject says to this person, why it is them, and how late we are."""
    facts = subject_of(page.subject_kind).facts(page.subject_id, page.user)
    if facts.is_private:
        return facts
    more = [f"Paged because you are {page.reason}." if page.reason else ""]
    if page.text:
        more.insert(0, page.text)
    if page.late_seconds:
        more.append(f"Delayed {max(1, round(page.late_seconds / 60))} min by an outage of ours.")
    return replace(facts, lines=(*facts.lines, *(line for line in more if line)))


@operation
def _tell_sent(pk: int, delivery: Delivery, ref: str, label: str) -> None:
    """It is out: known from here on, whatever happens to this process. Answered meanwhile: to be taken back."""
    page, run, subject = lock_page(pk)
    Delivery.objects.filter(pk=delivery.pk).update(outside_ref=ref[:_LONGEST])
    data = {"name": page.user.name, "user": page.user_id, "page": pk, "by": label}
    told(subject, run, "page.sent", data, once=f"sent:{delivery.pk}")
    if page.status != Page.OPEN:
        show_one_anew(page, subject, delivery.lane_id)
