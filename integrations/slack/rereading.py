"""Reading a channel again because somebody asked for it, as the core asks: `chatops.rereading.Rereader`."""

from collections.abc import Collection, Mapping
from datetime import datetime

from chatops.models import Room
from chatops.rereading import Reading
from integrations.slack import backfilling
from integrations.slack.models import Backfill


class SlackRereader:
    """The history of Slack's channels."""

    def begin(self, room: Room, since: datetime) -> None:
        backfilling.begin(room, since)

    def standing(self, rooms: Collection[int]) -> Mapping[int, Reading]:
        return {row.room_id: _reading(row) for row in Backfill.objects.filter(room_id__in=rooms)}


def _reading(row: Backfill) -> Reading:
    if row.state == Backfill.WAITING and row.due_at is not None:
        return Reading("reading", row.since, row.found, trouble=row.last_error)
    failed = row.last_error if row.state == Backfill.DEAD else "" if _was_read(row) else row.detail
    return Reading("failed" if failed else "done", row.since, row.found, failed, row.done_at)


def _was_read(row: Backfill) -> bool:
    return not row.detail.startswith(backfilling.NOT_READ)
