"""A card as Block Kit blocks, within Slack's limits whatever the card holds.

Limits: docs.slack.dev/reference/block-kit. `action_id` must be unique in its block, or Slack refuses the
whole message with invalid_blocks; so buttons that run a command are `cmd`, `cmd:1`, `cmd:2` ...
"""

from collections.abc import Iterator, Sequence
from typing import Any

from chatops.port import Button, Card
from integrations.slack.mrkdwn import escape, to_mrkdwn

Block = dict[str, Any]

COMMAND = "cmd"
_HEADER, _SECTION, _FIELD, _LABEL = 150, 3000, 2000, 75
_VALUE, _URL = 2000, 3000
_FIELDS_PER_SECTION, _MOST_FACTS, _MOST_BUTTONS = 10, 40, 8
#: Slack's limit for a message's blocks together is not published; this stayed well below msg_blocks_too_long.
_BUDGET = 12_000
_STYLES = ("primary", "danger")


def card_blocks(card: Card) -> list[Block]:
    """Header, facts in their order two abreast, text, buttons."""
    blocks: list[Block] = []
    title = cut_line(card.title, _HEADER)
    if title:
        blocks.append({"type": "header", "text": plain_text(title)})
    fields = list(_facts(card.facts))
    for start in range(0, len(fields), _FIELDS_PER_SECTION):
        blocks.append({"type": "section", "fields": fields[start : start + _FIELDS_PER_SECTION]})
    room = min(_SECTION, _BUDGET - sum(len(field["text"]) for field in fields))
    text = to_mrkdwn(card.text, room) if card.text.strip() and room > 100 else ""
    if text.strip():
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": text}})
    return blocks + button_row(card.buttons)


def button_row(buttons: Sequence[Button]) -> list[Block]:
    """The buttons that Slack takes, as one block; none when there are none."""
    elements = [element for n, button in enumerate(buttons) if (element := _button(button, n))]
    return [{"type": "actions", "elements": elements[:_MOST_BUTTONS]}] if elements else []


def is_command(action_id: str) -> bool:
    """Tell whether a pressed button runs a typed command."""
    return action_id == COMMAND or action_id.startswith(f"{COMMAND}:")


def _facts(facts: Sequence[tuple[str, str]]) -> Iterator[dict[str, str]]:
    spent = 0
    for name, value in facts[:_MOST_FACTS]:
        label = escape(cut_line(name, 100))
        room = min(_FIELD - len(label) - 3, _BUDGET - spent)
        if room < 100:
            return
        shown = to_mrkdwn(value, room).strip() or "–"
        text = f"*{label}*\n{shown}" if label else shown
        spent += len(text)
        yield {"type": "mrkdwn", "text": text}


def _button(button: Button, position: int) -> Block | None:
    """A button Slack takes, or None for one that it would refuse the whole message for."""
    label = cut_line(button.label, _LABEL)
    if not label:
        return None
    element: Block = {"type": "button", "text": plain_text(label)}
    if button.style in _STYLES:
        element["style"] = button.style
    if button.url:
        if not button.url.startswith(("http://", "https://")) or len(button.url) > _URL:
            return None
        return {**element, "action_id": f"url:{position}", "url": button.url}
    if not button.command or len(button.command) > _VALUE:
        return None
    suffix = f":{position}" if position else ""
    return {**element, "action_id": f"{COMMAND}{suffix}", "value": button.command}


def plain_text(text: str) -> dict[str, Any]:
    """A text object without marks."""
    return {"type": "plain_text", "text": text, "emoji": True}


def cut_line(text: str, most: int) -> str:
    """One line of at most `most` characters (as UTF-16); without lone surrogates."""
    line = " ".join(text.encode("utf-8", "replace").decode().split())
    if len(line.encode("utf-16-le")) // 2 <= most:
        return line
    return line.encode("utf-16-le")[: (most - 1) * 2].decode("utf-16-le", "ignore").rstrip() + "…"
