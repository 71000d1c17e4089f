"""The chat port: what a chat that is sent to must be able to do.

Vendors implement `ChatPort` in their folder and register it with `register_chat(kind, factory)`. The
values here are the core's; a vendor folder draws them its own way. Every method may raise
`common.errors.PartnerTrouble`; none is called inside a transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from connections.models import Connection

if TYPE_CHECKING:
    from chatops.dialogs import Dialog

#: code of the trouble when a dialog can't be shown (any more): too late to open it, or it was closed
DIALOG_GONE = "dialog_gone"


@dataclass(frozen=True)
class Made:
    """A channel that exists now."""

    outside_id: str
    name: str
    url: str = ""


@dataclass(frozen=True)
class Button:
    """A button on a card: either a link, or a typed command (`command` is what it runs)."""

    label: str
    command: str = ""
    url: str = ""
    style: str = ""


@dataclass(frozen=True)
class Card:
    """A living message: a title, facts in order, and at most eight buttons. Text is plain or markdown."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    text: str = ""
    buttons: Sequence[Button] = ()
    severity: int | None = None


@dataclass(frozen=True)
class Post:
    """One thing to show in a channel.

    `text` is markdown and complete by itself; `card` is the richer form. `author` is shown as the writer
    of a person's line; `at` is set when it happened noticeably earlier (carried over after an outage).
    `names`: words of the text, such as `@ada` and `#inc-1`, and the chat's own ids of whom they mean.
    `picture` is the address of the author's face, where the outside can reach it.
    `marker` is a stable id by which an unclear send is found again. `thread_ref` is the post it answers.
    """

    marker: str
    text: str
    author: str = ""
    picture: str = ""
    at: datetime | None = None
    card: Card | None = None
    thread_ref: str = ""
    files: Sequence[tuple[str, str]] = field(default_factory=tuple)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FileToShare:
    """A file with its bytes, and the words for who can't see it."""

    name: str
    alt: str
    content: bytes


@dataclass(frozen=True)
class Invited:
    """Who could not be invited, with the reason; everybody else is in."""

    failed: Sequence[tuple[str, str]] = ()


class ChatPort(Protocol):
    """One connected chat. Ids are the chat's own, opaque to the core."""

    def pace(self) -> timedelta:
        """Least time between two posts in one channel."""
        ...

    def create_room(self, name: str, *, is_private: bool, marker: str, look_first: bool) -> Made:
        """Make a channel. A taken name gets a suffix. `look_first`: an earlier try may have made it, so
        search what the bot itself made (by `marker`) before making another."""
        ...

    def realm(self) -> str:
        """Where the ids of its people are unique: they are linked as (realm, id)."""
        ...

    def set_topic(self, room: str, text: str) -> None: ...

    def invite(self, room: str, people: Sequence[str]) -> Invited:
        """Bring people (outside ids) in; those already in are fine."""
        ...

    def remove(self, room: str, person: str) -> None:
        """Take somebody out; one who is not in is fine."""
        ...

    def pin(self, room: str, ref: str) -> None: ...

    def bookmark(self, room: str, title: str, url: str) -> None: ...

    def archive(self, room: str) -> None: ...

    def unarchive(self, room: str) -> None: ...

    def post(self, room: str, post: Post) -> str:
        """Show it; returns the chat's id of the message."""
        ...

    def find_post(self, room: str, marker: str, since: datetime, thread_ref: str = "") -> str:
        """Return the id of our post with this marker, or "" when it isn't there. `thread_ref`: it can only be
        an answer to this post."""
        ...

    def edit(self, room: str, ref: str, post: Post) -> None: ...

    def delete(self, room: str, ref: str) -> None:
        """Take a post of ours away; one that is gone already is fine."""
        ...

    def share_file(self, room: str, thread_ref: str, file: FileToShare, *, look_first: bool) -> None:
        """Hand a file over, into the thread of a post of ours. A chat that takes none does nothing: the post has
        its link. `look_first`: an earlier try may have shared it."""
        ...

    def react(self, room: str, ref: str, emoji: str, *, on: bool) -> None:
        """Put our one reaction under a message, or take it away. It was so already, the message is gone, or the
        chat has no such emoji: all fine."""
        ...

    def answer(self, address: str, text: str, *, to_everyone: bool, card: Card | None = None) -> None:
        """Answer a command at its reply address (Slack: response_url)."""
        ...

    def unanswer(self, address: str) -> None:
        """Take away what stands where the answer would go ("Working on it…")."""
        ...

    def open_dialog(self, trigger: str, dialog: "Dialog") -> str:
        """Open a form in front of whoever gave this trigger; returns the chat's id of it.

        :raises PartnerTrouble: with the code `DIALOG_GONE` when it is too late.
        """
        ...

    def update_dialog(self, ref: str, dialog: "Dialog") -> None:
        """Show something else in its place.

        :raises PartnerTrouble: with the code `DIALOG_GONE` when it is not there (yet, or any more).
        """
        ...

    def whisper(self, room: str, person: str, post: Post) -> None:
        """Say something in the room that one person alone sees. Who is not there is not told: that is fine."""
        ...

    def tell(self, person: str, post: Post, *, since: datetime | None = None) -> str:
        """Send a direct message; returns its id. `since`: it may have been sent since then, so look first."""
        ...

    def find_told(self, person: str, marker: str, since: datetime) -> str:
        """Return our direct message with this marker, or "" when none was sent since."""
        ...

    def retell(self, person: str, ref: str, post: Post) -> None:
        """Show something else in the place of a direct message of ours. One that is gone is fine."""
        ...

    def show_home(self, person: str, cards: Sequence[Card]) -> None:
        """Show these cards on the home of our app, for one person; chats without homes do nothing."""
        ...

    def people_by_email(self, emails: Sequence[str]) -> dict[str, str]:
        """Map e-mail addresses to outside ids; unknown ones are left out."""
        ...


ChatFactory = Callable[[Connection], ChatPort]
_chats: dict[str, ChatFactory] = {}


def register_chat(kind: str, factory: ChatFactory) -> None:
    """Say how to speak with a kind of connection."""
    _chats[kind] = factory


def chat_kinds() -> list[str]:
    """The kinds of connection that are chats we send to."""
    return sorted(_chats)


def chat_for(connection: Connection) -> ChatPort:
    """Return the port of a connection.

    :raises KeyError: when its integration is not installed.
    """
    return _chats[connection.kind](connection)
