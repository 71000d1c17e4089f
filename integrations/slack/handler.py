"""What becomes of a stored request from Slack: read it, and let the core do the rest.

Runs inside the transaction of the received row, so nothing is asked of Slack here; what is not known yet
is waited for (see learning.py).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chatops import hear
from chatops.commanding import hear_command
from chatops.forms.filling import fill_in
from chatops.homes import want_home
from chatops.replies import Reply
from chatops.rooms import room_of_channel
from chatops.speakers import Outsider, identity_of
from connections.intake import Outcome, Unreadable
from connections.models import Received
from connections.operations import in_trouble
from integrations.slack import gaps, learning
from integrations.slack.app_manifest import TIMELINE_ADD
from integrations.slack.backfilling import plan
from integrations.slack.channel_news import hear_news
from integrations.slack.drawing import thread_address
from integrations.slack.inbound import app_of, team_of, translate
from integrations.slack.menus import menu_line
from integrations.slack.mirroring import Mirror, is_private
from integrations.slack.models import Fact
from integrations.slack.moments import moment
from integrations.slack.oauth import sibling
from integrations.slack.people import realm_of
from integrations.slack.values import (
    Archived,
    ChannelGone,
    ChannelMoved,
    Chosen,
    Command,
    Deleted,
    Dropped,
    Edited,
    Filled,
    GroupsChanged,
    HomeOpened,
    Joined,
    Line,
    Notice,
    PersonChanged,
    Ping,
    Pinned,
    Reacted,
    Renamed,
    Revoked,
    Standing,
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
        return _hand_over(received, team)
    ours = str(connection.settings.get("app_id", ""))
    if ours and (app := app_of(received.door, received.body)) not in ("", ours):
        return Outcome("ignored", f"for another app: {app[:40]}")
    gaps.notice_late(received)
    return _Hearing(received, own).run()


def _hand_over(received: Received, team: str) -> Outcome:
    """One app in several workspaces: they share a secret or a socket, so the right connection is found here."""
    other = sibling(received.connection, team)
    if other is None:
        return Outcome("ignored", f"from another workspace: {team}")
    if Received.objects.filter(connection=other, outside_id=received.outside_id).exists():
        return Outcome("ignored", f"a repeat of what “{other.name}” has")
    Received.objects.filter(pk=received.pk).update(connection=other)
    received.connection = other
    return handle(received)


class _Hearing(Mirror):
    """One request on its way to the core."""

    def run(self) -> Outcome:
        value = self._read()
        return self._marked(value, self._outcome(value))

    def _marked(self, value: Any, outcome: Outcome) -> Outcome:
        """Every row of an incident's channel belongs to the incident, so that nobody else reads what came in."""
        if outcome.incident is not None:
            return outcome
        room = room_of_channel(self._connection, channel_of(value))
        if room is None:
            return outcome
        return replace(outcome, incident=room.incident_id, is_private=room.incident.is_private)

    def _outcome(self, value: Any) -> Outcome:
        needs = getattr(value, "needs", ())
        if needs and self._matters(value):
            # All are asked for at once; the request is looked at again when the last has been said.
            missing = self._people.missing(needs)
            waits = [need for need in missing if learning.wait_for(self._received, *need)]
            if waits:
                return Outcome("done", f"waits until Slack has said who {waits[0][1]} is")
            if missing:
                self._people.meet(missing)
            value = self._read()
        doer = _DOERS.get(type(value))
        return doer(self, value) if doer else Outcome("ignored", "not something Warroom follows")

    def _read(self) -> Any:
        return translate(self._received.door, self._received.body, self._own, self._people.name)

    def _matters(self, value: object) -> bool:
        """Most channels are none of ours: what is said there needs no names."""
        if isinstance(value, Line):
            return bool(value.asked) or room_of_channel(self._connection, value.place.channel) is not None
        if isinstance(value, Deleted) and hear.is_here(self._connection, value.place.outside_id):
            return False
        if isinstance(value, Edited | Notice | Deleted | Reacted | Pinned | Joined):
            return room_of_channel(self._connection, channel_of(value)) is not None
        return True

    # --- what is said -----------------------------------------------------------------------------
    def line(self, line: Line) -> Outcome:
        author = self._people.outsider(line.author)
        number = self.said(line, author)
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
        return self.done(number, "a line")

    def groups(self, value: GroupsChanged) -> Outcome:
        learning.forget_groups(self._connection)
        return Outcome("done", "user groups changed")

    # --- commands ---------------------------------------------------------------------------------
    def command(self, command: Command) -> Outcome:
        return self._ask(
            command.line,
            self._people.outsider(command.author),
            team=command.author.team,
            channel=command.channel,
            outside_id=command.outside_id,
            answer_address=command.answer_address,
            trigger=command.trigger,
        )

    def chosen(self, chosen: Chosen) -> Outcome:
        """An entry of a message's menu: a pin, or the typed line that it stands for."""
        if chosen.entry == TIMELINE_ADD and room_of_channel(self._connection, chosen.place.channel) is not None:
            return self.pinned(Pinned(chosen.place, chosen.author, added=True))
        return self._ask(
            menu_line(self._connection, chosen),
            self._people.outsider(chosen.author),
            team=chosen.author.team,
            channel=chosen.place.channel,
            outside_id=chosen.outside_id,
            answer_address=chosen.answer_address,
            trigger=chosen.trigger,
        )

    def filled(self, filled: Filled) -> Outcome:
        reply = fill_in(
            connection=self._connection,
            token=filled.token,
            person=self._people.outsider(filled.author),
            realm=realm_of(filled.author.team),
            values=filled.values,
            ref=filled.ref,
            outside_id=filled.outside_id,
        )
        if reply is None:
            return Outcome("ignored", "a form of somebody else's, or one that was done already")
        return Outcome("done", _told("a form", reply), reply.incident, is_private(reply.incident))

    def _ask(
        self,
        line: str,
        author: Outsider,
        *,
        team: str,
        channel: str,
        outside_id: str,
        answer_address: str,
        trigger: str = "",
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
            trigger=trigger,
        )
        return Outcome("done", _told(line, reply), reply.incident, is_private(reply.incident))

    # --- channels and the app itself --------------------------------------------------------------
    def channel_news(self, value: Joined | Archived | Renamed | ChannelGone | ChannelMoved) -> Outcome:
        return hear_news(self._connection, self._own, self._people, value)

    def home(self, value: HomeOpened) -> Outcome:
        author = self._people.outsider(value.author)
        if author.is_guest or author.is_bot:
            return Outcome("ignored", "the home is for members of this workspace")
        want_home(connection=self._connection, identity=identity_of(realm_of(value.author.team), author))
        return Outcome("done", "somebody looks at the home of the app")

    def person(self, value: PersonChanged) -> Outcome:
        known = Fact.objects.filter(connection=self._connection, about=Fact.USER, key=value.id)
        if not known.exists():
            return Outcome("ignored", "nobody we have met")
        learning.put(self._connection, Fact.USER, value.id, learning.person_of(value.record))
        return Outcome("done", "a person's record changed")

    def revoked(self, value: Revoked) -> Outcome:
        # It may be news of an installation before this one, come late: Slack itself is asked at once.
        in_trouble(self._connection, f"{value.reason} Install it again; what waits goes then.")
        learning.ask_again(self._connection, Fact.SELF)
        return Outcome("done", value.reason)

    def dropped(self, value: Dropped) -> Outcome:
        if value.minute:
            plan(self._connection, moment(f"{value.minute}.0"))
        return Outcome("done", "Slack held back events of this minute; lines may be missing")

    def ping(self, value: Ping) -> Outcome:
        return Outcome("done", "Slack checked the address")

    def unknown(self, value: Unknown) -> Outcome:
        return Outcome("ignored", f"{value.kind}: {value.why}")


def _told(what: str, reply: Reply) -> str:
    """What became of a command, for everybody who looks at the connection.

    What one person alone is answered may be about what only they may see, and a refusal gives back the whole line:
    of those the answer's first words are told.
    """
    if not reply.ok:
        return f"refused: {reply.text.partition(chr(10))[0]}"
    return f"{what} → {reply.text}" if reply.to_everyone else "a command, answered to one person"


def channel_of(value: Any) -> str:
    """The channel that something happened in; "" for what is about none."""
    place = getattr(value, "place", None)
    if place is not None:
        return str(place.channel)
    raw = value.raw if isinstance(value, Unknown) and isinstance(value.raw, dict) else {}
    item = raw.get("item")
    found = getattr(value, "channel", "") or raw.get("channel") or raw.get("channel_id")
    found = found or (item.get("channel") if isinstance(item, dict) else "")
    return str(found.get("id", "")) if isinstance(found, dict) else str(found or "")


_DOERS: dict[type, Callable[[_Hearing, Any], Outcome]] = {
    Line: _Hearing.line,
    Notice: _Hearing.notice,
    Standing: _Hearing.standing,
    GroupsChanged: _Hearing.groups,
    Edited: _Hearing.edited,
    Deleted: _Hearing.deleted,
    Reacted: _Hearing.reacted,
    Pinned: _Hearing.pinned,
    Command: _Hearing.command,
    Chosen: _Hearing.chosen,
    Filled: _Hearing.filled,
    Joined: _Hearing.channel_news,
    Archived: _Hearing.channel_news,
    ChannelGone: _Hearing.channel_news,
    ChannelMoved: _Hearing.channel_news,
    Renamed: _Hearing.channel_news,
    HomeOpened: _Hearing.home,
    PersonChanged: _Hearing.person,
    Revoked: _Hearing.revoked,
    Dropped: _Hearing.dropped,
    Ping: _Hearing.ping,
    Unknown: _Hearing.unknown,
}
