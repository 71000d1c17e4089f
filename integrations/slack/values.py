"""What came in from Slack, as neutral values: nothing in them needs Slack's documentation to be read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Own:
    """Who we are in this workspace (from auth.test): how our own posts are told from others'."""

    team_id: str
    user_id: str
    bot_id: str = ""


@dataclass(frozen=True)
class Author:
    """Who did it. `team` is the workspace they belong to; in a shared channel it may be another."""

    id: str
    team: str
    name: str = ""
    is_bot: bool = False


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
    files: Sequence[tuple[str, str]] = ()
    needs: Sequence[tuple[str, str]] = ()
    blocks: Any = None

    @property
    def thread_outside_id(self) -> str:
        if not self.thread_ts:
            return ""
        return Place(self.place.team, self.place.channel, self.thread_ts).outside_id


@dataclass(frozen=True)
class Edited:
    """A line reads differently now."""

    place: Place
    author: Author
    text: str
    edited_ts: str
    needs: Sequence[tuple[str, str]] = ()

    @property
    def at(self) -> datetime:
        return moment(self.edited_ts)

    @property
    def change_id(self) -> str:
        return f"{self.place.outside_id}:edit:{self.edited_ts}"


@dataclass(frozen=True)
class Deleted:
    """A line is gone."""

    place: Place
    author: Author
    deleted_ts: str

    @property
    def at(self) -> datetime:
        return moment(self.deleted_ts)

    @property
    def change_id(self) -> str:
        return f"{self.place.outside_id}:delete"


@dataclass(frozen=True)
class Reacted:
    """A reaction was added or taken away; `emoji` is the character, or `:name:` for the workspace's own."""

    place: Place
    author: Author
    emoji: str
    added: bool
    event_ts: str

    @property
    def change_id(self) -> str:
        what = "react" if self.added else "unreact"
        return f"{self.place.outside_id}:{what}:{self.author.id}:{self.event_ts}"


@dataclass(frozen=True)
class Pinned:
    """A message was pinned or unpinned, or added to the timeline from its menu."""

    place: Place
    author: Author
    added: bool


@dataclass(frozen=True)
class Joined:
    """Somebody came into a channel, or left it."""

    team: str
    channel: str
    author: Author
    joined: bool


@dataclass(frozen=True)
class Archived:
    """A channel was archived, or brought back."""

    team: str
    channel: str
    archived: bool


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
    | Edited
    | Deleted
    | Reacted
    | Pinned
    | Joined
    | Archived
    | Renamed
    | ChannelGone
    | PersonChanged
    | Revoked
    | Dropped
    | Command
    | Ping
    | Unknown
)


def moment(ts: str) -> datetime:
    """The time in a message id such as 1767225600.000100, to the microsecond and without a float.

    :raises ValueError: no time can be made of it.
    """
    seconds, _, fraction = ts.partition(".")
    try:
        whole = datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"no time: {ts[:40]}") from error
    return whole.replace(microsecond=int((fraction + "000000")[:6]))
