"""conversations.* and users.conversations."""

import re

from tests.fakes.slack_server.params import Params
from tests.fakes.slack_server.registry import Answer, method, page
from tests.fakes.slack_server.world import Channel, Message, Refusal, World

_MANAGE, _READ, _HISTORY = "channels:manage", "channels:read", "channels:history"


@method("conversations.create", _MANAGE, "groups:write")
def create(world: World, params: Params) -> Answer:
    name = params.text("name")
    _check_name(name)
    channel = world.make_channel(name, world.bot.id, is_private=params.flag("is_private"))
    world.emit({"type": "channel_created", "channel": channel.as_json(world.bot.id)}, None)
    return {"channel": channel.as_json(world.bot.id)}


def _check_name(name: str) -> None:
    if not name:
        raise Refusal("invalid_name_required")
    if len(name) > 80:
        raise Refusal("invalid_name_maxlength")
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        raise Refusal("invalid_name_specials")
    if not re.search(r"[a-z0-9]", name):
        raise Refusal("invalid_name_punctuation")


@method("conversations.rename", _MANAGE, "groups:write")
def rename(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"), as_member=True, alive=True)
    name = params.text("name")
    _check_name(name)
    if any(other.name == name for other in world.channels.values() if other is not channel):
        raise Refusal("name_taken")
    rename_channel(world, channel, name, world.bot.id)
    return {"channel": channel.as_json(world.bot.id)}


def rename_channel(world: World, channel: Channel, name: str, by: str) -> None:
    before, channel.name = channel.name, name
    said = f'<@{by}> has renamed the channel from "{before}" to "{name}"'
    world.put_message(channel, by, said, subtype=f"{channel.kind}_name", name=name, old_name=before)
    kind = "group_rename" if channel.is_private else "channel_rename"
    short = {"id": channel.id, "name": name, "name_normalized": name, "created": channel.created}
    world.emit({"type": kind, "channel": short, "event_ts": world.new_ts()}, channel)


@method("conversations.invite", _MANAGE, "channels:write.invites", "groups:write")
def invite(world: World, params: Params) -> Answer:
    """With `force` the valid ones get in and the others are listed in `errors`."""
    channel = world.channel(params.text("channel"), as_member=True, alive=True)
    users = [user for user in params.text("users").split(",") if user]
    if not users:
        raise Refusal("no_user")
    if len(users) > 100:
        raise Refusal("too_many_users")
    errors = [{"user": user, "ok": False, "error": code} for user in users if (code := _cannot(world, channel, user))]
    if errors and not params.flag("force"):
        raise Refusal(str(errors[0]["error"]), errors=errors)
    valid = [user for user in users if user not in {error["user"] for error in errors}]
    for user in valid:
        channel.members.append(user)
        joined(world, channel, user, inviter=world.bot.id)
    if not valid:
        raise Refusal(str(errors[0]["error"]), errors=errors)
    answer: Answer = {"channel": channel.as_json(world.bot.id)}
    return {**answer, "errors": errors} if errors else answer


def _cannot(world: World, channel: Channel, user: str) -> str:
    person = world.people.get(user)
    if person is None or person.is_gone:
        return "user_not_found"
    if user == world.bot.id:
        return "cant_invite_self"
    if user in channel.members:
        return "already_in_channel"
    return "user_is_restricted" if person.is_guest else ""


def joined(world: World, channel: Channel, user: str, inviter: str = "") -> None:
    event = {
        "type": "member_joined_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": world.team_id,
        "event_ts": world.new_ts(),
    }
    world.emit({**event, "inviter": inviter} if inviter else event, channel)


@method("conversations.setTopic", _MANAGE, "channels:write.topic", "groups:write")
def set_topic(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"), as_member=True, alive=True)
    if len(params.text("topic")) > 250:
        raise Refusal("too_long")
    channel.topic = params.text("topic")
    said = f"<@{world.bot.id}> set the channel topic: {channel.topic}"
    world.put_message(channel, world.bot.id, said, subtype=f"{channel.kind}_topic", topic=channel.topic)
    return {"channel": channel.as_json(world.bot.id)}


@method("conversations.setPurpose", _MANAGE, "channels:write.topic", "groups:write")
def set_purpose(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"), as_member=True, alive=True)
    if len(params.text("purpose")) > 250:
        raise Refusal("too_long")
    channel.purpose = params.text("purpose")
    said = f"<@{world.bot.id}> set the channel description: {channel.purpose}"
    world.put_message(channel, world.bot.id, said, subtype=f"{channel.kind}_purpose", purpose=channel.purpose)
    return {"channel": channel.as_json(world.bot.id)}


@method("conversations.archive", _MANAGE, "groups:write")
def archive(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"), as_member=True)
    if channel.is_archived:
        raise Refusal("already_archived")
    set_archived(world, channel, world.bot.id, archived=True)
    return {}


@method("conversations.unarchive", _MANAGE, "groups:write")
def unarchive(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"))
    if not channel.is_archived:
        raise Refusal("not_archived")
    set_archived(world, channel, world.bot.id, archived=False)
    return {}


def set_archived(world: World, channel: Channel, user: str, *, archived: bool) -> None:
    channel.is_archived = archived
    verb = "archive" if archived else "unarchive"
    world.put_message(channel, user, f"{verb}d the channel", subtype=f"{channel.kind}_{verb}")
    kind = ("group_" if channel.is_private else "channel_") + ("archive" if archived else "unarchive")
    event = {"type": kind, "channel": channel.id, "user": user, "is_moved": 0, "event_ts": world.new_ts()}
    world.emit(event, channel)


@method("conversations.info", _READ, "groups:read")
def info(world: World, params: Params) -> Answer:
    return {"channel": world.channel(params.text("channel")).as_json(world.bot.id)}


@method("conversations.members", _READ, "groups:read")
def members(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"))
    rows = [{"id": user} for user in channel.members]
    found = page(rows, params, "members", 100, 999)
    return {**found, "members": [row["id"] for row in found["members"]]}


@method("conversations.join", "channels:join")
def join(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"), alive=True)
    if channel.is_private or channel.is_im:
        raise Refusal("method_not_supported_for_channel_type")
    if world.bot.id not in channel.members:
        channel.members.append(world.bot.id)
        joined(world, channel, world.bot.id)
    return {"channel": channel.as_json(world.bot.id)}


@method("conversations.kick", _MANAGE, "groups:write")
def kick(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"), as_member=True, alive=True)
    user = params.text("user")
    if user == world.bot.id:
        raise Refusal("cant_kick_self")
    if user not in channel.members:
        raise Refusal("not_in_channel")
    channel.members.remove(user)
    world.emit({"type": "member_left_channel", "user": user, "channel": channel.id}, channel)
    return {}


@method("conversations.open", "im:write", "mpim:write")
def open_(world: World, params: Params) -> Answer:
    users = sorted(user for user in params.text("users").split(",") if user)
    for user in users:
        world.person(user)
    wanted = sorted([*users, world.bot.id])
    for channel in world.channels.values():
        if channel.is_im and sorted(channel.members) == wanted:
            return {"channel": {"id": channel.id}, "already_open": True}
    channel = world.make_channel("", world.bot.id, is_im=True)
    channel.members += users
    return {"channel": {"id": channel.id}}


@method("conversations.history", _HISTORY, "groups:history", "im:history")
def history(world: World, params: Params) -> Answer:
    """Newest first, without thread replies, but for those that were sent to the channel too."""
    channel = world.channel(params.text("channel"), as_member=True)
    rows = [m for m in channel.in_order() if _stands_alone(m) and _within(m.ts, params)]
    shown = []
    for message in reversed(rows):
        value = message.as_json(with_metadata=params.flag("include_all_metadata"))
        if message.ts in channel.pins:
            value["pinned_to"] = [channel.id]
        shown.append(value | _thread(channel, message))
    found = page(shown, params, "messages", 100, 999)
    return {**found, "has_more": bool(found["response_metadata"]["next_cursor"]), "pin_count": len(channel.pins)}


@method("conversations.replies", _HISTORY, "groups:history", "im:history")
def replies(world: World, params: Params) -> Answer:
    """The parent first, whatever the bounds, then its replies oldest first."""
    channel = world.channel(params.text("channel"), as_member=True)
    rows = channel.replies(params.text("ts"))
    if not rows:
        raise Refusal("thread_not_found")
    shown = [
        message.as_json(with_metadata=params.flag("include_all_metadata")) | _thread(channel, message)
        for message in rows
        if message.ts == params.text("ts") or _within(message.ts, params)
    ]
    found = page(shown, params, "messages", 1000, 1000)
    return {**found, "has_more": bool(found["response_metadata"]["next_cursor"])}


def _thread(channel: Channel, message: Message) -> Answer:
    """What a message says of the thread that begins with it."""
    replies = channel.replies(message.ts)[1:] if message.thread_ts in ("", message.ts) else []
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    told = {"reply_count": len(replies), "reply_users": users, "reply_users_count": len(users)}
    return {**told, "thread_ts": message.ts, "latest_reply": replies[-1].ts}


def _stands_alone(message: Message) -> bool:
    return message.thread_ts in ("", message.ts) or message.extra.get("subtype") == "thread_broadcast"


def _within(ts: str, params: Params) -> bool:
    oldest, latest = params.text("oldest"), params.text("latest")
    if params.flag("inclusive") and ts in (oldest, latest):
        return True
    return (not oldest or float(ts) > float(oldest)) and (not latest or float(ts) < float(latest))


@method("users.conversations", _READ, "groups:read")
def conversations_of(world: World, params: Params) -> Answer:
    """The conversations of a user, by default our bot's own."""
    who = params.text("user") or world.bot.id
    types = (params.text("types") or "public_channel").split(",")
    wanted = {"public_channel": "channel", "private_channel": "group", "im": "im"}
    kinds = {wanted[name] for name in types if name in wanted}
    rows = [
        channel.as_json(world.bot.id)
        for channel in world.channels.values()
        if who in channel.members
        and channel.kind in kinds
        and not (channel.is_archived and params.flag("exclude_archived"))
    ]
    return page(rows, params, "channels", 100, 999)
