"""Slack as a chat that the core sends to: `chatops.port.ChatPort`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chatops.dialogs import Dialog
from chatops.port import DIALOG_GONE, Card, FileToShare, Invited, Made, Post
from common import clock
from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.slack import channels, learning
from integrations.slack.blocks import card_blocks
from integrations.slack.client import SlackClient, SlackRefused, client_for
from integrations.slack.drawing import METADATA, answer_body, line_text
from integrations.slack.emojis import name_of
from integrations.slack.models import Fact
from integrations.slack.mrkdwn import escape, to_mrkdwn
from integrations.slack.people import realm_of
from integrations.slack.uploads import is_there, upload
from integrations.slack.views import EXTERNAL, home_of, view_of
from oncall.last_look import look_again

#: docs.slack.dev/reference/methods/conversations.invite
_MOST_INVITED = 100
_LONGEST_TOPIC = 250
#: about one message a second and channel (docs.slack.dev/apis/web-api/rate-limits)
_PACE = timedelta(seconds=1)
#: how far the clocks of Slack and of the database may be apart when a post is looked for
_MARGIN = timedelta(seconds=90)
_HISTORY_PAGES, _HISTORY_PAGE = 5, 200
_FINE_TO_REMOVE = {"not_in_channel", "user_not_in_channel", "cant_kick_self", "user_not_found"}
_FINE_TO_INVITE = {"already_in_channel", "cant_invite_self"}
#: what is wrong with one person and not with the channel
_PERSONAL = {
    "cant_invite": "can't be invited",
    "no_user": "unknown to Slack",
    "org_user_not_in_team": "not in this workspace",
    "ura_max_channels": "a guest of one channel",
    "user_disabled": "deactivated in Slack",
    "user_is_restricted": "a guest, who may not join",
    "user_is_ultra_restricted": "a guest of one channel",
    "user_not_found": "unknown to Slack",
    "users_not_found": "unknown to Slack",
}
#: whoever is not (or no longer) in the channel sees nothing there
_NOT_THERE = {"user_not_in_channel", "not_in_channel", "is_archived", "channel_not_found"}
#: too late, used already, or closed by the person
_NO_VIEW = {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "not_found", "view_not_found"}
_NO_PREVIEWS = {"unfurl_links": False, "unfurl_media": False}
#: the emoji or the message is not there: nobody is helped by trying again
_NOTHING_TO_REACT_TO = {"invalid_name", "message_not_found", "too_many_reactions", "too_many_emoji", "thread_locked"}
_NO_THREAD = {"thread_not_found", "cannot_reply_to_message", "message_not_found"}


class SlackChat:
    """One connected workspace."""

    def __init__(self, connection: Connection, client: SlackClient | None = None) -> None:
        self._connection = connection
        self._given = client

    @property
    def _client(self) -> SlackClient:
        if self._given is None:
            self._given = client_for(self._connection)
        return self._given

    def pace(self) -> timedelta:
        return _PACE

    # --- channels ---------------------------------------------------------------------------------
    def create_room(self, name: str, *, is_private: bool, marker: str, look_first: bool) -> Made:
        own = learning.own_in(self._self())
        found = None
        if look_first:
            found = channels.find_made(self._client, own, name, is_private=is_private, marker=marker)
        channel = found or channels.create(self._client, name, is_private=is_private, marker=marker)
        return channels.made(channel, own)

    def realm(self) -> str:
        own = learning.own_of(self._connection) or learning.own_in(self._self())
        return realm_of(own.team_id)

    def set_topic(self, room: str, text: str) -> None:
        topic = escape(" ".join(text.split()))[:_LONGEST_TOPIC]
        self._client.call("conversations.setTopic", channel=room, topic=topic)

    def invite(self, room: str, people: Sequence[str]) -> Invited:
        wanted = list(dict.fromkeys(people))
        failed: list[tuple[str, str]] = []
        for start in range(0, len(wanted), _MOST_INVITED):
            failed += self._invite(room, wanted[start : start + _MOST_INVITED])
        return Invited(failed)

    def _invite(self, room: str, people: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Invite at once; Slack lists who could not come, or names one code for all."""
        try:
            answer: Mapping[str, Any] = self._client.call(
                "conversations.invite", channel=room, users=",".join(people), force=True
            )
        except SlackRefused as refused:
            if refused.code not in _PERSONAL and refused.code not in _FINE_TO_INVITE:
                raise
            if not refused.data.get("errors"):
                if len(people) > 1:
                    for person in people:
                        yield from self._invite(room, [person])
                elif refused.code not in _FINE_TO_INVITE:
                    yield people[0], _PERSONAL[refused.code]
                return
            answer = refused.data
        for error in answer.get("errors") or []:
            code = str(error.get("error", ""))
            if code not in _FINE_TO_INVITE:
                yield str(error.get("user", "")), _PERSONAL.get(code, code)

    def remove(self, room: str, person: str) -> None:
        try:
            self._client.call("conversations.kick", channel=room, user=person)
        except SlackRefused as refused:
            # not_in_channel is said of our own app too; that shows at the next post.
            if refused.code not in _FINE_TO_REMOVE:
                raise

    def pin(self, room: str, ref: str) -> None:
        self._calmly({"already_pinned"}, "pins.add", channel=room, timestamp=ref)

    def bookmark(self, room: str, title: str, url: str) -> None:
        there = self._client.call("bookmarks.list", channel_id=room).get("bookmarks") or []
        if not any(entry.get("link") == url for entry in there):
            self._client.call("bookmarks.add", channel_id=room, title=title[:100], type="link", link=url)

    def archive(self, room: str) -> None:
        self._calmly({"already_archived"}, "conversations.archive", channel=room)

    def unarchive(self, room: str) -> None:
        self._calmly({"not_archived"}, "conversations.unarchive", channel=room)

    # --- posts ------------------------------------------------------------------------------------
    def post(self, room: str, post: Post) -> str:
        content = self._content(post)
        content["metadata"] = {"event_type": METADATA, "event_payload": {"marker": post.marker}}
        if post.author and self._may_name_authors():
            content["username"] = post.author[:80]
            if post.picture:
                content["icon_url"] = post.picture
        if post.thread_ref:
            content["thread_ts"] = post.thread_ref
        return str(self._post(room, content)["ts"])

    def _post(self, room: str, content: dict[str, Any], *, may_join: bool = True) -> dict[str, Any]:
        """Post, and mend what can be mended at once: these refusals mean that nothing was posted."""
        try:
            return self._client.call("chat.postMessage", channel=room, **_NO_PREVIEWS, **content)
        except SlackRefused as refused:
            if refused.code == "missing_scope" and "username" in content:
                # Slack usually ignores the name in silence; where it refuses, it is said in the text.
                name = content.pop("username")
                content.pop("icon_url", None)
                return self._post(room, {**content, "text": f"*{escape(name)}*: {content['text']}"})
            if refused.code in _NO_THREAD and "thread_ts" in content:
                return self._post(room, {k: v for k, v in content.items() if k != "thread_ts"})
            if refused.code == "not_in_channel" and may_join:
                self._client.call("conversations.join", channel=room)
                return self._post(room, content, may_join=False)
            raise

    def edit(self, room: str, ref: str, post: Post) -> None:
        # Text and blocks each time: text alone would drop the blocks. The metadata stays by itself.
        self._client.call("chat.update", channel=room, ts=ref, **self._content(post))

    def delete(self, room: str, ref: str) -> None:
        self._calmly({"message_not_found"}, "chat.delete", channel=room, ts=ref)

    def share_file(self, room: str, thread_ref: str, file: FileToShare, *, look_first: bool) -> None:
        if not self._may("files:write"):
            return
        own = learning.own_in(self._self())
        if look_first and is_there(self._replies(room, thread_ref, "0"), file, own.user_id):
            return
        upload(self._client, room, thread_ref, file)

    def react(self, room: str, ref: str, emoji: str, *, on: bool) -> None:
        name = name_of(emoji)
        if name:
            method, fine = ("reactions.add", "already_reacted") if on else ("reactions.remove", "no_reaction")
            self._calmly(_NOTHING_TO_REACT_TO | {fine}, method, channel=room, timestamp=ref, name=name)

    def find_post(self, room: str, marker: str, since: datetime, thread_ref: str = "") -> str:
        """Look through what was posted since; answers in threads stand only in their thread."""
        oldest = f"{(since - _MARGIN).timestamp():.6f}"
        if thread_ref:
            return self._marked(self._replies(room, thread_ref, oldest), marker)
        found = self._marked(self._history(room, oldest=oldest), marker)
        if found:
            return found
        for message in self._history(room):
            if str(message.get("latest_reply") or "") >= oldest:
                found = self._marked(self._replies(room, str(message["ts"]), oldest), marker)
                if found:
                    return found
        return ""

    def _marked(self, messages: Iterable[Mapping[str, Any]], marker: str) -> str:
        own = learning.own_in(self._self())
        for message in messages:
            metadata = message.get("metadata") or {}
            payload = metadata.get("event_payload") or {}
            is_ours = message.get("user") == own.user_id or message.get("bot_id") == own.bot_id
            if is_ours and metadata.get("event_type") == METADATA and payload.get("marker") == marker:
                return str(message["ts"])
        return ""

    def _history(self, room: str, **bounds: str) -> Iterator[dict[str, Any]]:
        """Newest first."""
        yield from self._pages("conversations.history", channel=room, **bounds)

    def _replies(self, room: str, thread: str, oldest: str) -> Iterator[dict[str, Any]]:
        yield from self._pages("conversations.replies", channel=room, ts=thread, oldest=oldest)

    def _pages(self, method: str, **params: Any) -> Iterator[dict[str, Any]]:
        cursor: dict[str, str] = {}
        for _ in range(_HISTORY_PAGES):
            answer = self._client.call(method, limit=_HISTORY_PAGE, include_all_metadata=True, **params, **cursor)
            yield from answer.get("messages") or []
            following = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not following:
                return
            cursor = {"cursor": following}

    def answer(self, address: str, text: str, *, to_everyone: bool, card: Card | None = None) -> None:
        """Answer at a response_url, or in the thread of the mention that asked (see drawing.py)."""
        blocks = card_blocks(card) if card is not None else []
        shown = {"text": to_mrkdwn(text) or "Done.", **({"blocks": blocks} if blocks else {})}
        if address.startswith("thread:"):
            self._answer_in_thread(address, shown, to_everyone=to_everyone)
            return
        url, _, mark = address.partition("#")
        self._client.respond(url, answer_body(shown, to_everyone=to_everyone, replaces=mark == "replace"))
        if to_everyone and mark == "replace":
            # What only the asker saw can't be shown to everybody: the placeholder goes away instead.
            self._take_placeholder_away(url)

    def unanswer(self, address: str) -> None:
        url, _, mark = address.partition("#")
        if mark == "replace":
            self._take_placeholder_away(url)

    def _take_placeholder_away(self, url: str) -> None:
        try:
            self._client.respond(url, {"delete_original": True})
        except PartnerTrouble:
            return

    def _answer_in_thread(self, address: str, shown: dict[str, Any], *, to_everyone: bool) -> None:
        _, channel, thread, user = address.split(":")
        if channel.startswith(("U", "W")):
            channel = str(self._client.call("conversations.open", users=channel)["channel"]["id"])
        place = {"channel": channel, **({"thread_ts": thread} if thread else {})}
        if to_everyone or not user:
            self._client.call("chat.postMessage", **_NO_PREVIEWS, **place, **shown)
        else:
            self._client.call("chat.postEphemeral", user=user, **place, **shown)

    # --- for one person ---------------------------------------------------------------------------
    def whisper(self, room: str, person: str, post: Post) -> None:
        self._calmly(_NOT_THERE, "chat.postEphemeral", channel=room, user=person, **self._content(post))

    def tell(self, person: str, post: Post, *, since: datetime | None = None) -> str:
        direct = str(self._client.call("conversations.open", users=person)["channel"]["id"])
        found = self.find_post(direct, post.marker, since) if since is not None else ""
        if found:
            return found
        look_again()
        return self.post(direct, post)

    def find_told(self, person: str, marker: str, since: datetime) -> str:
        direct = str(self._client.call("conversations.open", users=person)["channel"]["id"])
        return self.find_post(direct, marker, since)

    def retell(self, person: str, ref: str, post: Post) -> None:
        direct = str(self._client.call("conversations.open", users=person)["channel"]["id"])
        self._calmly({"message_not_found"}, "chat.update", channel=direct, ts=ref, **self._content(post))

    def show_home(self, person: str, cards: Sequence[Card]) -> None:
        self._calmly({"not_enabled"}, "views.publish", user_id=person, view=home_of(cards))

    # --- dialogs ----------------------------------------------------------------------------------
    def open_dialog(self, trigger: str, dialog: Dialog) -> str:
        answer = self._on_view("views.open", trigger_id=trigger, view=view_of(dialog))
        return str(answer["view"]["id"])

    def update_dialog(self, ref: str, dialog: Dialog) -> None:
        if ref.startswith(EXTERNAL):
            name = ref.removeprefix(EXTERNAL)
            self._on_view("views.update", external_id=name, view=view_of(dialog) | {"external_id": name})
        else:
            self._on_view("views.update", view_id=ref, view=view_of(dialog))

    def _on_view(self, method: str, **params: Any) -> dict[str, Any]:
        try:
            return self._client.call(method, **params)
        except SlackRefused as refused:
            if refused.code not in _NO_VIEW:
                raise
            raise PartnerTrouble(refused.message, permanent=True, code=DIALOG_GONE) from refused

    # --- people -----------------------------------------------------------------------------------
    def people_by_email(self, emails: Sequence[str]) -> dict[str, str]:
        """Each address is asked for once and kept, so that a limit in the middle loses nothing."""
        wanted = list(dict.fromkeys(emails))
        known = learning.answers(self._connection, [(Fact.EMAIL, email.lower()) for email in wanted])
        found = {}
        for email in wanted:
            fact = known.get((Fact.EMAIL, email.lower()))
            answer = fact.answer if fact else self._lookup(email)
            if answer.get("id"):
                found[email] = str(answer["id"])
        return found

    def _lookup(self, email: str) -> dict[str, Any]:
        answer = learning.ask_email(self._client, email)
        learning.put(self._connection, Fact.EMAIL, email.lower(), answer)
        return answer

    # --- ourselves --------------------------------------------------------------------------------
    def _content(self, post: Post) -> dict[str, Any]:
        text = line_text(post, names_author=bool(post.author) and not self._may_name_authors())
        if post.card is None:
            return {"text": text}
        return {"text": text, "blocks": card_blocks(post.card)}

    def _may_name_authors(self) -> bool:
        """A name without this scope is ignored in silence, so the text has to carry it."""
        return self._may("chat:write.customize")

    def _may(self, scope: str) -> bool:
        """Tell whether the token has a permission."""
        scopes = self._client.scopes
        return scope in (self._self().get("scopes") or () if scopes is None else scopes)

    def _self(self) -> dict[str, Any]:
        """Who we are here: known, or asked now."""
        fact = Fact.objects.filter(connection=self._connection, about=Fact.SELF, is_sure=True).first()
        if fact is not None and fact.learned_at and clock.now() - fact.learned_at < timedelta(hours=1):
            return dict(fact.answer)
        try:
            answer = learning.ask_self(self._client)
        except PartnerTrouble:
            if fact is None:
                raise
            return dict(fact.answer)
        learning.put(self._connection, Fact.SELF, "", answer)
        return answer

    def _calmly(self, fine: set[str], method: str, **params: Any) -> None:
        """Call a method; it was so already is fine."""
        try:
            self._client.call(method, **params)
        except SlackRefused as refused:
            if refused.code not in fine:
                raise
