"""One page of a channel's history (or of a thread), beside what is here: what is missing, what is gone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from chatops.hear import target_of
from chatops.models import Room
from connections.models import Delivery
from incidents.models import TimelineEvent
from integrations.slack.moments import moment
from integrations.slack.values import Own, Place

#: what a message may carry besides its words, of which we may have missed something
_MORE = ("edited", "reactions", "pinned_to", "subtype")


class Page:
    """Messages as they stood when they were asked for. `is_gone`: of the thread nothing stands any more."""

    def __init__(
        self,
        room: Room,
        own: Own,
        asked_at: datetime,
        messages: Sequence[dict[str, Any]],
        thread: str,
        *,
        is_gone: bool = False,
    ) -> None:
        self._room, self._own, self._asked_at, self._thread = room, own, asked_at, thread
        self._is_gone = is_gone
        self._messages = sorted(messages, key=lambda message: str(message["ts"]))
        times = [str(message["ts"]) for message in self._messages if message["ts"] != thread]
        self._earliest = moment(times[0]) if times else None
        self._latest = moment(times[-1]) if times else None
        #: where the next page begins: history runs from new to old, a thread from old to new
        self.edge = times[-1 if thread else 0] if times else ""
        outside_ids = [self._outside_id(str(message["ts"])) for message in messages]
        found = TimelineEvent.objects.filter(outside_id__in=outside_ids)
        self._here = {str(event.outside_id): event for event in found}
        self._ours = self._posts([str(message["ts"]) for message in messages])

    def reach(self, *, earliest: datetime | None, latest: datetime | None) -> None:
        """The page covers the time up to these moments, though no message stands there."""
        self._earliest = earliest or self._earliest
        self._latest = latest or self._latest

    def threads(self, since: datetime) -> list[str]:
        """The threads in which something was said since, or in which there are not as many answers as here."""
        found = []
        for message in self._messages:
            count, latest = message.get("reply_count") or 0, str(message.get("latest_reply") or "")
            ts = str(message["ts"])
            event = self._here.get(self._outside_id(ts)) or self._ours.get(ts)
            if (count and latest >= as_ts(since)) or count != (event.reply_count if event else 0):
                found.append(ts)
        return found

    def _posts(self, refs: Sequence[str]) -> dict[str, TimelineEvent]:
        """The lines behind posts of ours."""
        shown = Delivery.objects.filter(lane=self._room.lane_id, thing_kind="event", outside_ref__in=refs)
        things = dict(shown.order_by("-pk").values_list("outside_ref", "thing_id"))
        events = TimelineEvent.objects.in_bulk(things.values())
        return {ref: events[pk] for ref, pk in things.items() if pk in events}

    def bodies(self) -> list[dict[str, Any]]:
        """What is to be handed on: messages that are not here just so, and lines that are gone there."""
        told = [self._body(message=message) for message in self._messages if not self._is_here(message)]
        return told + [self._body(gone=ts) for ts in self._gone()]

    def _is_here(self, message: dict[str, Any]) -> bool:
        event = self._here.get(self._outside_id(str(message["ts"])))
        return event is not None and not event.reactions and not any(message.get(key) for key in _MORE)

    def _gone(self) -> list[str]:
        """Lines that stand here and not in the page, though it covers their time: they were deleted there."""
        lines = TimelineEvent.objects.filter(
            self._covered(),
            incident_id__in=_incidents(self._room),
            outside_id__startswith=self._outside_id(""),
            kind="message",
            deleted_at__isnull=True,
            recorded_at__lt=self._asked_at,
        )
        there = {self._outside_id(str(message["ts"])) for message in self._messages}
        found = lines.order_by("occurred_at").values_list("outside_id", flat=True)
        return [str(outside_id).rsplit(":", 1)[-1] for outside_id in found if outside_id not in there]

    def _covered(self) -> Q:
        """Which lines here the page would show, if they stood there."""
        # An answer that came before its thread stands alone here for a while; only the thread shows it.
        is_early = Q(thread__isnull=True, data__has_key="answers")
        thread = self._outside_id(self._thread)
        start = target_of(self._room.connection, self._room.outside_id, thread) if self._thread else None
        answers = is_early & Q(data__answers=thread)
        if start is not None:
            answers |= Q(thread=start)
        if self._is_gone:
            return answers | Q(outside_id=thread)
        if self._earliest is None or self._latest is None:
            return Q(pk__in=[])
        in_time = Q(occurred_at__range=(self._earliest, self._latest))
        return in_time & (answers if self._thread else Q(thread__isnull=True) & ~is_early)

    def _body(self, **what: object) -> dict[str, Any]:
        place = {"team_id": self._own.team_id, "channel": self._room.outside_id}
        return {**place, "seen_at": as_ts(self._asked_at), **what}

    def _outside_id(self, ts: str) -> str:
        return Place(self._own.team_id, self._room.outside_id, ts).outside_id


def threads_without_start(room: Room, own: Own, since: datetime) -> list[str]:
    """The threads whose answers since are here and whose start is not: what became of them only they show."""
    place = Place(own.team_id, room.outside_id, "").outside_id
    early = TimelineEvent.objects.filter(
        incident_id__in=_incidents(room),
        outside_id__startswith=place,
        kind="message",
        deleted_at__isnull=True,
        thread__isnull=True,
        data__has_key="answers",
        occurred_at__gte=since,
    )
    starts = [str(data["answers"]) for data in early.order_by("occurred_at").values_list("data", flat=True)]
    return [start.removeprefix(place) for start in dict.fromkeys(starts) if start.startswith(place)]


def _incidents(room: Room) -> list[int]:
    """Where lines of this channel may be: in its incident, and in the one that it went into."""
    return [room.incident_id, room.incident.merged_into_id or 0]


def as_ts(at: datetime) -> str:
    """A moment as Slack writes it."""
    return f"{at.timestamp():.6f}"
