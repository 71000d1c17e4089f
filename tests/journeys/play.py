"""The same calls, one after another, against whichever Slack: what each answers, and in what shape."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

Call = Callable[[WebClient, "Stage"], Any]
_BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "*SEV1* checkout"}}]
_METADATA = {"event_type": "warroom_post", "event_payload": {"marker": "card:1"}}
_VIEW = {"type": "modal", "title": {"type": "plain_text", "text": "Note"}, "blocks": _BLOCKS}
_HOME = {"type": "home", "blocks": _BLOCKS}


@dataclass
class Stage:
    """One Slack with its people, and what the calls so far have given."""

    web: WebClient
    bot: str
    bo: str
    cleo: str
    #: makes the leave to open a form in front of Bo
    trigger: Callable[[], str]
    #: Bo says something in a channel; gives its ts
    says: Callable[[str, str], str]
    #: a channel that our app is not in
    elsewhere: str
    found: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.found[name]


@dataclass(frozen=True)
class Outcome:
    """`code` is Slack's error, "" when it went well; `shape` maps each place of the answer to its type."""

    code: str
    shape: dict[str, str] = field(default_factory=dict)


def _keep(name: str, *path: str) -> Callable[[Stage, Any], None]:
    def keep(stage: Stage, answer: Any) -> None:
        for key in path:
            answer = answer[key]
        stage.found[name] = str(answer)

    return keep


#: (name, call, what to keep of the answer)
_STEPS: list[tuple[str, Call, Callable[[Stage, Any], None] | None]] = [
    ("auth.test", lambda w, s: w.auth_test(), None),
    ("conversations.create", lambda w, s: w.conversations_create(name="inc-1"), _keep("c", "channel", "id")),
    ("conversations.create private", lambda w, s: w.conversations_create(name="inc-2", is_private=True),
     _keep("p", "channel", "id")),
    ("conversations.create again", lambda w, s: w.conversations_create(name="inc-1"), None),
    ("conversations.create odd name", lambda w, s: w.conversations_create(name="Not Good"), None),
    ("conversations.create long name", lambda w, s: w.conversations_create(name="x" * 81), None),
    ("conversations.info", lambda w, s: w.conversations_info(channel=s["c"]), None),
    ("conversations.info private", lambda w, s: w.conversations_info(channel=s["p"]), None),
    ("conversations.info unknown", lambda w, s: w.conversations_info(channel="C404"), None),
    ("conversations.invite", lambda w, s: w.conversations_invite(channel=s["c"], users=s.bo, force=True), None),
    ("conversations.invite again", lambda w, s: w.conversations_invite(channel=s["c"], users=s.bo, force=True), None),
    ("conversations.invite ourselves", lambda w, s: w.conversations_invite(channel=s["c"], users=s.bot), None),
    ("conversations.invite stranger", lambda w, s: w.conversations_invite(channel=s["c"], users="U404"), None),
    ("conversations.invite some", lambda w, s: w.conversations_invite(
        channel=s["c"], users=f"U404,{s.cleo}", force=True),
     None),
    ("conversations.members", lambda w, s: w.conversations_members(channel=s["c"]), None),
    ("conversations.setTopic", lambda w, s: w.conversations_setTopic(channel=s["c"], topic="SEV1"), None),
    ("conversations.setTopic long", lambda w, s: w.conversations_setTopic(channel=s["c"], topic="x" * 251), None),
    ("conversations.setPurpose", lambda w, s: w.conversations_setPurpose(channel=s["c"], purpose="x"), None),
    ("chat.postMessage", lambda w, s: w.chat_postMessage(
        channel=s["c"], text="card", blocks=_BLOCKS, metadata=_METADATA, unfurl_links=False, unfurl_media=False),
     _keep("card", "ts")),
    ("chat.postMessage named", lambda w, s: w.chat_postMessage(channel=s["c"], text="line", username="Ada"),
     _keep("line", "ts")),
    ("chat.postMessage answer", lambda w, s: w.chat_postMessage(channel=s["c"], text="reply", thread_ts=s["card"]),
     None),
    ("chat.postMessage lost thread", lambda w, s: w.chat_postMessage(channel=s["c"], text="x", thread_ts="1.1"), None),
    ("chat.postMessage empty", lambda w, s: w.api_call("chat.postMessage", json={"channel": s["c"]}), None),
    ("chat.postMessage unknown", lambda w, s: w.chat_postMessage(channel="C404", text="x"), None),
    ("chat.postMessage elsewhere", lambda w, s: w.chat_postMessage(channel=s.elsewhere, text="x"), None),
    ("chat.postMessage wrong block", lambda w, s: w.chat_postMessage(channel=s["c"], text="x", blocks=[{"type": "x"}]),
     None),
    ("chat.update", lambda w, s: w.chat_update(channel=s["c"], ts=s["card"], text="card 2", blocks=_BLOCKS), None),
    ("chat.update unknown", lambda w, s: w.chat_update(channel=s["c"], ts="1.1", text="x"), None),
    ("chat.update long", lambda w, s: w.chat_update(channel=s["c"], ts=s["line"], text="x" * 4001), None),
    ("chat.update somebody's", lambda w, s: w.chat_update(channel=s["c"], ts=s.says(s["c"], "hello"), text="x"), None),
    ("chat.postEphemeral", lambda w, s: w.chat_postEphemeral(channel=s["c"], user=s.bo, text="psst"), None),
    ("chat.postEphemeral who is not there", lambda w, s: w.chat_postEphemeral(channel=s["p"], user=s.bo, text="x"),
     None),
    ("chat.getPermalink", lambda w, s: w.chat_getPermalink(channel=s["c"], message_ts=s["card"]), None),
    ("pins.add", lambda w, s: w.pins_add(channel=s["c"], timestamp=s["card"]), None),
    ("pins.add again", lambda w, s: w.pins_add(channel=s["c"], timestamp=s["card"]), None),
    ("pins.add unknown", lambda w, s: w.pins_add(channel=s["c"], timestamp="1.1"), None),
    ("pins.list", lambda w, s: w.pins_list(channel=s["c"]), None),
    ("pins.remove", lambda w, s: w.pins_remove(channel=s["c"], timestamp=s["card"]), None),
    ("pins.remove again", lambda w, s: w.pins_remove(channel=s["c"], timestamp=s["card"]), None),
    ("bookmarks.add", lambda w, s: w.bookmarks_add(channel_id=s["c"], title="Room", type="link", link="https://a.test"),
     None),
    ("bookmarks.add no link", lambda w, s: w.bookmarks_add(channel_id=s["c"], title="Room", type="link", link="x"),
     None),
    ("bookmarks.list", lambda w, s: w.bookmarks_list(channel_id=s["c"]), None),
    ("reactions.add", lambda w, s: w.reactions_add(channel=s["c"], timestamp=s["card"], name="eyes"), None),
    ("reactions.add again", lambda w, s: w.reactions_add(channel=s["c"], timestamp=s["card"], name="eyes"), None),
    ("reactions.add unknown", lambda w, s: w.reactions_add(channel=s["c"], timestamp="1.1", name="eyes"), None),
    ("conversations.history", lambda w, s: w.conversations_history(
        channel=s["c"], limit=200, include_all_metadata=True), None),
    ("conversations.history not in it", lambda w, s: w.conversations_history(channel=s.elsewhere), None),
    ("conversations.replies", lambda w, s: w.conversations_replies(
        channel=s["c"], ts=s["card"], include_all_metadata=True), None),
    ("conversations.replies lost", lambda w, s: w.conversations_replies(channel=s["c"], ts="1.1"), None),
    ("reactions.remove", lambda w, s: w.reactions_remove(channel=s["c"], timestamp=s["card"], name="eyes"), None),
    ("reactions.remove again", lambda w, s: w.reactions_remove(channel=s["c"], timestamp=s["card"], name="eyes"), None),
    ("chat.delete", lambda w, s: w.chat_delete(channel=s["c"], ts=s["line"]), None),
    ("chat.delete again", lambda w, s: w.chat_delete(channel=s["c"], ts=s["line"]), None),
    ("users.info", lambda w, s: w.users_info(user=s.bo), None),
    ("users.info unknown", lambda w, s: w.users_info(user="U404"), None),
    ("users.lookupByEmail", lambda w, s: w.users_lookupByEmail(email="bo@example.com"), None),
    ("users.lookupByEmail unknown", lambda w, s: w.users_lookupByEmail(email="no@example.com"), None),
    ("users.conversations", lambda w, s: w.users_conversations(types="public_channel,private_channel"), None),
    ("usergroups.list", lambda w, s: w.usergroups_list(), None),
    ("conversations.open", lambda w, s: w.conversations_open(users=s.bo), _keep("d", "channel", "id")),
    ("chat.postMessage direct", lambda w, s: w.chat_postMessage(channel=s["d"], text="for you"), None),
    ("views.open", lambda w, s: w.views_open(trigger_id=s.trigger(), view=_VIEW), _keep("v", "view", "id")),
    ("views.open wrong trigger", lambda w, s: w.views_open(trigger_id="nonsense", view=_VIEW), None),
    ("views.update", lambda w, s: w.views_update(view_id=s["v"], view=_VIEW | {"external_id": "e1"}), None),
    ("views.update by our name", lambda w, s: w.views_update(external_id="e1", view=_VIEW), None),
    ("views.update unknown", lambda w, s: w.views_update(view_id="V404", view=_VIEW), None),
    ("views.publish", lambda w, s: w.views_publish(user_id=s.bo, view=_HOME), None),
    ("files.getUploadURLExternal", lambda w, s: w.files_getUploadURLExternal(filename="a.txt", length=3),
     _keep("f", "file_id")),
    ("files.completeUploadExternal unsent", lambda w, s: w.files_completeUploadExternal(
        files=[{"id": "F404", "title": "x"}], channel_id=s["c"]), None),
    ("files upload", lambda w, s: w.files_upload_v2(
        content="abc", filename="a.txt", channel=s["c"], thread_ts=s["card"]),
     _keep("f", "file", "id")),
    ("files.info", lambda w, s: w.files_info(file=s["f"]), None),
    ("files.info unknown", lambda w, s: w.files_info(file="F404"), None),
    ("conversations.kick", lambda w, s: w.conversations_kick(channel=s["c"], user=s.bo), None),
    ("conversations.kick again", lambda w, s: w.conversations_kick(channel=s["c"], user=s.bo), None),
    ("conversations.kick ourselves", lambda w, s: w.conversations_kick(channel=s["c"], user=s.bot), None),
    ("conversations.join", lambda w, s: w.conversations_join(channel=s.elsewhere), None),
    ("conversations.rename", lambda w, s: w.conversations_rename(channel=s["c"], name="inc-1-mail"), None),
    ("conversations.rename taken", lambda w, s: w.conversations_rename(channel=s["c"], name="inc-2"), None),
    ("conversations.archive", lambda w, s: w.conversations_archive(channel=s["c"]), None),
    ("conversations.archive again", lambda w, s: w.conversations_archive(channel=s["c"]), None),
    ("chat.postMessage archived", lambda w, s: w.chat_postMessage(channel=s["c"], text="x"), None),
    ("chat.postEphemeral archived", lambda w, s: w.chat_postEphemeral(channel=s["c"], user=s.bo, text="x"), None),
    ("pins.add archived", lambda w, s: w.pins_add(channel=s["c"], timestamp=s["card"]), None),
    ("reactions.add archived", lambda w, s: w.reactions_add(channel=s["c"], timestamp=s["card"], name="ok"), None),
    ("bookmarks.add archived", lambda w, s: w.bookmarks_add(
        channel_id=s["c"], title="x", type="link", link="https://a.test"), None),
    ("conversations.setTopic archived", lambda w, s: w.conversations_setTopic(channel=s["c"], topic="x"), None),
    ("conversations.invite archived", lambda w, s: w.conversations_invite(channel=s["c"], users=s.cleo), None),
    ("conversations.kick archived", lambda w, s: w.conversations_kick(channel=s["c"], user=s.bo), None),
    ("chat.update archived", lambda w, s: w.chat_update(channel=s["c"], ts=s["card"], text="x"), None),
    ("chat.delete archived", lambda w, s: w.chat_delete(channel=s["c"], ts=s["card"]), None),
    ("conversations.history archived", lambda w, s: w.conversations_history(channel=s["c"]), None),
    ("conversations.unarchive", lambda w, s: w.conversations_unarchive(channel=s["c"]), None),
    ("conversations.unarchive again", lambda w, s: w.conversations_unarchive(channel=s["c"]), None),
]  # fmt: skip


def methods() -> set[str]:
    """The methods that are called."""
    names = {name.split(" ")[0] for name, _, _ in _STEPS} - {"files"}
    return names | {"files.completeUploadExternal"}


def play(stage: Stage) -> dict[str, Outcome]:
    """Make all the calls; what one gives, later ones use."""
    found = {}
    for name, call, keep in _STEPS:
        try:
            answer = call(stage.web, stage)
        except SlackApiError as error:
            found[name] = Outcome(str(error.response.get("error") or "no such method"))
            continue
        data = getattr(answer, "data", answer)
        found[name] = Outcome("", dict(shape_of(data)))
        if keep is not None:
            keep(stage, data)
    return found


def shape_of(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Each place of a value with its type; the items of a list are one place."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from shape_of(item, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        yield place, "list"
        for item in value:
            yield from shape_of(item, f"{place}[]")
    elif value is not None:
        yield place, type(value).__name__
