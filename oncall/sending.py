"""The sender of pagers' lanes: looks again, then hands a page to who reaches people by this kind of method.

What was handed over has a reference; a delivery that is shown without one was out of date and went nowhere.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from common.errors import PartnerTrouble
from common.operations import operation
from common.testing.killpoint import killpoint
from connections.lanes import Sent
from connections.models import Delivery, Lane
from oncall.models import ContactMethod, Page
from oncall.operations.asking import THING, lock_page, told
from oncall.operations.paging import hurry
from oncall.ports import Facts, PagerPort, pager_of, subject_of

#: stands before the reference of what was taken back or edited after the answer
WITHDRAWN = "withdrawn:"


class PageSender:
    """Sends pages to one address at a time."""

    def companions(self, delivery: Delivery, *, look_first: bool) -> Sequence[Delivery]:
        return []

    def send(self, delivery: Delivery, companions: Sequence[Delivery], *, look_first: bool) -> Sent:
        method = ContactMethod.objects.select_related("user").filter(lane=delivery.lane_id).first()
        page = Page.objects.select_related("user", "run", "answered_by").get(pk=delivery.thing_id)
        if method is None:
            raise PartnerTrouble("This contact method was removed.", permanent=True)
        pager = _pager(method)
        if not _is_wanted(page, method):
            return _withdraw(pager, method, page, delivery.outside_ref)
        try:
            handed = pager.send_page(method, page, _facts(page), again=look_first)
        except PartnerTrouble as trouble:
            # Whatever becomes of this one: the person is tried by their next rule.
            hurry(page.pk, delivery=delivery.pk, permanent=trouble.permanent)
            raise
        killpoint("K7")
        ref = handed.ref or delivery.marker
        _tell_sent(page.pk, delivery.pk, pager.label)
        killpoint("K8")
        return Sent(ref=ref)

    def pace(self, lane: Lane) -> timedelta:
        method = ContactMethod.objects.filter(lane=lane).first()
        try:
            return _pager(method).pace() if method else timedelta()
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


def _withdraw(pager: PagerPort, method: ContactMethod, page: Page, ref: str) -> Sent:
    if not ref:
        return Sent()
    ref = ref.removeprefix(WITHDRAWN)
    pager.withdraw(method, page, ref)
    return Sent(ref=f"{WITHDRAWN}{ref}"[:200])


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
def _tell_sent(pk: int, delivery: int, label: str) -> None:
    page, run, subject = lock_page(pk)
    data = {"name": page.user.name, "user": page.user_id, "page": pk, "by": label}
    told(subject, run, "page.sent", data, once=f"sent:{delivery}")


__all__ = ["THING", "WITHDRAWN", "PageSender"]
