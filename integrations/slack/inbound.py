"""From a stored request to a neutral value. Pure: bytes in, value out; nothing is asked of anybody.

Events, commands and interactions as described under docs.slack.dev/apis/events-api,
docs.slack.dev/interactivity/implementing-slash-commands and docs.slack.dev/reference/interaction-payloads.
"""

from collections.abc import Callable
from typing import Any

from connections.intake import Unreadable
from integrations.slack import messages
from integrations.slack.blocks import is_command
from integrations.slack.emojis import emoji_of
from integrations.slack.reading import a_ts, an_id, maybe_id, part, read_form, read_json, words
from integrations.slack.text import Names, mentioned, nobody, one_word, to_plain
from integrations.slack.values import (
    Archived,
    Author,
    ChannelGone,
    Command,
    Dropped,
    Joined,
    Own,
    PersonChanged,
    Ping,
    Pinned,
    Place,
    Reacted,
    Renamed,
    Revoked,
    Unknown,
    Value,
)

#: what the message menu entry "Add to timeline" calls itself
TIMELINE_ENTRY = "timeline_add"


def translate(door: str, raw: bytes, own: Own, names: Names = nobody) -> Value:
    """Say what a request is about.

    :param door: events, commands or interactions, with or without a path before it.
    :param names: gives the names of the people and channels that texts mention.
    :raises Unreadable: it could not be understood.
    """
    entrance = door.rsplit("/", 1)[-1]
    if entrance == "events":
        return _outer(read_json(raw), own, names)
    if entrance == "commands":
        return _command(read_form(raw), own, names)
    if entrance == "interactions":
        return _interaction(read_json(read_form(raw).get("payload", "").encode()), own)
    raise Unreadable(f"there is no entrance {entrance[:40]}")


def team_of(door: str, raw: bytes) -> str:
    """The workspace whose installation of the app is meant: what is compared with ours.

    :raises Unreadable: it does not say.
    """
    entrance = door.rsplit("/", 1)[-1]
    if entrance == "commands":
        form = read_form(raw)
        return "" if form.get("ssl_check") else an_id(form, "team_id")
    if entrance == "interactions":
        payload = read_json(read_form(raw).get("payload", "").encode())
        return maybe_id(part(payload, "team"), "id") or an_id(part(payload, "user"), "team_id")
    body = read_json(raw)
    if body.get("type") == "url_verification":
        return ""
    # In a shared channel `team_id` may be another workspace; the authorization names the installation.
    authorizations = body.get("authorizations")
    first = authorizations[0] if isinstance(authorizations, list) and authorizations else {}
    named = maybe_id(first, "team_id") if isinstance(first, dict) else ""
    return named or an_id(body, "team_id")


def _outer(body: dict[str, Any], own: Own, names: Names) -> Value:
    kind = words(body, "type")
    if kind == "url_verification":
        return Ping()
    if kind == "app_rate_limited":
        minute = body.get("minute_rate_limited")
        return Dropped(own.team_id, minute if isinstance(minute, int) else 0)
    if kind != "event_callback":
        return Unknown(kind[:60] or "nothing", raw=body)
    event = part(body, "event")
    if not event:
        raise Unreadable("there is no event in it")
    kind = words(event, "type")
    if kind in ("message", "app_mention"):
        app_id = words(body, "api_app_id")
        return messages.translate_message(event, own, app_id, names)
    translator = _EVENTS.get(kind)
    if translator is None:
        return Unknown(kind[:60] or "nothing", raw=event)
    return translator(event, own)


def _author(event: dict[str, Any], own: Own) -> Author:
    id_ = an_id(event, "user")
    return Author(id_, maybe_id(event, "user_team") or own.team_id, is_bot=id_ == own.user_id)


def _reaction(event: dict[str, Any], own: Own) -> Value:
    item = part(event, "item")
    if words(item, "type") != "message":
        return Unknown("reaction", "a reaction to something that is no message", raw=event)
    author = _author(event, own)
    if author.id == own.user_id:
        return Unknown("reaction", "our own reaction", raw=event)
    return Reacted(
        place=Place(own.team_id, an_id(item, "channel"), a_ts(item, "ts")),
        author=author,
        emoji=emoji_of(words(event, "reaction")),
        added=words(event, "type") == "reaction_added",
        event_ts=a_ts(event, "event_ts"),
    )


def _pin(event: dict[str, Any], own: Own) -> Value:
    item = part(event, "item")
    message = part(item, "message")
    if words(item, "type") != "message" or not message:
        return Unknown("pin", "a pin of something that is no message", raw=event)
    author = _author(event, own)
    if author.id == own.user_id:
        return Unknown("pin", "our own pin", raw=event)
    place = Place(own.team_id, an_id(event, "channel_id"), a_ts(message, "ts"))
    return Pinned(place, author, added=words(event, "type") == "pin_added")


def _member(event: dict[str, Any], own: Own) -> Value:
    joined = words(event, "type") == "member_joined_channel"
    return Joined(own.team_id, an_id(event, "channel"), _author(event, own), joined)


def _archive(event: dict[str, Any], own: Own) -> Value:
    return Archived(own.team_id, an_id(event, "channel"), words(event, "type").endswith("_archive"))


def _rename(event: dict[str, Any], own: Own) -> Value:
    channel = part(event, "channel")
    return Renamed(own.team_id, an_id(channel, "id"), words(channel, "name")[:120])


def _gone(event: dict[str, Any], own: Own) -> Value:
    deleted = words(event, "type").endswith("_deleted")
    reason = "the channel was deleted" if deleted else "the app was removed from the channel"
    return ChannelGone(own.team_id, an_id(event, "channel"), reason)


def _person(event: dict[str, Any], own: Own) -> Value:
    user = part(event, "user")
    return PersonChanged(own.team_id, an_id(user, "id"), user)


def _revoked(event: dict[str, Any], own: Own) -> Value:
    if words(event, "type") == "app_uninstalled":
        return Revoked(own.team_id, "The app was uninstalled from the workspace.")
    if part(event, "tokens").get("bot"):
        return Revoked(own.team_id, "The app's bot token was revoked.")
    return Unknown("tokens_revoked", "a person's token, not ours", raw=event)


_EVENTS: dict[str, Callable[[dict[str, Any], Own], Value]] = {
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
    "pin_added": _pin,
    "pin_removed": _pin,
    "member_joined_channel": _member,
    "member_left_channel": _member,
    "channel_archive": _archive,
    "channel_unarchive": _archive,
    "group_archive": _archive,
    "group_unarchive": _archive,
    "channel_rename": _rename,
    "group_rename": _rename,
    "channel_deleted": _gone,
    "group_deleted": _gone,
    "channel_left": _gone,
    "group_left": _gone,
    "user_change": _person,
    "tokens_revoked": _revoked,
    "app_uninstalled": _revoked,
}


def _command(form: dict[str, str], own: Own, names: Names) -> Value:
    if form.get("ssl_check"):
        return Ping()
    text = form.get("text", "")
    line = f"{form.get('command', '')} {to_plain(text, names=one_word(names))}".strip()
    if not line.startswith("/"):
        raise Unreadable("there is no command in it")
    trigger = form.get("trigger_id", "")
    if not trigger or len(trigger) > 150:
        raise Unreadable("there is no trigger_id in it")
    author = Author(an_id(form, "user_id"), an_id(form, "team_id"), form.get("user_name", "")[:120])
    return Command(
        team=own.team_id,
        channel=an_id(form, "channel_id"),
        author=author,
        line=line,
        outside_id=f"cmd:{trigger}",
        answer_address=answer_address(form.get("response_url", ""), replaces=True),
        needs=list(dict.fromkeys([("user", author.id), *mentioned(text)])),
    )


def _interaction(payload: dict[str, Any], own: Own) -> Value:
    kind = words(payload, "type")
    if kind == "block_actions":
        return _press(payload, own)
    if kind == "message_action" and words(payload, "callback_id") == TIMELINE_ENTRY:
        place = Place(own.team_id, an_id(part(payload, "channel"), "id"), a_ts(part(payload, "message"), "ts"))
        return Pinned(place, _presser(payload, own), added=True)
    return Unknown(f"interaction {kind}"[:60], raw=payload)


def _presser(payload: dict[str, Any], own: Own) -> Author:
    user = part(payload, "user")
    name = words(user, "name") or words(user, "username")
    return Author(an_id(user, "id"), maybe_id(user, "team_id") or own.team_id, name[:120])


def _press(payload: dict[str, Any], own: Own) -> Value:
    """A pressed button stands for its command, as if the person had typed it."""
    actions = payload.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    line = words(action, "value")
    if not is_command(words(action, "action_id")) or not line:
        return Unknown("button", "a button that only opens a page", raw=payload)
    trigger = words(payload, "trigger_id") or words(action, "action_ts")
    if not trigger or len(trigger) > 150:
        raise Unreadable("there is no trigger_id in it")
    author = _presser(payload, own)
    channel = maybe_id(part(payload, "channel"), "id") or maybe_id(part(payload, "container"), "channel_id")
    return Command(
        team=own.team_id,
        channel=channel,
        author=author,
        line=line,
        outside_id=f"int:{trigger}",
        # The message with the button must stay: the answer is one of its own.
        answer_address=answer_address(words(payload, "response_url"), replaces=False),
        needs=[("user", author.id)],
    )


def answer_address(response_url: str, *, replaces: bool) -> str:
    """The response_url, marked when the answer takes the place of our "Working on it…"."""
    if not response_url.startswith(("https://", "http://")) or len(response_url) > 450:
        return ""
    return f"{response_url}#replace" if replaces else response_url
