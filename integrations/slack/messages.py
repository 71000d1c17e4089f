"""Message events: what each subtype means for a mirror.

The subtypes are listed at docs.slack.dev/reference/events/message; an unknown one that carries words of
a person is treated as a line, so that nothing said is lost.
"""

from datetime import datetime, timedelta
from typing import Any

from common.ids import digest
from connections.intake import Unreadable
from integrations.slack.moments import moment
from integrations.slack.reading import a_ts, an_id, is_an_id, maybe_id, maybe_ts, part, words
from integrations.slack.text import Names, mentioned, one_word, to_markdown, to_plain
from integrations.slack.values import (
    UNKNOWN,
    Author,
    Deleted,
    Edited,
    Line,
    Notice,
    Own,
    Place,
    SharedFile,
    Unknown,
    Value,
    Wording,
)

#: notices of Slack's own that stand in the timeline, with words for those that come without
_TOLD = {
    "channel_join": "joined in Slack", "group_join": "joined in Slack",
    "channel_leave": "left in Slack", "group_leave": "left in Slack",
    "channel_topic": "changed the topic in Slack", "group_topic": "changed the topic in Slack",
    "channel_purpose": "changed the purpose in Slack", "group_purpose": "changed the purpose in Slack",
    "channel_convert_to_private": "made the channel private in Slack",
    "channel_convert_to_public": "made the channel public in Slack",
    "channel_posting_permissions": "changed who may write in the channel",
    "bot_add": "added an app to the channel", "bot_remove": "removed an app from the channel",
    "huddle_thread": "started a huddle", "sh_room_created": "started a huddle", "sh_room_shared": "shared a huddle",
    "reminder_add": "set a reminder in Slack",
}  # fmt: skip
#: others, each told by an event of its own or of no use in a timeline
_NOTICES = {
    "channel_name", "channel_archive", "channel_unarchive", "group_name", "group_archive", "group_unarchive",
    "pinned_item", "unpinned_item", "bot_enable", "bot_disable", "ekm_access_denied", "tombstone",
    "message_replied", "app_conversation_join", "assistant_app_thread",
}  # fmt: skip
_MOST_FILES = 20
_MOMENT = timedelta(microseconds=1)


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
    if subtype in _TOLD and event.get("hidden") is not True:
        return _notice(event, subtype, own, app_id, names)
    if subtype in _NOTICES or event.get("hidden") is True:
        return Unknown(f"message {subtype}"[:60], "a notice of Slack's own", raw=event)
    if _is_ours(event, own, app_id):
        return Unknown("message", "our own post", raw=event)
    if words(event, "type") == "app_mention" and event.get("edited"):
        return Unknown("app_mention", "an edit never runs a command", raw=event)
    return _line(event, own, names)


def _notice(event: dict[str, Any], subtype: str, own: Own, app_id: str, names: Names) -> Value:
    """What Slack itself writes into the channel; it begins with whom it is about."""
    if _is_ours(event, own, app_id):
        return Unknown(f"message {subtype}", "our own doing", raw=event)
    user = maybe_id(event, "user") or maybe_id(part(event, "room"), "created_by")
    said = to_plain(words(event, "text"), None, names).strip()
    if not said or not said.startswith("@"):
        who = f"@{names('user', user) or user}" if user else "Somebody"
        said = f"{who} {_TOLD[subtype]}" + (f": {said}" if said else "")
    needs = [("user", user), *mentioned(words(event, "text"))] if user else mentioned(words(event, "text"))
    return Notice(
        place=Place(own.team_id, an_id(event, "channel"), a_ts(event, "ts")),
        text=said,
        needs=list(dict.fromkeys(need for need in needs if need[1] != own.user_id)),
    )


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


def _files(message: dict[str, Any]) -> list[SharedFile]:
    """The message's files. A deleted one, or one that a free workspace hides, has no bytes any more."""
    found = message.get("files")
    files = []
    for item in (found if isinstance(found, list) else [])[:_MOST_FILES]:
        if not isinstance(item, dict) or words(item, "mode") == "tombstone" or not is_an_id(item.get("id")):
            continue
        size = item.get("size")
        page, private = words(item, "permalink"), words(item, "url_private")
        files.append(
            SharedFile(
                id=words(item, "id"),
                name=words(item, "name") or words(item, "title") or "file",
                url=next((url for url in (page, private) if url.startswith("https://")), ""),
                download=words(item, "url_private_download") or private,
                size=size if isinstance(size, int) and size > 0 else 0,
            )
        )
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
    place = Place(own.team_id, an_id(event, "channel"), ts)
    return Line(
        place=place,
        author=author,
        text=_content(event, names),
        asked="" if author.is_bot else _asked(event, own, names, is_direct=is_direct),
        thread_ts="" if thread == ts else thread,
        is_direct=is_direct,
        files=_files(event),
        needs=_needs(event, author, own),
        blocks=event.get("blocks"),
        reads=_wording(event, place),
        is_broadcast=words(event, "subtype") == "thread_broadcast",
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
    """An edit carries an `edited`; previews and thread counts change neither it nor the words."""
    message, before = part(event, "message"), part(event, "previous_message")
    if words(message, "subtype") == "tombstone":
        return _deleted(event, a_ts(message, "ts"), own, app_id)
    place = Place(own.team_id, an_id(event, "channel"), a_ts(message, "ts"))
    wording, before_reads = _wording(message, place), _wording(before, place)
    if wording is None or (before_reads is not None and before_reads.change_id == wording.change_id):
        return Unknown("message_changed", "a preview or a count, not an edit", raw=event)
    if _is_ours(message, own, app_id):
        return Unknown("message_changed", "our own post", raw=event)
    author = _author(message, own)
    thread, at = maybe_ts(message, "thread_ts"), moment(a_ts(event, "ts"))
    return Edited(
        place=place,
        author=author,
        text=_content(message, names),
        wording=Wording(wording.change_id, at),
        thread_ts="" if thread == place.ts else thread,
        before=_content(before, names) if before else "",
        before_reads=before_reads and Wording(before_reads.change_id, min(before_reads.at, at - _MOMENT)),
        needs=_needs(message, author, own),
        files=_files(message),
        is_broadcast=words(message, "subtype") == "thread_broadcast",
    )


def _wording(message: dict[str, Any], place: Place) -> Wording | None:
    """The last edit of a message. Two edits in one second have the same time there, so the words count too."""
    edited = part(message, "edited")
    if not edited:
        return None
    ts = a_ts(edited, "ts")
    return Wording(f"{place.outside_id}:edit:{ts}:{digest(words(message, 'text'))[:8]}", _end_of(ts))


def _end_of(ts: str) -> datetime:
    """Slack tells an edit's time in whole seconds: whatever else is told of that second came before."""
    at = moment(ts)
    return at if at.microsecond else at.replace(microsecond=999_999)


def _deleted(event: dict[str, Any], ts: str, own: Own, app_id: str) -> Value:
    """A deletion names nobody; the writer of the message stands for them."""
    before = part(event, "previous_message")
    if _is_ours(before, own, app_id):
        return Unknown("message_deleted", "our own post", raw=event)
    if words(before, "subtype") in _NOTICES | set(_TOLD):
        return Unknown("message_deleted", "a notice of Slack's own", raw=event)
    known = any(maybe_id(before, key) for key in ("user", "bot_id"))
    author = _author(before, own) if known else Author(UNKNOWN, own.team_id)
    place = Place(own.team_id, an_id(event, "channel"), ts)
    return Deleted(place, author, a_ts(event, "ts"), maybe_ts(before, "thread_ts"))
