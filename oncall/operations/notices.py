"""Telling people about shifts: an inbox line, and what reaches them for what can wait."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from accounts.models import User
from common import clock, doorbell
from common.operations import operation
from connections.models import Lane
from connections.operations import want
from oncall.models import NOTICE_LANE, ContactMethod, Notice, ShiftRequest, Urgency
from oncall.operations.reaching import rules_of, usable_methods
from oncall.ports import tellers
from oncall.rules.working import next_working_time

#: what is about a shift that begins so soon doesn't wait for working hours
SOON = timedelta(hours=24)
_THING = "notice"
_PRIORITY = 5


def tell_people(
    users: Iterable[User],
    title: str,
    lines: Callable[[User], Sequence[str]],
    *,
    kind: str,
    path: str,
    about: datetime | None = None,
    request: ShiftRequest | None = None,
    asks: bool = False,
) -> list[Notice]:
    """Write a notice for each of them. Joins the running transaction; nothing is sent in it.

    What is about a time that is far off waits for each person's working hours; without `about` it is told at once.
    """
    now = clock.now()
    can_wait = about is not None and about - now > SOON
    made = [
        Notice(
            user=user,
            kind=kind,
            title=title[:200],
            lines=list(lines(user)),
            path=path,
            request=request,
            asks=asks,
            created_at=now,
            due_at=next_working_time(now, user.time_zone) if can_wait else now,
        )
        for user in users
        if user.is_active
    ]
    Notice.objects.bulk_create(made)
    if made:
        doorbell.ring_after_commit(Notice)
    return made


@operation
def send_out(notice: Notice) -> None:
    """Ask that it is sent by what reaches the person for what can wait; one that is out of date just ends."""
    row = Notice.objects.select_related("user", "request").get(pk=notice.pk)
    is_late = row.asks and row.request is not None and row.request.status != ShiftRequest.OPEN
    lanes = [] if is_late or not row.user.is_active else _lanes(row.user)
    want(lanes, thing_kind=_THING, thing_id=row.pk, priority=_PRIORITY)
    notice.done(told_at=None if is_late else clock.now())


def _lanes(user: User) -> list[int]:
    """A lane for each method by which low urgency reaches them, else for the first one that can tell a notice."""
    kinds = tellers()
    methods = [rule.method for rule in rules_of(user, Urgency.LOW) if rule.method.kind in kinds]
    if not methods:
        usable = usable_methods(user).filter(kind__in=kinds).select_related("lane")
        methods = list(usable[:1])
    return [_lane(method).pk for method in dict.fromkeys(methods)]


def _lane(method: ContactMethod) -> Lane:
    """The lane of its notices; it names the method by its number."""
    lane, _ = Lane.objects.get_or_create(
        connection_id=method.lane.connection_id, key=f"notice:{method.pk}", defaults={"kind": NOTICE_LANE}
    )
    return lane
