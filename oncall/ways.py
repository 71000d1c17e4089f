"""How each person is reached by now: their notification rules, in order."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from oncall.models import ContactMethod, NotificationRule


@dataclass(frozen=True)
class Way:
    """This lane, so long after a page began."""

    delay: timedelta
    lane: int


def ways_of(users: Iterable[int], urgency: str) -> dict[int, list[Way]]:
    """Return each person's ways in order, in two queries.

    Only verified methods count. Who has some, but no rule for this urgency, is reached by all of them at once: a rule
    that was forgotten must not make a page go nowhere.
    """
    wanted = set(users)
    found: dict[int, list[Way]] = defaultdict(list)
    rules = NotificationRule.objects.filter(user__in=wanted, urgency=urgency, method__verified_at__isnull=False)
    rules = rules.filter(method__removed_at__isnull=True)
    rows = rules.order_by("delay_minutes", "pk").values_list("user", "delay_minutes", "method__lane")
    for user, minutes, lane in rows:
        found[user].append(Way(timedelta(minutes=minutes), lane))
    left = wanted - found.keys()
    methods = ContactMethod.objects.filter(user__in=left, verified_at__isnull=False, removed_at__isnull=True)
    for user, lane in methods.order_by("pk").values_list("user", "lane"):
        found[user].append(Way(timedelta(), lane))
    return dict(found)
