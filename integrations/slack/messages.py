"""Message events: what each subtype means for a mirror.

The subtypes are listed at docs.slack.dev/reference/events/message; an unknown one that carries words of
a person is treated as a line, so that nothing said is lost.
"""

from typing import Any

from connections.intake import Unreadable
from integrations.slack.reading import a_ts, an_id, maybe_id, maybe_ts, part, words
from integrations.slack.text import Names, mentioned, one_word, to_markdown, to_plain
from integrations.slack.values import (
    Author,
    Deleted,
    Edited,
    Joined,
    Line,
    Own,
    Place,
    Unknown,
    Value,
)

_MEMBERS = {"channel_join": True, "group_join": True, "channel_leave": False, "group_leave": False}
#: notices of Slack's own, each told by an event of its own or of no use in a timeline
_NOTICES = {
    "channel_topic", "channel_purpose", "channel_name", "channel_archive", "channel_unarchive",
    "group_topic", "group_purpose", "group_name", "group_archive", "group_unarchive",
    "channel_convert_to_private", "channel_convert_to_public", "channel_posting_permissions",
    "pinned_item", "unpinned_item", "bot_add", "bot_remove", "bot_enable", "bot_disable",
    "reminder_add", "huddle_thread", "ekm_access_denied", "tombstone", "message_replied",
    "sh_room_created", "sh_room_shared", "app_conversation_join", "assistant_app_thread",
}  # fmt: skip
_MOST_FILES = 20


def translate_message(event: dict[str, Any], own: Own, app_id: str, names: Names) -> Value:
    """Say what a message event means.

    :param app_id: our app's id, as the envelope names it.
    :raises Unreadable: it could not be understood.
    """
    subtype = words(event, "subtype")
    if subtype == "message_changed":
        return _changed(event, own, app_id, names)
    if subtype == "message_deleted":
        return _deleted(event, a_ts(event, "deleted_ts"), own, app_id)
    if subtype in _MEMBERS:
        channel, author = an_id(event, "channel"), Author(an_id(event, "user"), own.team_id)
        return Joined(own.team_id, channel, author, _MEMBERS[subtype])
    if subtype in _NOTICES or event.get("hidden") is True:
        return Unknown(f"message {subtype}"[:60], "a notice of Slack's own", raw=event)
    if _is_ours(event, own, app_id):
        return Unknown("message", "our own post", raw=event)
    if words(event, "type") == "app_mention" and event.get("edited"):
        return Unknown("app_mention", "an edit never runs a command", raw=event)
    return _line(event, own, names)


def _is_ours(message: dict[str, Any], own: Own, app_id: str) -> bool:
    return (
        (bool(own.user_id) and message.get("user") == own.user_id)
        or (bool(own.bot_id) and message.get("bot_id") == own.bot_id)
        or (bool(app_id) and message.get("app_id") == app_id)
    )


def _author(message: dict[str, Any], own: Own) -> Author:
    """The writer. In a shared channel `user_team` or `team` may name another workspace."""
    user, bot = maybe_id(message, "user"), maybe_id(message, "bot_id")
    if not user and not bot:
        raise Unreadable("the message names nobody who wrote it")
    profile = part(message, "bot_profile") if bot else part(message, "user_profile")
    name = words(message, "username") or words(profile, "display_name") or words(profile, "name")
    team = maybe_id(message, "user_team") or maybe_id(message, "team") or own.team_id
    return Author(user or bot, team, name[:120], is_bot=bool(bot) or words(message, "subtype") == "bot_message")


def _content(message: dict[str, Any], names: Names) -> str:
    text = to_markdown(words(message, "text"), message.get("blocks"), names)
    if not text.strip():
        text = _attachments(message, names)
    if words(message, "subtype") == "me_message" and text.strip():
        text = f"_{text.strip()}_"
    return text


def _attachments(message: dict[str, Any], names: Names) -> str:
    """Old apps put everything into attachments and leave the text empty."""
    found = message.get("attachments")
    lines = []
    for item in found if isinstance(found, list) else []:
        if isinstance(item, dict):
            pieces = [words(item, key) for key in ("pretext", "title", "text")]
            said = "\n".join(piece for piece in pieces if piece) or words(item, "fallback")
            lines.append(to_markdown(said, item.get("blocks"), names))
    return "\n".join(line for line in lines if line.strip())


def _files(message: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and page addresses; the bytes need the token and are not fetched here."""
    found = message.get("files")
    files = []
    for item in (found if isinstance(found, list) else [])[:_MOST_FILES]:
        if isinstance(item, dict):
            url = words(item, "permalink") or words(item, "url_private")
            if url.startswith("https://"):
                files.append((words(item, "name") or words(item, "title") or "file", url))
    return files


def _needs(message: dict[str, Any], author: Author, own: Own) -> list[tuple[str, str]]:
    """Whose names the text needs: the writer's (unless a bot), and those of who and what it mentions."""
    wanted = [] if author.is_bot else [("user", author.id)]
    wanted += mentioned(words(message, "text"), message.get("blocks"))
    return list(dict.fromkeys(need for need in wanted if need[1] != own.user_id))


def _line(event: dict[str, Any], own: Own, names: Names) -> Line:
    ts, thread = a_ts(event, "ts"), maybe_ts(event, "thread_ts")
    author = _author(event, own)
    is_direct = words(event, "channel_type") == "im"
    return Line(
        place=Place(own.team_id, an_id(event, "channel"), ts),
        author=author,
        text=_content(event, names),
        asked="" if author.is_bot else _asked(event, own, names, is_direct=is_direct),
        thread_ts="" if thread == ts else thread,
        is_direct=is_direct,
        files=_files(event),
        needs=_needs(event, author, own),
        blocks=event.get("blocks"),
    )


def _asked(event: dict[str, Any], own: Own, names: Names, *, is_direct: bool) -> str:
    """What was asked of our app: the words after the mention at the start, or a whole direct message."""
    if event.get("edited"):
        return ""
    text = words(event, "text").lstrip()
    is_addressed = bool(own.user_id) and text.startswith((f"<@{own.user_id}>", f"<@{own.user_id}|"))
    if not is_addressed and not is_direct:
        return ""

    def named(kind: str, id_: str) -> str:
        return "\0" if id_ == own.user_id else one_word(names)(kind, id_)

    plain = to_plain(words(event, "text"), event.get("blocks"), named)
    return plain.strip().removeprefix("@\0").replace("@\0", "").lstrip(" ,:\u00a0").strip()


def _changed(event: dict[str, Any], own: Own, app_id: str, names: Names) -> Value:
    """An edit carries a new `edited`; previews and thread counts change a message without one."""
    message, before = part(event, "message"), part(event, "previous_message")
    if words(message, "subtype") == "tombstone":
        return _deleted(event, a_ts(message, "ts"), own, app_id)
    edited = part(message, "edited")
    if not edited or part(before, "edited").get("ts") == edited.get("ts"):
        return Unknown("message_changed", "a preview or a count, not an edit", raw=event)
    if _is_ours(message, own, app_id):
        return Unknown("message_changed", "our own post", raw=event)
    author = _author(message, own)
    return Edited(
        place=Place(own.team_id, an_id(event, "channel"), a_ts(message, "ts")),
        author=author,
        text=_content(message, names),
        edited_ts=a_ts(edited, "ts"),
        needs=_needs(message, author, own),
    )


def _deleted(event: dict[str, Any], ts: str, own: Own, app_id: str) -> Value:
    """A deletion names nobody; the writer of the message stands for them."""
    before = part(event, "previous_message")
    if _is_ours(before, own, app_id):
        return Unknown("message_deleted", "our own post", raw=event)
    if words(before, "subtype") in _NOTICES | set(_MEMBERS):
        return Unknown("message_deleted", "a notice of Slack's own", raw=event)
    known = any(maybe_id(before, key) for key in ("user", "bot_id"))
    author = _author(before, own) if known else Author("unknown", own.team_id)
    return Deleted(Place(own.team_id, an_id(event, "channel"), ts), author, a_ts(event, "ts"))
