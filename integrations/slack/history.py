"""A message as the channel's history shows it: the line, and what stands with it now.

docs.slack.dev/reference/methods/conversations.history. It is no event: nobody asks for anything by it, and the
reactions are those of the moment of reading.
"""

from dataclasses import replace
from typing import Any

from integrations.slack.emojis import emoji_of
from integrations.slack.messages import translate_message
from integrations.slack.reading import a_ts, an_id, is_an_id, part, read_json, words
from integrations.slack.text import Names
from integrations.slack.values import UNKNOWN, Author, Deleted, Line, Notice, Own, Place, Standing, Unknown, Value

#: where such rows come from; no door of that name exists, so nobody outside can write one
DOOR = "slack/history"


def translate_history(raw: bytes, own: Own, names: Names) -> Value:
    """Say what a message of the history, or its absence, means.

    :raises Unreadable: it could not be understood.
    """
    body = read_json(raw)
    channel, seen = an_id(body, "channel"), a_ts(body, "seen_at")
    if body.get("gone"):
        place = Place(own.team_id, channel, a_ts(body, "gone"))
        return Deleted(place, Author(UNKNOWN, own.team_id), seen)
    message = part(body, "message")
    place = Place(own.team_id, channel, a_ts(message, "ts"))
    if words(message, "subtype") == "tombstone":
        return Deleted(place, Author(UNKNOWN, own.team_id), seen)
    value = translate_message({**message, "type": "message", "channel": channel}, own, "", names)
    reactions = _reactions(message, own)
    people = [("user", user) for _, users, _ in reactions for user in users]
    if isinstance(value, Unknown) and value.why != "our own post":
        return value
    needs = list(dict.fromkeys([*getattr(value, "needs", ()), *people]))
    said = replace(value, asked="") if isinstance(value, Line) else value if isinstance(value, Notice) else None
    return Standing(place, said, reactions, channel in (message.get("pinned_to") or []), seen, needs)


def _reactions(message: dict[str, Any], own: Own) -> list[tuple[str, tuple[str, ...], bool]]:
    """(emoji, people, whether that is all of them): Slack may name only some."""
    found = message.get("reactions")
    reactions = []
    for item in found if isinstance(found, list) else []:
        if not isinstance(item, dict) or not words(item, "name"):
            continue
        users = item.get("users") if isinstance(item.get("users"), list) else []
        known = tuple(user for user in users or [] if is_an_id(user))
        people = tuple(user for user in known if user != own.user_id)
        reactions.append((emoji_of(words(item, "name")), people, len(known) == item.get("count")))
    return reactions
