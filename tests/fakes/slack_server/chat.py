"""chat.*, pins.*, bookmarks.*, reactions.*, users.*, views.*, auth.*"""

from typing import Any

from tests.fakes.slack_server import blockkit
from tests.fakes.slack_server.params import Params
from tests.fakes.slack_server.registry import Answer, method
from tests.fakes.slack_server.registry import page as one_page
from tests.fakes.slack_server.world import Channel, Message, Refusal, World

_CUT_AT, _LONGEST_UPDATE = 40_000, 4_000


@method("auth.test")
def auth_test(world: World, params: Params) -> Answer:
    return {
        "url": world.url,
        "team": "Example",
        "user": world.bot.name,
        "team_id": world.team_id,
        "user_id": world.bot.id,
        "bot_id": world.bot_id,
        "is_enterprise_install": False,
    }


def _content(params: Params) -> dict[str, Any]:
    """What a message shows.

    :raises Refusal: nothing to show, or blocks that Block Kit does not take.
    """
    blocks = params.structure("blocks")
    if not params.text("text") and not blocks:
        raise Refusal("no_text")
    extra: dict[str, Any] = {}
    if blocks:
        wrong = blockkit.faults(blocks)
        if wrong:
            raise Refusal("invalid_blocks", response_metadata={"messages": [f"[ERROR] {text}" for text in wrong]})
        extra["blocks"] = blocks
    metadata = params.structure("metadata")
    if metadata:
        if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
            raise Refusal("invalid_metadata_format")
        extra["metadata"] = metadata
    return extra


@method("chat.postMessage", "chat:write")
def post(world: World, params: Params) -> Answer:
    """A name given without chat:write.customize is ignored without a word.

    Seen by others with real workspaces: papercups-io/papercups pull request 522, linyows/dewy 362.
    """
    channel = world.channel(params.text("channel"), alive=True)
    if world.bot.id not in channel.members and (channel.is_im or "chat:write.public" not in world.scopes):
        raise Refusal("not_in_channel")
    extra = _content(params)
    thread = params.text("thread_ts")
    if thread and (thread not in channel.messages or channel.messages[thread].extra.get("subtype") == "tombstone"):
        raise Refusal("thread_not_found")
    if thread:
        thread = channel.messages[thread].thread_ts or thread
    if "username" in params and "chat:write.customize" in world.scopes:
        extra["username"] = params.text("username")
        if "icon_url" in params:
            extra["icons"] = {"image_48": params.text("icon_url")}
    extra |= {"bot_id": world.bot_id, "app_id": world.app_id}
    message = world.put_message(channel, world.bot.id, params.text("text")[:_CUT_AT], thread, **extra)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}


@method("chat.update", "chat:write")
def update(world: World, params: Params) -> Answer:
    """Text alone drops the blocks; absent metadata stays. In an archived channel it is `is_inactive`."""
    channel = world.channel(params.text("channel"))
    message = world.message(channel, params.text("ts"))
    if channel.is_archived:
        raise Refusal("is_inactive")
    if not message.is_ours:
        raise Refusal("cant_update_message")
    if len(params.text("text")) > _LONGEST_UPDATE:
        raise Refusal("msg_too_long")
    changes = _content(params)
    if "blocks" not in changes:
        message.extra.pop("blocks", None)
    world.put_edit(channel, message, editor=world.bot.id, text=params.text("text"), **changes)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.as_json()}


@method("chat.delete", "chat:write")
def delete(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"))
    message = world.message(channel, params.text("ts"))
    if not message.is_ours:
        raise Refusal("cant_delete_message")
    world.put_deletion(channel, message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"), as_member=True, alive=True)
    if params.text("user") not in channel.members:
        raise Refusal("user_not_in_channel")
    _content(params)
    return {"message_ts": world.new_ts()}


@method("chat.getPermalink")
def permalink(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"))
    message = world.message(channel, params.text("message_ts"))
    where = f"{world.url}archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": where}


@method("pins.add", "pins:write")
def pin(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"), as_member=True, alive=True)
    message = world.message(channel, params.text("timestamp"))
    if message.ts in channel.pins:
        raise Refusal("already_pinned")
    set_pinned(world, channel, message, world.bot.id, pinned=True)
    return {}


@method("pins.remove", "pins:write")
def unpin(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"), as_member=True, alive=True)
    message = world.message(channel, params.text("timestamp"))
    if message.ts not in channel.pins:
        raise Refusal("no_pin")
    set_pinned(world, channel, message, world.bot.id, pinned=False)
    return {}


def set_pinned(world: World, channel: Channel, message: Message, user: str, *, pinned: bool) -> None:
    if pinned:
        channel.pins.append(message.ts)
    else:
        channel.pins.remove(message.ts)
    item = {"type": "message", "created": int(world.now()), "created_by": user, "channel": channel.id}
    event = {
        "type": "pin_added" if pinned else "pin_removed",
        "user": user,
        "channel_id": channel.id,
        "item": {**item, "message": message.as_json()},
        "item_user": message.user,
        "pin_count": len(channel.pins),
        "event_ts": world.new_ts(),
    }
    world.emit(event, channel)


@method("pins.list", "pins:read")
def pins(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"))
    shared = {"type": "message", "channel": channel.id, "created": int(world.now()), "created_by": world.bot.id}
    return {
        "items": [
            {**shared, "message": {**channel.messages[ts].as_json(), "pinned_to": [channel.id]}} for ts in channel.pins
        ]
    }


@method("bookmarks.add", "bookmarks:write")
def bookmark(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel_id"), as_member=True, alive=True)
    if not params.text("title"):
        raise Refusal("invalid_arguments")
    if not params.text("link").startswith(("http://", "https://")):
        raise Refusal("invalid_link")
    entry = {"id": world.new_id("Bk"), "channel_id": channel.id, "type": params.text("type")}
    entry |= {"title": params.text("title"), "link": params.text("link"), "rank": "U", "emoji": "", "icon_url": ""}
    entry |= {"date_created": int(world.now()), "date_updated": 0, "last_updated_by_user_id": world.bot.id}
    channel.bookmarks.append(entry)
    return {"bookmark": entry}


@method("bookmarks.list", "bookmarks:read")
def bookmarks(world: World, params: Params) -> Answer:
    return {"bookmarks": list(world.channel(params.text("channel_id")).bookmarks)}


@method("reactions.add", "reactions:write")
def react(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"), as_member=True, alive=True)
    message = world.message(channel, params.text("timestamp"))
    if world.bot.id in message.reactions.get(params.text("name"), []):
        raise Refusal("already_reacted")
    set_reaction(world, channel, message, world.bot.id, params.text("name"), on=True)
    return {}


@method("reactions.remove", "reactions:write")
def unreact(world: World, params: Params) -> Answer:
    channel = world.channel(params.text("channel"), as_member=True)
    message = world.message(channel, params.text("timestamp"))
    if world.bot.id not in message.reactions.get(params.text("name"), []):
        raise Refusal("no_reaction")
    set_reaction(world, channel, message, world.bot.id, params.text("name"), on=False)
    return {}


def set_reaction(world: World, channel: Channel, message: Message, user: str, name: str, *, on: bool) -> None:
    users = message.reactions.setdefault(name, [])
    if on:
        users.append(user)
    else:
        users.remove(user)
    if not users:
        del message.reactions[name]
    event = {
        "type": "reaction_added" if on else "reaction_removed",
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": channel.id, "ts": message.ts},
        "event_ts": world.new_ts(),
    }
    world.emit(event if message.is_ours else {**event, "item_user": message.user}, channel)


@method("users.lookupByEmail", "users:read.email")
def by_email(world: World, params: Params) -> Answer:
    wanted = params.text("email").lower()
    for person in world.people.values():
        if wanted and person.email.lower() == wanted and not person.is_gone:
            return {"user": person.as_json()}
    raise Refusal("users_not_found")


@method("usergroups.list", "usergroups:read")
def groups(world: World, params: Params) -> Answer:
    """Who is in them is told only when it is asked for."""
    hidden = () if params.flag("include_users") else ("users",)
    rows = [{key: value for key, value in row.items() if key not in hidden} for row in world.groups.values()]
    return {"usergroups": rows}


@method("users.info", "users:read")
def user_info(world: World, params: Params) -> Answer:
    return {"user": world.person(params.text("user")).as_json()}


@method("users.list", "users:read")
def users(world: World, params: Params) -> Answer:
    return one_page([person.as_json() for person in world.people.values()], params, "members", 200, 1000)
