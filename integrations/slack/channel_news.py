"""What people did to an incident's channel: archived, deleted, renamed it, threw us out, brought somebody in."""

from chatops import notices
from chatops.losing import find_room, lose_room, move_room
from chatops.models import Room
from chatops.rooms import room_of_channel
from chatops.speakers import identity_of
from chatops.whispering import ask_who_takes_over, welcome
from connections.intake import Outcome
from connections.models import Connection
from integrations.slack.people import People, realm_of
from integrations.slack.values import Archived, ChannelGone, ChannelMoved, Joined, Own, Renamed

News = Joined | Archived | Renamed | ChannelGone | ChannelMoved


def hear_news(connection: Connection, own: Own, people: People, value: News) -> Outcome:
    """Say it where it matters. Slack's members get no rights here; Warroom decides who is in."""
    room = room_of_channel(connection, value.channel)
    if room is None:
        return Outcome("ignored", "not a channel of an incident")
    said = _hear(connection, own, people, room, value)
    return Outcome("done", said, room.incident_id, room.incident.is_private)


def _hear(connection: Connection, own: Own, people: People, room: Room, value: News) -> str:
    if isinstance(value, Joined):
        return _joined(connection, own, people, room, value)
    if isinstance(value, Archived):
        return _archived(own, room, value)
    if isinstance(value, ChannelMoved):
        move_room(room, value.new, prefix=f"slack:{own.team_id}")
        return f"the channel has the id {value.new} now"
    if isinstance(value, Renamed):
        Room.objects.filter(pk=room.pk).update(name=value.name)
        words = f"the channel is called {value.name} now"
        notices.hear_channel_news(connection=connection, room_outside_id=value.channel, text=words)
        return words
    lose_room(room, f"In Slack {value.reason}.")
    return value.reason


def _archived(own: Own, room: Room, value: Archived) -> str:
    if value.by == own.user_id:
        return "we archived it" if value.archived else "we brought it back"
    if value.archived:
        lose_room(room, "The channel was archived in Slack.", archived=True)
        return "the channel was archived in Slack"
    find_room(room, "The channel was brought back in Slack.")
    return "the channel was brought back in Slack"


def _joined(connection: Connection, own: Own, people: People, room: Room, value: Joined) -> str:
    if value.author.id == own.user_id:
        if value.joined:
            find_room(room, "The app is in the channel again.")
        return "the app came in" if value.joined else "the app went out"
    identity = identity_of(realm_of(value.author.team), people.outsider(value.author))
    if not value.joined:
        ask_who_takes_over(room=room, identity=identity)
        return "somebody left in Slack"
    welcome(room=room, identity=identity)
    incident = room.incident
    if not incident.is_private or incident.members.filter(user=identity.user, left_at=None).exists():
        return "somebody joined in Slack"
    name = people.outsider(value.author).name or value.author.id
    text = (
        f"{name} was brought into the private channel in Slack. They see nothing of it in Warroom until a member "
        "confirms them: `/incident invite` with their name."
    )
    once = f"slack:{own.team_id}:{value.channel}:stranger:{value.author.id}"
    notices.hear_channel_news(
        connection=connection, room_outside_id=value.channel, text=text, once=once, shown_there=True
    )
    return "somebody who is no member joined in Slack"
