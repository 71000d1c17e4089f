"""Block Kit blocks on paper. A kind of block that is not known here can't be drawn, and says so."""

from collections.abc import Callable, Sequence
from typing import Any

from integrations.slack.pictures.paper import LINE, Paper
from integrations.slack.pictures.runs import Run

Block = dict[str, Any]
_GAP, _BUTTON, _FIELD = 10.0, 34.0, 38.0
_DOWN = "M0 0l5 5l5-5"


def draw_blocks(paper: Paper, blocks: Sequence[Block], x: float, width: float) -> None:
    """Draw them one below the other.

    :raises KeyError: a kind of block or element that this has not learned to draw.
    """
    for block in blocks:
        _BLOCKS[block["type"]](paper, block, x, width)
        paper.y += _GAP


def _header(paper: Paper, block: Block, x: float, width: float) -> None:
    paper.plain(block["text"]["text"], x, width, "big", size=17)


def _section(paper: Paper, block: Block, x: float, width: float) -> None:
    if "text" in block:
        paper.mrkdwn(block["text"]["text"], x, width)
    fields, half = block.get("fields", []), (width - 16) / 2
    for start in range(0, len(fields), 2):
        top, ends = paper.y, []
        for column, field in enumerate(fields[start : start + 2]):
            paper.y = top
            paper.mrkdwn(field["text"], x + column * (half + 16), half)
            ends.append(paper.y)
        paper.y = max(ends) + 8


def _divider(paper: Paper, block: Block, x: float, width: float) -> None:
    paper.rule(x, width)


def _actions(paper: Paper, block: Block, x: float, width: float) -> None:
    at = x
    for element in block["elements"]:
        label = element["text"]["text"]
        wide = paper.width(label, "bold") + 26
        if at > x and at + wide > x + width:
            at, paper.y = x, paper.y + _BUTTON + 8
        style = element.get("style", "")
        paper.box(style or "edge", at + 0.5, paper.y + 0.5, wide, _BUTTON - 1)
        paper.say([Run(label, "on" if style else "bold")], at + wide / 2, paper.y + 22, middle=True)
        at += wide + 8
    paper.y += _BUTTON


def _input(paper: Paper, block: Block, x: float, width: float) -> None:
    optional = [Run(" (optional)", "soft")] if block.get("optional") else []
    paper.say([Run(block["label"]["text"], "bold"), *optional], x, paper.y + LINE * 0.72)
    paper.y += LINE + 4
    _ELEMENTS[block["element"]["type"]](paper, block["element"], x, width)
    if "hint" in block:
        paper.y += 2
        paper.plain(block["hint"]["text"], x, width, "small soft", size=12)


def _text_input(paper: Paper, element: Block, x: float, width: float) -> None:
    tall = 3 * LINE + 18 if element.get("multiline") else _FIELD
    _field(paper, element, element.get("initial_value", ""), x, width, tall)


def _one_of(paper: Paper, element: Block, x: float, width: float) -> None:
    chosen = element.get("initial_option")
    _field(paper, element, chosen["text"]["text"] if chosen else "", x, width, _FIELD)
    paper.mark(_DOWN, x + width - 24, paper.y - _FIELD / 2 - 2)


def _some_of(paper: Paper, element: Block, x: float, width: float) -> None:
    chosen = ", ".join(option["text"]["text"] for option in element.get("initial_options", []))
    _field(paper, {"placeholder": {"text": "Select options"}, **element}, chosen, x, width, _FIELD)
    paper.mark(_DOWN, x + width - 24, paper.y - _FIELD / 2 - 2)


def _person(paper: Paper, element: Block, x: float, width: float) -> None:
    chosen = element.get("initial_user", "")
    _field(paper, element, paper.people.get(chosen, chosen), x, width, _FIELD)
    paper.mark(_DOWN, x + width - 24, paper.y - _FIELD / 2 - 2)


def _ticks(paper: Paper, element: Block, x: float, width: float) -> None:
    chosen = element.get("initial_options", [])
    for option in element["options"]:
        paper.box("edge", x + 0.5, paper.y + 2.5, 15, 15, 3)
        if option in chosen:
            paper.mark("M0 4l4 4l7-8", x + 2.5, paper.y + 6)
        paper.plain(option["text"]["text"], x + 26, width - 26)
        paper.y += 4


def _field(paper: Paper, element: Block, value: str, x: float, width: float, tall: float) -> None:
    paper.box("edge", x + 0.5, paper.y + 0.5, width - 1, tall - 1)
    top, paper.y = paper.y, paper.y + 9
    placeholder = element.get("placeholder", {}).get("text", "")
    for line in (value or placeholder).split("\n"):
        if paper.y < top + tall - LINE:
            paper.plain(line, x + 12, width - 48, "" if value else "soft")
    paper.y = max(top + tall, paper.y if tall > _FIELD else 0)


_BLOCKS: dict[str, Callable[[Paper, Block, float, float], None]] = {
    "header": _header,
    "section": _section,
    "divider": _divider,
    "actions": _actions,
    "input": _input,
}
_ELEMENTS: dict[str, Callable[[Paper, Block, float, float], None]] = {
    "plain_text_input": _text_input,
    "static_select": _one_of,
    "multi_static_select": _some_of,
    "users_select": _person,
    "checkboxes": _ticks,
}
