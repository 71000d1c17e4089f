"""The permissions that the app asks Slack for: what each is for, and what is missing without it.

The app's manifest, the Test button, the installing page and the fake Slack of the tests all read this list.
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """One permission. `without`: how it is when the app lacks it; empty where nothing works without it."""

    name: str
    purpose: str
    without: str = ""

    @property
    def is_needed(self) -> bool:
        """Tell whether Warroom refuses to work without it."""
        return not self.without


SCOPES = (
    Scope("app_mentions:read", "hear commands that begin with @warroom"),
    Scope("bookmarks:read", "see the link to the web room at the top of the channel"),
    Scope("bookmarks:write", "put the link to the web room at the top of the channel"),
    Scope("channels:history", "hear what is said in incidents' channels"),
    Scope("channels:join", "come back into a channel it left"),
    Scope("channels:manage", "make, name, archive and bring back incidents' channels"),
    Scope("channels:read", "see the name and the members of a channel"),
    Scope("chat:write", "speak"),
    Scope(
        "chat:write.customize", "show lines under their writer's name", "lines carry their writer's name in the text"
    ),
    Scope("chat:write.public", "announce in a channel without being in it"),
    Scope("commands", "slash commands and the message menu"),
    Scope(
        "files:read", "fetch pictures and files into the timeline", "pictures and files stay links that lead to Slack"
    ),
    Scope("files:write", "hand files from the web room over", "files from the web room go over as links"),
    Scope("groups:history", "hear what is said in private incidents' channels"),
    Scope("groups:read", "see the name and the members of a private channel"),
    Scope("groups:write", "make private incidents' channels"),
    Scope("im:history", "hear commands in direct messages"),
    Scope("im:write", "send somebody a direct message"),
    Scope(
        "metadata.message:read",
        "find its own posts again after a broken connection",
        "a post whose answer was lost may be shown twice",
    ),
    Scope("mpim:write", "speak to a few people at once", "what is for a few people goes to each of them alone"),
    Scope("pins:read", "hear what is pinned"),
    Scope("pins:write", "pin the incident's card"),
    Scope("reactions:read", "hear reactions"),
    Scope("reactions:write", "show that something was done by a reaction"),
    Scope("team:read", "name the workspace"),
    Scope("usergroups:read", "understand user groups as teams", "a user group named in a command is not understood"),
    Scope("users:read", "know people's names"),
    Scope("users:read.email", "find people by their address, to invite them"),
)

NEEDED = tuple(scope.name for scope in SCOPES if scope.is_needed)
USEFUL = {scope.name: scope.without for scope in SCOPES if not scope.is_needed}
NAMES = tuple(scope.name for scope in SCOPES)


def missing(granted: Collection[str]) -> list[Scope]:
    """The permissions that the app asks for and was not given."""
    return [scope for scope in SCOPES if scope.name not in granted]
