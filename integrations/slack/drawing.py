"""What a post and an answer look like in Slack."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chatops.port import Post
from integrations.slack.mrkdwn import LONGEST, cut, escape, link, to_mrkdwn

#: the metadata event type under which our posts carry their marker
METADATA = "warroom_post"
_TEXT_ROOM = 3500
_MOST_FILES = 10


def line_text(post: Post, *, names_author: bool) -> str:
    """The text of a post: who and when where Slack does not show it, then the words, then the files."""
    text = to_mrkdwn(post.text, _TEXT_ROOM, post.names)
    if names_author:
        text = f"*{escape(' '.join(post.author.split()))}*: {text}"
    if post.at is not None:
        text = f"{text}\n_said {moment(post.at)}_"
    for name, url in post.files[:_MOST_FILES]:
        text = f"{text}\n📎 {link(url, name, is_ours=True)}"
    return cut(text, LONGEST).strip() or "…"


def moment(at: datetime) -> str:
    """A time that each reader sees in their own zone (docs.slack.dev, date formatting)."""
    utc = at.astimezone(UTC)
    return f"<!date^{int(utc.timestamp())}^{{date_short_pretty}} {{time}}|{utc:%Y-%m-%d %H:%M} UTC>"


def answer_body(shown: Mapping[str, Any], *, to_everyone: bool, replaces: bool) -> dict[str, Any]:
    """The body for a response_url.

    The result takes the place of "Working on it…" only for the one who asked: what is seen by one can't
    become seen by all. A message with a button is never replaced.
    """
    return {
        **shown,
        "response_type": "in_channel" if to_everyone else "ephemeral",
        "replace_original": replaces and not to_everyone,
    }


def thread_address(channel: str, thread_ts: str, user: str) -> str:
    """Where to answer a mention: in its thread, or to its writer alone. Read by `SlackChat.answer`."""
    return f"thread:{channel}:{thread_ts}:{user}"
