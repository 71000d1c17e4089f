"""Lines of one channel that came close after one another are heard in one transaction.

What a line costs is mostly asked and written once for all of them. Everything else that Slack sends goes alone.
"""

from collections.abc import Sequence

from chatops.rooms import room_of_channel
from connections.intake import Outcome
from connections.models import Received
from integrations.slack import gaps, learning
from integrations.slack.inbound import app_of, team_of, translate
from integrations.slack.mirroring import Mirror
from integrations.slack.reading import part, read_json, words
from integrations.slack.values import Line, Own

_LINES = {"", "bot_message", "file_share", "me_message", "thread_broadcast"}


def place_of(received: Received) -> str:
    """The channel of a line; "" for everything else.

    :raises Unreadable: it is no event.
    """
    if received.door != "slack/events":
        return ""
    event = part(read_json(received.body), "event")
    is_line = words(event, "type") == "message" and words(event, "subtype") in _LINES
    return words(event, "channel") if is_line else ""


def handle_lines(rows: Sequence[Received]) -> list[Outcome]:
    """Hear the lines up to the first that has to be looked at alone: it asks us something, or names people whom we
    have not met yet.

    :raises Unreadable: one of them could not be understood.
    """
    own = learning.own_of(rows[0].connection)
    if own is None:
        return []
    return _Lines(rows, own).run()


class _Lines(Mirror):
    """Several requests of one channel on their way to the core."""

    def __init__(self, rows: Sequence[Received], own: Own) -> None:
        super().__init__(rows[0], own)
        self._rows = rows

    def run(self) -> list[Outcome]:
        plain = self._plain()
        if not plain:
            return []
        room = room_of_channel(self._connection, plain[0].place.channel)
        if room is None:
            return [self.done(None, "a line")] * len(plain)
        plain = self._of_people_we_know(plain)
        if not plain:
            return []
        # Read once more: now the names are known.
        lines = [line for line in map(self._read, self._rows[: len(plain)]) if isinstance(line, Line)]
        number = self.said_all([(line, self._people.outsider(line.author)) for line in lines])
        return [self.done(number, "a line")] * len(lines)

    def _plain(self) -> list[Line]:
        """The first of the rows that are only lines."""
        found = []
        for row in self._rows:
            gaps.notice_late(row)
            line = self._read(row) if self._is_for_us(row) else None
            if not isinstance(line, Line) or line.asked:
                break
            found.append(line)
        return found

    def _of_people_we_know(self, lines: Sequence[Line]) -> list[Line]:
        missing = set(self._people.missing(need for line in lines for need in line.needs))
        unknown = (n for n, line in enumerate(lines) if missing & set(line.needs))
        return list(lines[: next(unknown, len(lines))])

    def _is_for_us(self, row: Received) -> bool:
        ours = str(self._connection.settings.get("app_id", ""))
        return team_of(row.door, row.body) == self._own.team_id and (
            not ours or app_of(row.door, row.body) in ("", ours)
        )

    def _read(self, row: Received) -> object:
        return translate(row.door, row.body, self._own, self._people.name)
