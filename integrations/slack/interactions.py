"""What people type to our app, press and choose: slash commands, buttons, menus, forms. Pure, as inbound.py.

docs.slack.dev/interactivity/implementing-slash-commands and docs.slack.dev/reference/interaction-payloads.
"""

import hashlib
from typing import Any

from connections.intake import Unreadable
from integrations.slack import views
from integrations.slack.app_manifest import DECLARE, DECLARE_FROM, FOLLOWUP_ADD, TASK_ADD, TIMELINE_ADD
from integrations.slack.blocks import is_command
from integrations.slack.drawing import thread_address
from integrations.slack.reading import a_ts, an_id, maybe_id, part, words
from integrations.slack.text import Names, groups_in, mentioned, one_word, to_plain
from integrations.slack.values import Author, Chosen, Command, Filled, Own, Ping, Place, Unknown, Value

ENTRIES = {TIMELINE_ADD, TASK_ADD, FOLLOWUP_ADD, DECLARE_FROM}
_MOST_TRIGGER = 150
_MOST_QUOTED = 2500


def command(form: dict[str, str], own: Own, names: Names) -> Value:
    if form.get("ssl_check"):
        return Ping()
    text = form.get("text", "")
    line = f"{form.get('command', '')} {to_plain(text, names=one_word(names))}".strip()
    if not line.startswith("/"):
        raise Unreadable("there is no command in it")
    trigger = form.get("trigger_id", "")
    if not trigger or len(trigger) > _MOST_TRIGGER:
        raise Unreadable("there is no trigger_id in it")
    author = Author(an_id(form, "user_id"), an_id(form, "team_id"), form.get("user_name", "")[:120])
    return Command(
        team=own.team_id,
        channel=an_id(form, "channel_id"),
        author=author,
        line=line,
        outside_id=f"cmd:{trigger}",
        answer_address=answer_address(form.get("response_url", ""), replaces=True),
        needs=list(dict.fromkeys([("user", author.id), *mentioned(text), *groups_in(text)])),
        trigger=trigger,
    )


def interaction(payload: dict[str, Any], own: Own) -> Value:
    """Say what somebody pressed, chose or sent.

    :raises Unreadable: it could not be understood.
    """
    kind = words(payload, "type")
    if kind == "block_actions":
        return _press(payload, own)
    if kind == "message_action":
        return _chosen(payload, own)
    if kind == "shortcut" and words(payload, "callback_id") == DECLARE:
        return _typed(payload, own, "/incident create --form", channel="")
    if kind == "view_submission" and words(part(payload, "view"), "callback_id") == views.FORM:
        return _filled(payload, own)
    return Unknown(f"interaction {kind}"[:60], raw=payload)


def _chosen(payload: dict[str, Any], own: Own) -> Value:
    entry = words(payload, "callback_id")
    if entry not in ENTRIES:
        return Unknown("menu", "an entry that is not ours", raw=payload)
    message = part(payload, "message")
    place = Place(own.team_id, an_id(part(payload, "channel"), "id"), a_ts(message, "ts"))
    author, text = _presser(payload, own), words(message, "text")
    return Chosen(
        place=place,
        author=author,
        entry=entry,
        text=to_plain(text, message.get("blocks"))[:_MOST_QUOTED],
        outside_id=f"int:{_trigger(payload)}",
        trigger=words(payload, "trigger_id"),
        answer_address=answer_address(words(payload, "response_url"), replaces=False),
        needs=[("user", author.id)],
    )


def _filled(payload: dict[str, Any], own: Own) -> Value:
    view, author, trigger = part(payload, "view"), _presser(payload, own), _trigger(payload)
    return Filled(
        author=author,
        token=words(view, "private_metadata")[:40],
        values=views.values_of(part(part(view, "state"), "values")),
        ref=f"{views.EXTERNAL}{external_id(payload)}",
        outside_id=f"form:{trigger}",
        needs=[("user", author.id)],
    )


def external_id(payload: dict[str, Any]) -> str:
    """Our name for what takes the place of a form that was sent: the same at the door and afterwards."""
    said = f"{words(part(payload, 'view'), 'id')}:{words(payload, 'trigger_id')}"
    return f"form-{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()[:40]}"


def _trigger(payload: dict[str, Any]) -> str:
    trigger = words(payload, "trigger_id")
    if not trigger or len(trigger) > _MOST_TRIGGER:
        raise Unreadable("there is no trigger_id in it")
    return trigger


def _typed(payload: dict[str, Any], own: Own, line: str, *, channel: str) -> Value:
    """A menu entry that stands for a typed line. Without a response_url the answer is a direct message."""
    author, trigger = _presser(payload, own), _trigger(payload)
    return Command(
        team=own.team_id,
        channel=channel,
        author=author,
        line=line,
        outside_id=f"int:{trigger}",
        answer_address=thread_address(author.id, "", ""),
        needs=[("user", author.id)],
        trigger=trigger,
    )


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
    if not trigger or len(trigger) > _MOST_TRIGGER:
        raise Unreadable("there is no trigger_id in it")
    author = _presser(payload, own)
    channel = maybe_id(part(payload, "channel"), "id") or maybe_id(part(payload, "container"), "channel_id")
    address = answer_address(words(payload, "response_url"), replaces=False)
    return Command(
        team=own.team_id,
        channel=channel,
        author=author,
        line=line,
        outside_id=f"int:{trigger}",
        # The message with the button must stay: the answer is one of its own. A page of ours has no address.
        answer_address=address or thread_address(author.id, "", ""),
        needs=[("user", author.id)],
        trigger=words(payload, "trigger_id"),
    )


def answer_address(response_url: str, *, replaces: bool) -> str:
    """The response_url, marked when the answer takes the place of our "Working on it…"."""
    if not response_url.startswith(("https://", "http://")) or len(response_url) > 450:
        return ""
    return f"{response_url}#replace" if replaces else response_url
