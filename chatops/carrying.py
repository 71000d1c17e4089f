"""Lines that had to wait, many of them: up to twenty share one post, each with its writer and the time it was said."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import takewhile

from django.db.models import Count, Exists, OuterRef

from chatops.drawing import event_post
from chatops.port import Post
from connections.lanes import due_deliveries
from connections.models import Attempt, Delivery
from incidents.models import TimelineEvent

#: above so many waiting lines they share posts, until none waits any more
ALONE_UP_TO = 100
#: so many lines share a post, as far as their text fits
MOST = 20
#: what a post takes: characters as a chat counts them, with what it adds to a line
_ROOM = 3000
_FRAME = 40
_MARKS = re.compile(r"([\\`*_~\[\]<>#])")


def companions(delivery: Delivery, *, look_first: bool) -> list[Delivery]:
    """The deliveries that the same post shows with this one; mostly none.

    A post whose result is not known is tried again with the very lines that it was tried with.
    """
    if delivery.thing_kind != "event" or delivery.outside_ref:
        return []
    unclear = Attempt.objects.filter(delivery=OuterRef("pk"), ok__isnull=True)
    after = due_deliveries(delivery.lane).exclude(pk=delivery.pk).filter(thing_kind="event", outside_ref="")
    if look_first:
        last = delivery.attempts.filter(ok__isnull=True).latest("started_at")
        return list(after.filter(Exists(unclear.filter(started_at=last.started_at))))
    if not _carries_over(delivery, after[:ALONE_UP_TO].count()):
        return []
    # In the lane's own order, so that nothing is overtaken: the first that can't come along ends the post.
    following = list(
        due_deliveries(delivery.lane).exclude(pk=delivery.pk).annotate(is_unclear=Exists(unclear))[: MOST - 1]
    )
    fresh = takewhile(
        lambda one: one.thing_kind == "event" and not (one.outside_ref or one.attempt_count or one.is_unclear),
        following,
    )
    return list(_fitting(delivery, list(fresh)))


def carried_post(marker: str, events: Sequence[TimelineEvent]) -> Post:
    """One post for several lines, in their order."""
    posts = [event_post(event) for event in events]
    room = _ROOM if sum(map(_weight, posts)) <= _ROOM else _ROOM // len(posts) - _FRAME
    day = f"{_moment(events[0]):%Y-%m-%d}"
    lines = [_line(event, post, day, room) for event, post in zip(events, posts, strict=True)]
    return Post(marker=marker, text="\n".join([f"_Carried over; the times are of {day} in UTC._", "", *lines]))


def _carries_over(delivery: Delivery, others: int) -> bool:
    """Tell whether lines share posts now: too many wait, or this one waited already when some shared a post."""
    if not 0 < others < ALONE_UP_TO:
        return others > 0
    since = Delivery.objects.filter(lane=delivery.lane_id, thing_kind="event", shown_at__gt=delivery.created_at)
    refs = since.exclude(outside_ref="").order_by().values("outside_ref")
    return refs.annotate(count=Count("pk")).filter(count__gt=1).exists()


def _fitting(delivery: Delivery, others: list[Delivery]) -> Iterator[Delivery]:
    """Those that follow without a gap and fit into one post: short lines of their own, without files or threads."""
    wanted = TimelineEvent.objects.select_related("incident").prefetch_related("attachments")
    events = wanted.in_bulk([delivery.thing_id, *[one.thing_id for one in others]])
    left = float(_ROOM)
    for one in [delivery, *others]:
        event = events.get(one.thing_id)
        if event is None or event.deleted_at is not None or not _is_short(event):
            return
        left -= _weight(event_post(event))
        if left < 0:
            return
        if one is not delivery:
            yield one


def _is_short(event: TimelineEvent) -> bool:
    post = event_post(event)
    return event.thread_id is None and not post.files and "\n" not in post.text.strip() and "```" not in post.text


def _weight(post: Post) -> int:
    """How long a line gets at most: some signs become five, some count twice."""
    text = f"{post.author}{post.text}"
    return len(text.encode("utf-16-le", "replace")) // 2 + 4 * sum(map(text.count, "&<>")) + _FRAME


def _line(event: TimelineEvent, post: Post, day: str, room: int) -> str:
    at = _moment(event)
    said = " ".join(post.text.split())
    if len(said) > room:
        said = f"{said[: room - 1].rstrip()}…"
    when = f"{at:%H:%M:%S}" if f"{at:%Y-%m-%d}" == day else f"{at:%Y-%m-%d %H:%M:%S}"
    if not post.author:
        return f"- {when} {said}"
    author = _MARKS.sub(r"\\\1", " ".join(post.author.split()))
    return f"- {when} **{author}**: {said}"


def _moment(event: TimelineEvent) -> datetime:
    return event.shown_at.astimezone(UTC)
