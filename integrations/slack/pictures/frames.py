"""What stands around the blocks: a message, a form, a home, a menu."""

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.slack.pictures.blocks import draw_blocks
from integrations.slack.pictures.paper import LINE, WIDTH, Paper
from integrations.slack.pictures.runs import Run

_SIDE, _FACE = 18.0, 36.0
_CROSS = "M0 0l10 10M10 0l-10 10"
_BUTTON = 34.0


def draw_messages(messages: Sequence[Mapping[str, Any]], title: str) -> str:
    """Posts, answers and whispers as requests carry them, the oldest above."""
    paper = Paper()
    paper.y = _SIDE
    for message in messages:
        _message(paper, message)
    paper.y += 4
    return paper.svg(title)


def _message(paper: Paper, message: Mapping[str, Any]) -> None:
    """One post. `only_you` marks what one person alone sees, `time` is the one that Slack shows beside it."""
    name = str(message.get("username", "Warroom"))
    x, width = _SIDE + _FACE + 10, WIDTH - 2 * _SIDE - _FACE - 10
    if message.get("only_you"):
        paper.say([Run("Only visible to you", "small soft")], x, paper.y + 12)
        paper.y += LINE
    paper.box("other" if "username" in message else "face", _SIDE, paper.y + 2, _FACE, _FACE, 6)
    paper.say([Run(name[:1], "big on")], _SIDE + _FACE / 2, paper.y + 27, middle=True)
    said = [Run(name, "bold"), Run("  APP", "small soft"), Run(f"  {message.get('time', '')}", "small soft")]
    paper.say(said, x, paper.y + LINE * 0.72)
    paper.y += LINE + 4
    if message.get("blocks"):
        draw_blocks(paper, message["blocks"], x, width)
    else:
        paper.mrkdwn(str(message["text"]), x, width)
        paper.y += 10


def draw_view(view: Mapping[str, Any], title: str, people: Mapping[str, str]) -> str:
    """A form, or what became of it."""
    paper = Paper(people)
    paper.y = _SIDE
    paper.plain(view["title"]["text"], _SIDE, WIDTH - 80, "big", size=17)
    paper.mark(_CROSS, WIDTH - _SIDE - 10, _SIDE + 5)
    paper.y += 12
    paper.rule(0, WIDTH)
    paper.y += 16
    draw_blocks(paper, view["blocks"], _SIDE, WIDTH - 2 * _SIDE)
    paper.y += 6
    paper.rule(0, WIDTH)
    paper.y += 14
    _foot(paper, view)
    paper.y += _BUTTON + 14
    return paper.svg(title)


def _foot(paper: Paper, view: Mapping[str, Any]) -> None:
    """The buttons below a form, from the right."""
    right = WIDTH - _SIDE
    for key, style in (("submit", "primary"), ("close", "edge")):
        label = view[key]["text"] if key in view else ""
        if label:
            wide = paper.width(label, "bold") + 30
            paper.box(style, right - wide + 0.5, paper.y + 0.5, wide - 1, _BUTTON - 1)
            text = Run(label, "on" if key == "submit" else "bold")
            paper.say([text], right - wide / 2, paper.y + 22, middle=True)
            right -= wide + 10


def draw_home(view: Mapping[str, Any], title: str) -> str:
    """The home of the app, below its tabs."""
    paper = Paper()
    paper.y = 14
    paper.say([Run("Home", "bold"), Run("     Messages     About", "soft")], _SIDE, paper.y + LINE * 0.72)
    paper.y += LINE + 12
    paper.box("bar", _SIDE, paper.y - 4, 38, 3, 1)
    paper.rule(0, WIDTH)
    paper.y += 16
    draw_blocks(paper, view["blocks"], _SIDE, WIDTH - 2 * _SIDE)
    paper.y += 6
    return paper.svg(title)


def draw_menu(entries: Sequence[Mapping[str, str]], title: str) -> str:
    """Entries with what each is for, as the app's manifest names them."""
    paper = Paper()
    paper.y = _SIDE
    for entry in entries:
        paper.plain(entry["name"], _SIDE, WIDTH - 2 * _SIDE, "bold")
        paper.plain(entry["description"], _SIDE, WIDTH - 2 * _SIDE, "small soft", size=12)
        paper.y += 10
    paper.y += 4
    return paper.svg(title)
