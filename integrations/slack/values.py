"""What came in from Slack, as neutral values: nothing in them needs Slack's documentation to be read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.slack.moments import moment

#: in place of the id of somebody whom Slack does not name
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Own:
    """Who we are in this workspace (from auth.test): how our own posts are told from others'."""

    team_id: str
    user_id: str
    bot_id: str = ""
    #: the workspace's address, for links to messages
    url: str = ""


@dataclass(frozen=True)
class Author:
    """Who did it. `team` is the workspace they belong to; in a shared channel it may be another."""

    id: str
    team: str
    name: str = ""
    is_bot: bool = False

    @property
    def needs(self) -> Sequence[tuple[str, str]]:
        """Who they are has to be known, or they count as a guest without a name. Bots say it themselves."""
        return [] if self.is_bot or self.id == UNKNOWN else [("user", self.id)]


class _BySomebody:
    """Somebody did it, and has to be known."""

    author: Author

    @property
    def needs(self) -> Sequence[tuple[str, str]]:
        return self.author.needs


@dataclass(frozen=True)
class Place:
    """A message: unique by workspace, channel and time together."""

    team: str
    channel: str
    ts: str

    @property
    def outside_id(self) -> str:
        return f"slack:{self.team}:{self.channel}:{self.ts}"

    @property
    def at(self) -> datetime:
        return moment(self.ts)

    def link(self, workspace: str, thread_ts: str = "") -> str:
        """The message's address in Slack (what chat.getPermalink would say), or "" without the workspace's."""
        if not workspace.startswith("https://"):
            return ""
        page = f"{workspace.rstrip('/')}/archives/{self.channel}/p{self.ts.replace('.', '')}"
        return f"{page}?thread_ts={thread_ts}&cid={self.channel}" if thread_ts else page

    def thread_outside_id(self, thread_ts: str) -> str:
        """The outside id of the message that starts this message's thread; "" without a thread."""
        return Place(self.team, self.channel, thread_ts).outside_id if thread_ts not in ("", self.ts) else ""


@dataclass(frozen=True)
class Wording:
    """One edit of a line: an id that is the same wherever it is told, and its time."""

    change_id: str
    at: datetime


@dataclass(frozen=True)
class SharedFile:
    """A file of a message: its page, and the address of its bytes ("" when Slack has to be asked)."""

    id: str
    name: str
    url: str = ""
    download: str = ""
    size: int = 0


@dataclass(frozen=True)
class Line:
    """Somebody wrote a line. `text` is markdown; `asked` is what was asked of our app, by a mention at the
    start or in a direct message ("" when nothing was)."""

    place: Place
    author: Author
    text: str
    asked: str = ""
    thread_ts: str = ""
    is_direct: bool = False
    files: Sequence[SharedFile] = ()
    needs: Sequence[tuple[str, str]] = ()
    blocks: Any = None
    reads: Wording | None = None
    is_broadcast: bool = False

    @property
    def thread_outside_id(self) -> str:
        return self.place.thread_outside_id(self.thread_ts)


@dataclass(frozen=True)
class Notice:
    """Slack itself says something in the channel: somebody joined, the topic changed, a huddle began."""

    place: Place
    text: str
    needs: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class GroupsChanged:
    """User groups were made, changed or renamed."""

    team: str


@dataclass(frozen=True)
class Edited:
    """A line reads differently now. `at` is when we were told: Slack gives the edit itself whole seconds.

    `before` is how it read until then ("" when Slack does not say); `before_reads` names the edit that
    wording came from, if it was not the first.
    """

    place: Place
    author: Author
    text: str
    wording: Wording
    thread_ts: str = ""
    before: str = ""
    before_reads: Wording | None = None
    needs: Sequence[tuple[str, str]] = ()
    files: Sequence[SharedFile] = ()
    is_broadcast: bool = False

    @property
    def thread_outside_id(self) -> str:
        return self.place.thread_outside_id(self.thread_ts)


@dataclass(frozen=True)
class Deleted(_BySomebody):
    """A line is gone."""

    place: Place
    author: Author
    deleted_ts: str
    thread_ts: str = ""

    @property
    def thread_outside_id(self) -> str:
        return self.place.thread_outside_id(self.thread_ts)

    @property
    def at(self) -> datetime:
        return moment(self.deleted_ts)

    @property
    def change_id(self) -> str:
        return f"{self.place.outside_id}:delete"


@dataclass(frozen=True)
class Reacted(_BySomebody):
    """A reaction was added or taken away; `emoji` is the character, or `:name:` for the workspace's own."""

    place: Place
    author: Author
    emoji: str
    added: bool
    event_ts: str

    @property
    def at(self) -> datetime:
        return moment(self.event_ts)

    @property
    def change_id(self) -> str:
        what = "react" if self.added else "unreact"
        return f"{self.place.outside_id}:{what}:{self.author.id}:{self.event_ts}"


@dataclass(frozen=True)
class Pinned(_BySomebody):
    """A message was pinned or unpinned, or added to the timeline from its menu (then without a time)."""

    place: Place
    author: Author
    added: bool
    event_ts: str = ""

    @property
    def at(self) -> datetime | None:
        return moment(self.event_ts) if self.event_ts else None

    @property
    def change_id(self) -> str:
        what = "pin" if self.added else "unpin"
        return f"{self.place.outside_id}:{what}:{self.author.id}:{self.event_ts}" if self.event_ts else ""


@dataclass(frozen=True)
class Standing:
    """How a message stands in the channel's history. `said` is None for a post of ours.

    `reactions`: emoji, people, and whether those are all.
    """

    place: Place
    said: Line | Notice | None
    reactions: Sequence[tuple[str, Sequence[str], bool]]
    is_pinned: bool
    seen_ts: str
    needs: Sequence[tuple[str, str]] = ()

    @property
    def at(self) -> datetime:
        return moment(self.seen_ts)


@dataclass(frozen=True)
class Joined(_BySomebody):
    """Somebody came into a channel, or left it."""

    team: str
    channel: str
    author: Author
    joined: bool


@dataclass(frozen=True)
class Archived:
    """A channel was archived, or brought back; `by` is who did it."""

    team: str
    channel: str
    archived: bool
    by: str = ""


@dataclass(frozen=True)
class Renamed:
    """A channel has another name."""

    team: str
    channel: str
    name: str


@dataclass(frozen=True)
class ChannelGone:
    """We can't use the channel any more: it was deleted, or our app was removed from it."""

    team: str
    channel: str
    reason: str


@dataclass(frozen=True)
class ChannelMoved:
    """Slack gave a channel another id."""

    team: str
    channel: str
    new: str


@dataclass(frozen=True)
class PersonChanged:
    """Slack's record of a person changed."""

    team: str
    id: str
    record: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Revoked:
    """The app was uninstalled, or its token taken away."""

    team: str
    reason: str


@dataclass(frozen=True)
class Dropped:
    """Slack held back events of this minute (unix seconds): what happened then has to be fetched."""

    team: str
    minute: int


@dataclass(frozen=True)
class Command:
    """A typed command, or a button that stands for one."""

    team: str
    channel: str
    author: Author
    line: str
    outside_id: str
    answer_address: str = ""
    needs: Sequence[tuple[str, str]] = ()
    trigger: str = ""


@dataclass(frozen=True)
class Chosen:
    """An entry of a message's menu. `text` is what the message says, as plain words."""

    place: Place
    author: Author
    entry: str
    text: str
    outside_id: str
    trigger: str = ""
    answer_address: str = ""
    needs: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Filled:
    """A form was sent. `token` is our name of the form, `ref` of what stands in its place now."""

    author: Author
    token: str
    values: dict[str, list[str]] = field(hash=False)
    ref: str
    outside_id: str
    needs: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class HomeOpened:
    """Somebody looks at our app's home."""

    team: str
    author: Author
    needs: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Ping:
    """Slack asks whether we are there; it was answered at the door."""


@dataclass(frozen=True)
class Unknown:
    """Nothing that we do something with; `why` says so in words."""

    kind: str
    why: str = "not something Warroom follows"
    raw: Any = field(default=None, compare=False)


Value = (
    Line
    | Notice
    | Standing
    | GroupsChanged
    | Edited
    | Deleted
    | Reacted
    | Pinned
    | Joined
    | Archived
    | Renamed
    | ChannelGone
    | ChannelMoved
    | PersonChanged
    | Revoked
    | Dropped
    | Command
    | Chosen
    | Filled
    | HomeOpened
    | Ping
    | Unknown
)
