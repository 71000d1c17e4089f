"""From a stored request to a neutral value. Pure: bytes in, value out; nothing is asked of anybody.

Events as described under docs.slack.dev/apis/events-api; what people type to us and press is read by
interactions.py.
"""

from collections.abc import Callable
from typing import Any

from connections.intake import Unreadable
from integrations.slack import history, interactions, messages
from integrations.slack.emojis import emoji_of
from integrations.slack.reading import a_ts, an_id, maybe_id, maybe_ts, part, read_form, read_json, words
from integrations.slack.text import Names, nobody
from integrations.slack.values import (
    Archived,
    Author,
    ChannelGone,
    ChannelMoved,
    Dropped,
    GroupsChanged,
    HomeOpened,
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
        return interactions.command(read_form(raw), own, names)
    if entrance == "interactions":
        return interactions.interaction(read_json(read_form(raw).get("payload", "").encode()), own)
    if door == history.DOOR:
        return history.translate_history(raw, own, names)
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


def app_of(door: str, raw: bytes) -> str:
    """The app that the request says it is for; empty where it says none.

    :raises Unreadable: it can't be read.
    """
    entrance = door.rsplit("/", 1)[-1]
    if entrance == "commands":
        return words(read_form(raw), "api_app_id")
    if entrance == "interactions":
        return words(read_json(read_form(raw).get("payload", "").encode()), "api_app_id")
    return words(read_json(raw), "api_app_id")


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
    return Pinned(place, author, words(event, "type") == "pin_added", maybe_ts(event, "event_ts"))


def _member(event: dict[str, Any], own: Own) -> Value:
    joined = words(event, "type") == "member_joined_channel"
    return Joined(own.team_id, an_id(event, "channel"), _author(event, own), joined)


def _archive(event: dict[str, Any], own: Own) -> Value:
    archived = words(event, "type").endswith("_archive")
    return Archived(own.team_id, an_id(event, "channel"), archived, maybe_id(event, "user"))


def _moved(event: dict[str, Any], own: Own) -> Value:
    return ChannelMoved(own.team_id, an_id(event, "old_channel_id"), an_id(event, "new_channel_id"))


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


def _groups(event: dict[str, Any], own: Own) -> Value:
    return GroupsChanged(own.team_id)


def _home(event: dict[str, Any], own: Own) -> Value:
    if words(event, "tab") != "home":
        return Unknown("app_home_opened", "the messages of our app, not its home", raw=event)
    return HomeOpened(own.team_id, _author(event, own), [("user", an_id(event, "user"))])


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
    "channel_id_changed": _moved,
    "channel_rename": _rename,
    "group_rename": _rename,
    "channel_deleted": _gone,
    "group_deleted": _gone,
    "channel_left": _gone,
    "group_left": _gone,
    "app_home_opened": _home,
    "user_change": _person,
    "subteam_created": _groups,
    "subteam_updated": _groups,
    "tokens_revoked": _revoked,
    "app_uninstalled": _revoked,
}
