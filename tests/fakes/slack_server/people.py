"""What people do in the workspace. Each puts the event (or request) it causes into the outbox."""

import json
import re
from typing import Any

from tests.fakes.slack_server import chat, conversations
from tests.fakes.slack_server.forms import button_of
from tests.fakes.slack_server.hosting import Hosted
from tests.fakes.slack_server.outbox import Outbox, Parcel, event_parcel, form_parcel
from tests.fakes.slack_server.world import Channel, Message, Person, World

_MENTION = re.compile(r"<@(\w+)(?:\|[^>]*)?>")


class People:
    """The hands of the people, for tests: `slack.say(channel, ada, "db is down")`."""

    world: World
    outbox: Outbox
    address: str
    _events: int

    def person(self, name: str, email: str = "", **flags: bool) -> Person:
        """Somebody new; flags: is_bot, is_guest, is_gone."""
        email = email or f"{name.lower()}@example.com"
        person = Person(self.world.new_id("U"), name, email, team=self.world.team_id, **flags)
        self.world.people[person.id] = person
        return person

    def channel(self, name: str, *members: Person, is_private: bool = False, with_bot: bool = True) -> Channel:
        """A channel made by people."""
        creator = members[0].id if members else self.world.bot.id
        channel = self.world.make_channel(name, creator, is_private=is_private)
        wanted = [creator, *[person.id for person in members], *([self.world.bot.id] if with_bot else [])]
        channel.members = list(dict.fromkeys(wanted))
        return channel

    def direct(self, person: Person) -> Channel:
        """The direct conversation of a person with our bot."""
        wanted = {person.id, self.world.bot.id}
        for known in self.world.channels.values():
            if known.is_im and set(known.members) == wanted:
                return known
        channel = self.world.make_channel("", person.id, is_im=True)
        channel.members.append(self.world.bot.id)
        return channel

    def say(self, channel: Channel, person: Person, text: str, *, thread: str = "", **extra: Any) -> Parcel:
        """A line; a mention of our bot is delivered a second time as app_mention, as Slack does."""
        extra.setdefault("blocks", rich_text(text))
        extra = {key: value for key, value in extra.items() if value}
        if person.is_bot:
            extra |= {"bot_id": "B" + person.id[1:], "app_id": "A" + person.id[1:]}
        else:
            extra |= {"client_msg_id": self.world.new_id("m"), "team": person.team}
        message = self.world.put_message(channel, person.id, text, thread, **extra)
        said = self.outbox.parcels[-1]
        if f"<@{self.world.bot.id}" in text and not channel.is_im:
            mention = {**message.as_json(), "type": "app_mention", "channel": channel.id, "event_ts": message.ts}
            self.world.emit(mention, channel)
        return said

    def reply(self, channel: Channel, person: Person, parent: str, text: str) -> Parcel:
        """A line in the thread of the message with ts `parent`."""
        return self.say(channel, person, text, thread=parent)

    def share(
        self,
        channel: Channel,
        person: Person,
        name: str,
        content: bytes,
        mimetype: str = "application/octet-stream",
        *,
        text: str = "",
        thread: str = "",
    ) -> Parcel:
        """A file, with or without words."""
        hosted = Hosted(self.world.new_id("F"), name, mimetype, content, person.id)
        self.world.files[hosted.id] = hosted
        files = [hosted.as_json(self.world.address)]
        return self.say(channel, person, text, thread=thread, subtype="file_share", files=files)

    def edit(self, channel: Channel, ts: str, text: str) -> Parcel:
        """The author changes their line."""
        message = channel.messages[ts]
        self.world.put_edit(channel, message, editor=message.user, text=text, blocks=rich_text(text))
        return self.outbox.parcels[-1]

    def unfurl(self, channel: Channel, ts: str) -> Parcel:
        """Slack adds a preview: message_changed without a new `edited`."""
        self.world.put_edit(channel, channel.messages[ts], attachments=[{"title": "preview"}])
        return self.outbox.parcels[-1]

    def delete(self, channel: Channel, ts: str) -> Parcel:
        self.world.put_deletion(channel, channel.messages[ts])
        return self.outbox.parcels[-1]

    def react(self, channel: Channel, person: Person, ts: str, name: str, *, on: bool = True) -> Parcel:
        chat.set_reaction(self.world, channel, channel.messages[ts], person.id, name, on=on)
        return self.outbox.parcels[-1]

    def pin(self, channel: Channel, person: Person, ts: str, *, on: bool = True) -> Parcel:
        chat.set_pinned(self.world, channel, channel.messages[ts], person.id, pinned=on)
        return self.outbox.parcels[-1]

    def join(self, channel: Channel, person: Person) -> Parcel:
        channel.members.append(person.id)
        conversations.joined(self.world, channel, person.id)
        return self.outbox.parcels[-1]

    def leave(self, channel: Channel, person: Person) -> Parcel:
        channel.members.remove(person.id)
        event = {"type": "member_left_channel", "user": person.id, "channel": channel.id, "team": self.world.team_id}
        self.world.emit({**event, "event_ts": self.world.new_ts()}, channel)
        return self.outbox.parcels[-1]

    def rename(self, channel: Channel, name: str, by: Person | None = None) -> Parcel:
        conversations.rename_channel(self.world, channel, name, by.id if by else channel.creator)
        return self.outbox.parcels[-1]

    def archive(self, channel: Channel, person: Person) -> Parcel:
        conversations.set_archived(self.world, channel, person.id, archived=True)
        return self.outbox.parcels[-1]

    def unarchive(self, channel: Channel, person: Person) -> Parcel:
        conversations.set_archived(self.world, channel, person.id, archived=False)
        return self.outbox.parcels[-1]

    def delete_channel(self, channel: Channel, person: Person) -> Parcel:
        """Gone for good: nobody finds it any more."""
        kind = "group_deleted" if channel.is_private else "channel_deleted"
        self.world.emit(
            {"type": kind, "channel": channel.id, "actor_id": person.id, "event_ts": self.world.new_ts()}, channel
        )
        del self.world.channels[channel.id]
        return self.outbox.parcels[-1]

    def change_id(self, channel: Channel) -> Parcel:
        """Slack gives the channel another id, as when it becomes a shared one."""
        old, new = channel.id, self.world.new_id("C")
        self.world.channels[new] = self.world.channels.pop(old)
        channel.id = new
        return self.event({"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": new})

    def invite(self, channel: Channel, person: Person, by: Person) -> Parcel:
        """Somebody brings somebody in."""
        channel.members.append(person.id)
        conversations.joined(self.world, channel, person.id, inviter=by.id)
        return self.outbox.parcels[-1]

    def remove_bot(self, channel: Channel) -> Parcel:
        """Somebody throws our app out of the channel."""
        kind = "group_left" if channel.is_private else "channel_left"
        self.world.emit({"type": kind, "channel": channel.id, "event_ts": self.world.new_ts()}, channel)
        channel.members.remove(self.world.bot.id)
        return self.outbox.parcels[-1]

    def change_person(self, person: Person) -> Parcel:
        """Tell the app that a person's data changed (change the person first)."""
        event = {"type": "user_change", "user": person.as_json(), "cache_ts": int(self.world.now())}
        return self.event({**event, "event_ts": self.world.new_ts()})

    def event(self, event: dict[str, Any], **envelope: Any) -> Parcel:
        """Any event, in the envelope that events come in; `envelope` overrides its fields."""
        parcel = event_parcel(self.envelope(event) | envelope)
        self.outbox.put(parcel)
        return parcel

    def envelope(self, event: dict[str, Any]) -> dict[str, Any]:
        world = self.world
        self._events += 1
        who = {"enterprise_id": None, "team_id": world.team_id, "user_id": world.bot.id}
        return {
            "token": "not-to-be-trusted",
            "team_id": world.team_id,
            "api_app_id": world.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{self._events:010d}",
            "event_time": int(world.now()),
            "authorizations": [{**who, "is_bot": True, "is_enterprise_install": False}],
            "is_ext_shared_channel": False,
        }

    def outer(self, **fields: Any) -> Parcel:
        """A request that is no event_callback: url_verification, app_rate_limited."""
        parcel = event_parcel({"token": "not-to-be-trusted", **fields})
        self.outbox.put(parcel)
        return parcel

    def command(self, channel: Channel, person: Person, line: str, **fields: str) -> Parcel:
        """A slash command as typed: `/incident create Checkout 5xx`."""
        command, _, text = line.partition(" ")
        trigger = self.world.new_trigger(person.id)
        values = {
            "token": "not-to-be-trusted",
            "team_id": self.world.team_id,
            "team_domain": "example",
            "channel_id": channel.id,
            "channel_name": channel.name or "directmessage",
            "user_id": person.id,
            "user_name": person.name.lower(),
            "command": command,
            "text": text,
            "api_app_id": self.world.app_id,
            "is_enterprise_install": "false",
            "response_url": self.response_address(),
            "trigger_id": trigger,
        }
        parcel = form_parcel("commands", values | fields)
        self.outbox.put(parcel)
        return parcel

    def press(self, channel: Channel, person: Person, message: Message, label: str) -> Parcel:
        """Click the button with this label on a message."""
        element = button_of(message, label)
        action = {key: element[key] for key in ("action_id", "value", "type") if key in element}
        return self.interact(
            "block_actions",
            person,
            channel={"id": channel.id, "name": channel.name},
            container={"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": False},
            message=message.as_json(),
            response_url=self.response_address(),
            actions=[{**action, "block_id": "b", "action_ts": self.world.new_ts()}],
        )

    def interact(self, kind: str, person: Person, **fields: Any) -> Parcel:
        """Any interaction: view_submission, message_action, shortcut ..."""
        payload = {
            "type": kind,
            "team": {"id": self.world.team_id, "domain": "example"},
            "enterprise": None,
            "is_enterprise_install": False,
            "user": {"id": person.id, "username": person.name.lower(), "name": person.name, "team_id": person.team},
            "api_app_id": self.world.app_id,
            "token": "not-to-be-trusted",
            "trigger_id": self.world.new_trigger(person.id),
            **fields,
        }
        parcel = form_parcel("interactions", {"payload": json.dumps(payload)})
        self.outbox.put(parcel)
        return parcel

    def response_address(self) -> str:
        """A fresh response_url of this fake."""
        return f"{self.address}/response/{self.world.new_id('r')}"


def rich_text(text: str) -> list[dict[str, Any]]:
    """The block that a person's plain line carries; none where the line has marks of its own."""
    if not text or re.search(r"[*_~`&<>]", _MENTION.sub("", text)):
        return []
    elements: list[dict[str, Any]] = []
    position = 0
    for found in _MENTION.finditer(text):
        if found.start() > position:
            elements.append({"type": "text", "text": text[position : found.start()]})
        elements.append({"type": "user", "user_id": found[1]})
        position = found.end()
    if position < len(text):
        elements.append({"type": "text", "text": text[position:]})
    return [{"type": "rich_text", "block_id": "x", "elements": [{"type": "rich_text_section", "elements": elements}]}]
