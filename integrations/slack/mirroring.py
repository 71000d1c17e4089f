"""What people say and do in a channel, on its way into the timeline."""

from collections.abc import Mapping, Sequence

from chatops import catching_up, hear, hear_marks, notices
from chatops.rooms import room_of_channel
from chatops.speakers import Outsider
from connections.intake import Outcome
from connections.models import Connection, Received
from incidents.models import Incident
from incidents.operations.outside_files import Elsewhere
from integrations.slack import fetching, learning
from integrations.slack.models import Fact
from integrations.slack.people import People, realm_of
from integrations.slack.values import (
    Author,
    Deleted,
    Edited,
    Line,
    Notice,
    Own,
    Pinned,
    Place,
    Reacted,
    SharedFile,
    Standing,
    Wording,
)


class Mirror:
    """One request of which the timeline is told."""

    def __init__(self, received: Received, own: Own) -> None:
        self._received = received
        self._connection: Connection = received.connection
        self._own = own
        self._people = People(self._connection, own)

    def said(self, line: Line, author: Outsider) -> int | None:
        """Have a line heard; returns the incident's number, None outside the incidents' channels."""
        return self.said_all([(line, author)])

    def said_all(self, lines: Sequence[tuple[Line, Outsider]]) -> int | None:
        """The same for several lines of one channel, told in any order: a thread begins before its answers."""
        lines = sorted(lines, key=lambda said: said[0].place.at)
        number = hear.hear_lines(
            connection=self._connection,
            room_outside_id=lines[0][0].place.channel,
            lines=[self._spoken(line, author) for line, author in lines],
        )
        if number is not None:
            for line, _ in lines:
                fetching.plan(self._connection, line.place.outside_id, line.files)
            self._meet_others({line.place.outside_id: line.thread_outside_id for line, _ in lines})
        return number

    def _spoken(self, line: Line, author: Outsider) -> hear.Spoken:
        return hear.Spoken(
            realm=realm_of(line.author.team),
            author=author,
            text=line.text,
            outside_id=line.place.outside_id,
            occurred_at=line.place.at,
            thread_outside_id=line.thread_outside_id,
            ref=line.place.ts,
            files=_elsewhere(line.files),
            reads=_reads(line.reads),
            link=line.place.link(self._own.url, line.thread_ts),
            is_broadcast=line.is_broadcast,
        )

    def notice(self, notice: Notice) -> Outcome:
        number = notices.hear_notice(
            connection=self._connection,
            room_outside_id=notice.place.channel,
            text=notice.text,
            outside_id=notice.place.outside_id,
            occurred_at=notice.place.at,
        )
        if number is not None:
            learning.lines_came(self._connection, [notice.place.outside_id])
        return self.done(number, "a notice")

    def standing(self, standing: Standing) -> Outcome:
        """A message of the history: the line if it is not here, its last wording, its reactions and pin."""
        number = None
        if isinstance(standing.said, Line):
            number = self.said(standing.said, self._people.outsider(standing.said.author))
        elif standing.said is not None:
            self.notice(standing.said)
        heard = catching_up.hear_standing(
            connection=self._connection,
            room_outside_id=standing.place.channel,
            realm=realm_of(self._own.team_id),
            outside_id=standing.place.outside_id,
            reactions=[
                (emoji, [self._people.outsider(Author(user, self._own.team_id)) for user in users], is_all)
                for emoji, users, is_all in standing.reactions
            ],
            is_pinned=standing.is_pinned,
            at=standing.at,
        )
        return self.done(number or heard, "a message of the history")

    def edited(self, edited: Edited) -> Outcome:
        number = hear.hear_edit(
            connection=self._connection,
            room_outside_id=edited.place.channel,
            realm=realm_of(edited.author.team),
            author=self._people.outsider(edited.author),
            text=edited.text,
            outside_id=edited.place.outside_id,
            occurred_at=edited.wording.at,
            line_at=edited.place.at,
            change_id=edited.wording.change_id,
            thread_outside_id=edited.thread_outside_id,
            before=edited.before,
            before_reads=_reads(edited.before_reads),
            ref=edited.place.ts,
            files=_elsewhere(edited.files),
            link=edited.place.link(self._own.url, edited.thread_ts),
            is_broadcast=edited.is_broadcast,
        )
        if number is not None:
            fetching.plan(self._connection, edited.place.outside_id, edited.files)
            self._meet_others({edited.place.outside_id: edited.thread_outside_id})
        return self.done(number, "an edit")

    def deleted(self, deleted: Deleted) -> Outcome:
        number = hear.hear_delete(
            connection=self._connection,
            room_outside_id=deleted.place.channel,
            realm=realm_of(deleted.author.team),
            author=self._people.outsider(deleted.author),
            outside_id=deleted.place.outside_id,
            occurred_at=deleted.at,
            line_at=deleted.place.at,
            change_id=deleted.change_id,
            thread_outside_id=deleted.thread_outside_id,
        )
        if number is not None:
            self._meet_others({deleted.place.outside_id: deleted.thread_outside_id})
        return self.done(number, "a deletion")

    def reacted(self, reacted: Reacted) -> Outcome:
        number = hear_marks.hear_reaction(
            connection=self._connection,
            room_outside_id=reacted.place.channel,
            realm=realm_of(reacted.author.team),
            author=self._people.outsider(reacted.author),
            outside_id=reacted.place.outside_id,
            emoji=reacted.emoji,
            added=reacted.added,
            change_id=reacted.change_id,
            occurred_at=reacted.at,
        )
        if number is None and (outcome := self._wait_for_line(reacted.place, "a reaction")):
            return outcome
        return self.done(number, "a reaction")

    def pinned(self, pinned: Pinned) -> Outcome:
        number = hear_marks.hear_pin(
            connection=self._connection,
            room_outside_id=pinned.place.channel,
            realm=realm_of(pinned.author.team),
            author=self._people.outsider(pinned.author),
            outside_id=pinned.place.outside_id,
            added=pinned.added,
            change_id=pinned.change_id,
            occurred_at=pinned.at,
        )
        if number is None and (outcome := self._wait_for_line(pinned.place, "a pin")):
            return outcome
        return self.done(number, "a pin")

    def _meet_others(self, lines: Mapping[str, str]) -> None:
        """What came before these lines and belongs to them goes on; and each may itself be before its thread.

        `lines`: the message that starts the thread of each, "" for a line of its own.
        """
        for thread in sorted({thread for thread in lines.values() if thread}):
            if not hear.is_here(self._connection, thread):
                learning.expect_line(self._connection, thread)
        learning.lines_came(self._connection, lines)

    def _wait_for_line(self, place: Place, what: str) -> Outcome | None:
        """What belongs to a line may come before it; after a few looks it is given up.

        A message that is here and no line is our card: what people do to that is let be.
        """
        is_room = room_of_channel(self._connection, place.channel) is not None
        if not is_room or hear.is_here(self._connection, place.outside_id):
            return None
        if learning.wait_for(self._received, Fact.LINE, place.outside_id):
            return Outcome("done", "waits for the line it belongs to")
        learning.forget(self._connection, Fact.LINE, place.outside_id)
        return Outcome("ignored", f"{what}, of a line that never came")

    def done(self, number: int | None, what: str) -> Outcome:
        """What became of it, in words."""
        if number is None:
            return Outcome("ignored", f"{what} outside the incidents' channels")
        return Outcome("done", what, number, is_private(number))


def _elsewhere(files: Sequence[SharedFile]) -> list[Elsewhere]:
    return [Elsewhere(file.id, file.name, file.url, file.size) for file in files]


def _reads(wording: Wording | None) -> hear.Reads | None:
    return hear.Reads(wording.at, wording.change_id) if wording else None


def is_private(number: int | None) -> bool:
    return number is not None and Incident.objects.filter(pk=number, is_private=True).exists()
