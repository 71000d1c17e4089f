"""What the command roots are called in Slack, where some words are taken by Slack itself.

The built-in commands are those of Slack's help page "Use shortcuts in Slack" (slack.com/help/articles/
201259356) and of its older lists. Slack lets an app register such a name and then runs its own command,
so a clash is refused here, before anybody wonders.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

BUILT_IN = frozenset(
    {
        "active", "add", "apps", "archive", "away", "call", "canvas", "close", "collapse", "dm", "dnd", "expand",
        "feed", "feedback", "help", "huddle", "invite", "invite_people", "join", "keys", "kick", "leave", "list", "me",
        "msg", "mute", "open", "part", "prefs", "remind", "remove", "rename", "rooms", "s", "search", "section",
        "shortcuts", "shrug", "star", "status", "tableflip", "todo", "topic", "unarchive", "who", "whois",
    }
)  # fmt: skip
#: what a root is called in Slack where its own name is taken there
DEFAULTS = {"status": "svc"}
#: reached as `/incident help`; Slack has a /help of its own
_NOT_A_COMMAND_OF_ITS_OWN = frozenset({"help"})
_SHAPE = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")
_MOST = 31


@dataclass(frozen=True)
class SlashName:
    """A root and its name in Slack. `name` is empty where it can't have one; `refused` says why not as wished."""

    root: str
    name: str
    refused: str = ""


def slash_names(roots: Iterable[str], called: Mapping[str, str]) -> list[SlashName]:
    """Name each root for Slack.

    :param called: other names for roots, as the setting WARROOM_COMMAND_NAMES gives them.
    """
    found: list[SlashName] = []
    taken: set[str] = set()
    for root in sorted(set(roots) - _NOT_A_COMMAND_OF_ITS_OWN, key=lambda each: (each != "incident", each)):
        wished = called.get(root, DEFAULTS.get(root, root))
        wrong = _wrong(wished, taken)
        instead = next((each for each in (DEFAULTS.get(root, root), root) if not _wrong(each, taken)), "")
        name = wished if not wrong else instead
        found.append(SlashName(root, name, _refusal(wished, wrong, root, name)))
        taken |= {name} - {""}
    return found


def _wrong(name: str, taken: set[str]) -> str:
    if name in BUILT_IN:
        return "is Slack's own command"
    if not _SHAPE.fullmatch(name):
        return f"is no name for a command in Slack: at most {_MOST} small letters, digits, - and _"
    if name in taken:
        return "is the name of another of our commands"
    return ""


def _refusal(wished: str, wrong: str, root: str, name: str) -> str:
    if not wrong:
        return ""
    if name:
        change = f"take {root}={wished} out of" if name == root else f"write {root}={name} in"
        return f"/{wished} {wrong}. In Slack it is /{name} instead; {change} WARROOM_COMMAND_NAMES."
    return (
        f"/{wished} {wrong}. There is no /{wished} of ours in Slack: /incident {root} reaches it. To have one, "
        f"choose a name in WARROOM_COMMAND_NAMES, such as {root}=wr-{root}."
    )
