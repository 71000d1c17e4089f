"""What becomes of a stored request from Slack: read it, and let the core do the rest.

Runs inside the transaction of the received row, so nothing is asked of Slack here; what is not known yet
is waited for (see learning.py).
"""

from collections.abc import Callable
from typing import Any

from chatops import hear
from chatops.commanding import hear_command
from chatops.models import Room
from chatops.rooms import incident_of_channel, room_of_channel
from chatops.speakers import Outsider
from connections.intake import Outcome, Unreadable
from connections.models import Connection, Received
from connections.operations import in_trouble
from incidents.models import Incident
from integrations.slack import learning
from integrations.slack.drawing import thread_address
from integrations.slack.inbound import team_of, translate
from integrations.slack.models import Fact
from integrations.slack.people import People, realm_of
from integrations.slack.values import (
    Archived,
    ChannelGone,
    Command,
    Deleted,
    Dropped,
    Edited,
    Joined,
    Line,
    Own,
    PersonChanged,
    Ping,
    Pinned,
    Place,
    Reacted,
    Renamed,
    Revoked,
    Unknown,
)


def handle(received: Received) -> Outcome:
    """Say what the request is about and do it.

    :raises Unreadable: it could not be understood.
    """
    connection = received.connection
    team = team_of(received.door, received.body)
    if not team:
        return Outcome("done", "Slack checked the address")
    own = learning.own_of(connection)
    if own is None:
        if learning.wait_for(received, Fact.SELF):
            return Outcome("done", "waits until Slack has said which workspace this is")
        own = learning.own_of(connection)
    if own is None:
        raise Unreadable("Slack has not said which workspace this connection is for")
    if team != own.team_id:
        return Outcome("ignored", f"from another workspace: {team}")
    return _Hearing(received, own).run()


class _Hearing:
    """One request on its way to the core."""

    def __init__(self, received: Received, own: Own) -> None:
        self._received = received
        self._connection: Connection = received.connection
        self._own = own
        self._people = People(self._connection, own)

    def run(self) -> Outcome:
        value = self._read()
        needs = getattr(value, "needs", ())
        if needs and self._matters(value):
            # All are asked for at once; the request is looked at again when the last has been said.
            waits = [need for need in self._people.missing(needs) if learning.wait_for(self._received, *need)]
            if waits:
                return Outcome("done", f"waits until Slack has said who {waits[0][1]} is")
            self._people.meet(needs)
            value = self._read()
        doer = _DOERS.get(type(value))
        return doer(self, value) if doer else Outcome("ignored", "not something Warroom follows")

    def _read(self) -> Any:
        return translate(self._received.door, self._received.body, self._own, self._people.name)

    def _matters(self, value: object) -> bool:
        """Most channels are none of ours: what is said there needs no names."""
        if isinstance(value, Line):
            return bool(value.asked) or room_of_channel(self._connection, value.place.channel) is not None
        if isinstance(value, Edited):
            return room_of_channel(self._connection, value.place.channel) is not None
        return True

    # --- what is said -----------------------------------------------------------------------------
    def line(self, line: Line) -> Outcome:
        author = self._people.outsider(line.author)
        number = hear.hear_line(
            connection=self._connection,
            room_outside_id=line.place.channel,
            realm=realm_of(line.author.team),
            author=author,
            text=line.text,
            outside_id=line.place.outside_id,
            occurred_at=line.place.at,
            thread_outside_id=line.thread_outside_id,
            ref=line.place.ts,
            files=line.files,
        )
        if line.asked:
            return self._ask(
                line.asked,
                author,
                team=line.author.team,
                channel=line.place.channel,
                outside_id=f"ask:{line.place.outside_id}",
                # In a direct message there is nobody else to see the answer, and no thread is wanted.
                answer_address=thread_address(
                    line.place.channel,
                    "" if line.is_direct else line.thread_ts or line.place.ts,
                    "" if line.is_direct else line.author.id,
                ),
            )
        return self._done(number, "a line")

    def edited(self, edited: Edited) -> Outcome:
        number = hear.hear_edit(
            connection=self._connection,
            room_outside_id=edited.place.channel,
            realm=realm_of(edited.author.team),
            author=self._people.outsider(edited.author),
            text=edited.text,
            outside_id=edited.place.outside_id,
            occurred_at=edited.at,
            line_at=edited.place.at,
            change_id=edited.change_id,
        )
        return self._done(number, "an edit")

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
        )
        return self._done(number, "a deletion")

    def reacted(self, reacted: Reacted) -> Outcome:
        number = hear.hear_reaction(
            connection=self._connection,
            room_outside_id=reacted.place.channel,
            realm=realm_of(reacted.author.team),
            author=self._people.outsider(reacted.author),
            outside_id=reacted.place.outside_id,
            emoji=reacted.emoji,
            added=reacted.added,
            change_id=reacted.change_id,
        )
        if number is None and (outcome := self._wait_for_line(reacted.place)):
            return outcome
        return self._done(number, "a reaction")

    def pinned(self, pinned: Pinned) -> Outcome:
        number = hear.hear_pin(
            connection=self._connection,
            room_outside_id=pinned.place.channel,
            realm=realm_of(pinned.author.team),
            author=self._people.outsider(pinned.author),
            outside_id=pinned.place.outside_id,
            added=pinned.added,
        )
        if number is None and (outcome := self._wait_for_line(pinned.place)):
            return outcome
        return self._done(number, "a pin")

    def _wait_for_line(self, place: Place) -> Outcome | None:
        """What belongs to a line may come before it; after a few looks it is given up."""
        if room_of_channel(self._connection, place.channel) is None:
            return None
        if learning.wait_for(self._received, Fact.LINE, place.outside_id):
            return Outcome("done", "waits for the line it belongs to")
        learning.forget(self._connection, Fact.LINE, place.outside_id)
        return None

    # --- commands ---------------------------------------------------------------------------------
    def command(self, command: Command) -> Outcome:
        return self._ask(
            command.line,
            self._people.outsider(command.author),
            team=command.author.team,
            channel=command.channel,
            outside_id=command.outside_id,
            answer_address=command.answer_address,
        )

    def _ask(
        self, line: str, author: Outsider, *, team: str, channel: str, outside_id: str, answer_address: str
    ) -> Outcome:
        reply = hear_command(
            connection=self._connection,
            realm=realm_of(team),
            author=author,
            room_outside_id=channel,
            line=line,
            outside_id=outside_id,
            answer_address=answer_address,
            occurred_at=self._received.received_at,
        )
        text = f"{line} → {reply.text}"
        return Outcome("done", text, reply.incident, _is_private(reply.incident))

    # --- channels and the app itself --------------------------------------------------------------
    def channel_news(self, value: Joined | Archived | Renamed | ChannelGone) -> Outcome:
        """Said on the received row. Slack's members get no rights here; Warroom decides who is in."""
        incident = incident_of_channel(self._connection, value.channel)
        if incident is None:
            return Outcome("ignored", "not a channel of an incident")
        words = _channel_words(value)
        if not isinstance(value, Joined):
            hear.hear_channel_news(connection=self._connection, room_outside_id=value.channel, text=words)
        return Outcome("done", words, incident.pk, incident.is_private)

    def renamed(self, value: Renamed) -> Outcome:
        Room.objects.filter(connection=self._connection, outside_id=value.channel).update(name=value.name)
        return self.channel_news(value)

    def person(self, value: PersonChanged) -> Outcome:
        known = Fact.objects.filter(connection=self._connection, about=Fact.USER, key=value.id)
        if not known.exists():
            return Outcome("ignored", "nobody we have met")
        learning.put(self._connection, Fact.USER, value.id, learning.person_of(value.record))
        return Outcome("done", "a person's record changed")

    def revoked(self, value: Revoked) -> Outcome:
        in_trouble(self._connection, value.reason)
        return Outcome("done", value.reason)

    def dropped(self, value: Dropped) -> Outcome:
        return Outcome("done", "Slack held back events of this minute; lines may be missing")

    def ping(self, value: Ping) -> Outcome:
        return Outcome("done", "Slack checked the address")

    def unknown(self, value: Unknown) -> Outcome:
        return Outcome("ignored", f"{value.kind}: {value.why}")

    def _done(self, number: int | None, what: str) -> Outcome:
        if number is None:
            return Outcome("ignored", f"{what} outside the incidents' channels")
        return Outcome("done", what, number, _is_private(number))


def _is_private(number: int | None) -> bool:
    return number is not None and Incident.objects.filter(pk=number, is_private=True).exists()


def _channel_words(value: Joined | Archived | Renamed | ChannelGone) -> str:
    if isinstance(value, Joined):
        return "somebody joined in Slack" if value.joined else "somebody left in Slack"
    if isinstance(value, Archived):
        return "the channel was archived in Slack" if value.archived else "the channel was brought back in Slack"
    if isinstance(value, Renamed):
        return f"the channel is called {value.name} now"
    return value.reason


_DOERS: dict[type, Callable[[_Hearing, Any], Outcome]] = {
    Line: _Hearing.line,
    Edited: _Hearing.edited,
    Deleted: _Hearing.deleted,
    Reacted: _Hearing.reacted,
    Pinned: _Hearing.pinned,
    Command: _Hearing.command,
    Joined: _Hearing.channel_news,
    Archived: _Hearing.channel_news,
    ChannelGone: _Hearing.channel_news,
    Renamed: _Hearing.renamed,
    PersonChanged: _Hearing.person,
    Revoked: _Hearing.revoked,
    Dropped: _Hearing.dropped,
    Ping: _Hearing.ping,
    Unknown: _Hearing.unknown,
}
