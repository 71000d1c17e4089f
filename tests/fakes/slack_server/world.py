"""The workspace that the fake keeps: people, channels, messages. Plain values behind one lock.

Shapes of channel, message and user follow Slack's published API description; behaviours come from its
method pages (docs.slack.dev/reference/methods).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack_server.modals import Views


class Refusal(Exception):
    """Slack says `ok: false`."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


@dataclass
class Person:
    """Somebody of the workspace (or a bot, or a guest)."""

    id: str
    name: str
    email: str = ""
    is_bot: bool = False
    is_guest: bool = False
    is_gone: bool = False
    team: str = ""
    is_confirmed: bool = True

    def as_json(self) -> dict[str, Any]:
        profile: dict[str, Any] = {"real_name": self.name, "display_name": self.name}
        profile |= {f"image_{size}": f"https://avatars.slack.test/{self.id}_{size}.png" for size in (48, 192)}
        if self.email:
            profile["email"] = self.email
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name.lower(),
            "real_name": self.name,
            "deleted": self.is_gone,
            "is_bot": self.is_bot,
            "is_restricted": self.is_guest,
            "is_ultra_restricted": False,
            "is_app_user": False,
            "is_email_confirmed": self.is_confirmed,
            "tz": "Europe/Berlin",
            "is_admin": False,
            "profile": profile,
        }


@dataclass
class Message:
    """One message; `extra` holds what the API shows as it was given (blocks, metadata, subtype ...)."""

    ts: str
    user: str
    text: str
    thread_ts: str = ""
    edited_ts: str = ""
    is_ours: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self, *, with_metadata: bool = True) -> dict[str, Any]:
        value: dict[str, Any] = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        value.update({k: v for k, v in self.extra.items() if with_metadata or k != "metadata"})
        if self.thread_ts:
            value["thread_ts"] = self.thread_ts
        if self.edited_ts:
            value["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.reactions:
            value["reactions"] = [
                {"name": name, "users": users, "count": len(users)} for name, users in self.reactions.items()
            ]
        return value


@dataclass
class Channel:
    """A channel, a private channel or a direct message."""

    id: str
    name: str
    creator: str
    created: int
    is_private: bool = False
    is_im: bool = False
    is_archived: bool = False
    topic: str = ""
    purpose: str = ""
    members: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    pins: list[str] = field(default_factory=list)
    bookmarks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "im" if self.is_im else "group" if self.is_private else "channel"

    def as_json(self, reader: str) -> dict[str, Any]:
        """As `reader` is shown it."""
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private and not self.is_im,
            "is_group": self.is_private,
            "is_im": self.is_im,
            "is_mpim": False,
            "is_member": reader in self.members,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_general": False,
            "created": self.created,
            "creator": self.creator,
            "topic": {"value": self.topic, "creator": self.creator, "last_set": 0},
            "purpose": {"value": self.purpose, "creator": self.creator, "last_set": 0},
            "num_members": len(self.members),
        }

    def replies(self, ts: str) -> list[Message]:
        """The parent and its replies, oldest first."""
        return [m for m in self.in_order() if ts in (m.ts, m.thread_ts)]

    def in_order(self) -> list[Message]:
        return sorted(self.messages.values(), key=lambda message: message.ts)


class World:
    """One workspace with our app in it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.offset = 0.0
        self.team_id, self.app_id = "T0WARROOM1", "A0WARROOM1"
        self.url = "https://example.slack.test/"
        self.bot = Person("U0WARROOM1", "warroom", is_bot=True, team=self.team_id)
        self.bot_id = "B0WARROOM1"
        self.people: dict[str, Person] = {self.bot.id: self.bot}
        self.channels: dict[str, Channel] = {}
        #: Socket Mode (sockets.Sockets), where the app has it
        self.sockets: Any = None
        self.tokens: dict[str, str] = {}
        #: codes of OAuth that somebody's Allow gave (oauth.Code)
        self.codes: dict[str, Any] = {}
        self.scopes: set[str] = set()
        #: user groups by id, as the API shows them
        self.groups: dict[str, dict[str, Any]] = {}
        #: hosted files by id, and the address they are read from (hosting.py)
        self.files: dict[str, Any] = {}
        self.address = ""
        self.emit: Callable[[dict[str, Any], Channel | None], None] = lambda event, channel: None
        self.views = Views()
        self._count = 0
        self._last_ts = 0

    def now(self) -> float:
        """The workspace's time; tests move it with `offset`."""
        return time.time() + self.offset

    def new_id(self, letter: str) -> str:
        with self.lock:
            self._count += 1
            return f"{letter}0{self._count:08d}"

    def new_trigger(self, person: str) -> str:
        """A trigger: the leave to open one view in front of this person, soon."""
        trigger = self.new_id("trigger.")
        self.views.triggers[trigger] = (person, self.now())
        return trigger

    def new_ts(self) -> str:
        """A message time that is unique and rising, like 1767225600.000100."""
        with self.lock:
            self._last_ts = max(self._last_ts + 1, int(self.now() * 1_000_000))
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def person(self, id_: str, code: str = "user_not_found") -> Person:
        """:raises Refusal: nobody has this id."""
        person = self.people.get(id_)
        if person is None:
            raise Refusal(code)
        return person

    def channel(self, id_: str, *, as_member: bool = False, alive: bool = False) -> Channel:
        """The channel as our app sees it; a private one it isn't in does not exist for it.

        :raises Refusal: channel_not_found, is_archived, not_in_channel.
        """
        channel = self.channels.get(id_)
        if channel is None or (channel.is_private and self.bot.id not in channel.members):
            raise Refusal("channel_not_found")
        if alive and channel.is_archived:
            raise Refusal("is_archived")
        if as_member and self.bot.id not in channel.members:
            raise Refusal("not_in_channel")
        return channel

    def message(self, channel: Channel, ts: str, code: str = "message_not_found") -> Message:
        """:raises Refusal: there is no such message."""
        message = channel.messages.get(ts)
        if message is None:
            raise Refusal(code)
        return message

    def make_channel(self, name: str, creator: str, *, is_private: bool = False, is_im: bool = False) -> Channel:
        """:raises Refusal: the name is taken, also by an archived channel."""
        with self.lock:
            if any(channel.name == name for channel in self.channels.values() if name):
                raise Refusal("name_taken")
            channel = Channel(
                id=self.new_id("D" if is_im else "C"),
                name=name,
                creator=creator,
                created=int(self.now()),
                is_private=is_private,
                is_im=is_im,
                members=[creator],
            )
            self.channels[channel.id] = channel
            return channel

    def put_message(self, channel: Channel, user: str, text: str, thread_ts: str = "", **extra: Any) -> Message:
        """Add a message and tell the app about it."""
        with self.lock:
            ts = self.new_ts()
            message = Message(ts, user, text, thread_ts, is_ours=user == self.bot.id, extra=extra)
            channel.messages[ts] = message
            event = {**message.as_json(), "channel": channel.id, "channel_type": channel.kind, "event_ts": ts}
            if thread_ts:
                parent = channel.messages.get(thread_ts)
                event["parent_user_id"] = parent.user if parent else user
            self.emit(event, channel)
            return message

    def put_edit(self, channel: Channel, message: Message, editor: str = "", **changes: Any) -> None:
        """Change a message and tell the app: a real edit carries `edited`, an unfurl does not."""
        with self.lock:
            before = message.as_json()
            if "text" in changes:
                message.text = changes.pop("text")
            message.extra.update(changes)
            if editor:
                # Slack gives the time of an edit in whole seconds.
                message.edited_ts = f"{self.new_ts().split('.')[0]}.000000"
            ts = self.new_ts()
            self.emit(
                {
                    "type": "message",
                    "subtype": "message_changed",
                    "hidden": True,
                    "channel": channel.id,
                    "channel_type": channel.kind,
                    "ts": ts,
                    "event_ts": ts,
                    "message": message.as_json(),
                    "previous_message": before,
                },
                channel,
            )

    def put_deletion(self, channel: Channel, message: Message) -> None:
        """Take a message away; a parent with replies leaves a tombstone (seen as message_changed)."""
        with self.lock:
            ts = self.new_ts()
            base = {"type": "message", "hidden": True, "channel": channel.id, "channel_type": channel.kind}
            if len(channel.replies(message.ts)) > 1:
                before = message.as_json()
                message.text = "This message was deleted."
                message.extra = {"subtype": "tombstone", "hidden": True}
                event = {"subtype": "message_changed", "message": message.as_json(), "previous_message": before}
            else:
                del channel.messages[message.ts]
                event = {
                    "subtype": "message_deleted",
                    "deleted_ts": message.ts,
                    "previous_message": message.as_json(),
                }
            if message.ts in channel.pins:
                channel.pins.remove(message.ts)
            self.emit({**base, **event, "ts": ts, "event_ts": ts}, channel)
