"""The sender of notices: hands each to who can tell this kind of contact method something that is no page."""

from collections.abc import Sequence
from datetime import timedelta

from common.errors import PartnerTrouble
from connections.lanes import Sent
from connections.models import Delivery, Lane
from oncall.models import ContactMethod, Notice
from oncall.ports import Told, tellers
from oncall.saying import absolute, one_line


class NoticeSender:
    """Sends notices to one address at a time."""

    def companions(self, delivery: Delivery, *, look_first: bool) -> Sequence[Delivery]:
        return []

    def send(self, delivery: Delivery, companions: Sequence[Delivery], *, look_first: bool) -> Sent:
        method = ContactMethod.objects.select_related("user").filter(pk=_method_of(delivery.lane)).first()
        notice = Notice.objects.get(pk=delivery.thing_id)
        if method is None or not method.is_usable or not method.user.is_active:
            raise PartnerTrouble("This contact method was removed.", permanent=True)
        teller = tellers().get(method.kind)
        if teller is None:
            raise PartnerTrouble(f"What tells people by {method.kind} is not installed.", permanent=True)
        lines = tuple(one_line(str(line), 300) for line in notice.lines)
        told = Told(one_line(notice.title), lines, absolute(notice.path), delivery.marker, notice.created_at)
        return Sent(ref=teller.tell(method, told, again=look_first) or delivery.marker)

    def pace(self, lane: Lane) -> timedelta:
        return timedelta(seconds=1)


def _method_of(lane: Lane) -> int:
    return int(lane.key.partition(":")[2])
