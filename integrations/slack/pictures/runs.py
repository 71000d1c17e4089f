"""mrkdwn as pieces of text with a style each, and about how wide they are.

A picture is text in whatever sans-serif font its reader has: widths are those of a wide one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from integrations.slack.text import unescape

_LINK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_STYLES = (
    (re.compile(r"`([^`\n]+)`"), "code"),
    (re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)"), "bold"),
    (re.compile(r"(?<!\w)_([^_\n]+)_(?!\w)"), "italic"),
    (re.compile(r"(?<!\w)~([^~\n]+)~(?!\w)"), "strike"),
)
_WORDS = re.compile(r"\s+|[^\s]+")
_NARROW, _WIDE = set("ijlftrI.,:;'|!()[]{}`-/ "), set("mwMW@%")


@dataclass(frozen=True)
class Run:
    """A piece of text in one style: classes of the picture's sheet, several with blanks between them."""

    text: str
    style: str = ""


def runs_of(mrkdwn: str) -> list[Run]:
    """One line of mrkdwn as pieces."""
    found: list[Run] = []
    position = 0
    for match in _LINK.finditer(mrkdwn):
        found += _marked(mrkdwn[position : match.start()])
        found.append(_token(match[1], match[2] or ""))
        position = match.end()
    return [run for run in found + list(_marked(mrkdwn[position:])) if run.text]


def _token(target: str, label: str) -> Run:
    if target.startswith("!date^"):
        return Run(unescape(label or target.split("|")[-1]))
    return Run(unescape(label or target.removeprefix("mailto:")), "link")


def _marked(text: str, style: str = "") -> Iterator[Run]:
    """Split at the first mark; what stands inside may be marked again, save in code."""
    hits = [(match.start(), match, name) for pattern, name in _STYLES if (match := pattern.search(text))]
    if not hits:
        yield Run(unescape(text), style)
        return
    start, match, name = min(hits, key=lambda hit: hit[0])
    yield Run(unescape(text[:start]), style)
    inner = f"{style} {name}".strip()
    if name == "code":
        yield Run(unescape(match[1]), inner)
    else:
        yield from _marked(match[1], inner)
    yield from _marked(text[match.end() :], style)


def width_of(text: str, size: float, style: str = "") -> float:
    """About how wide a text is."""
    if "code" in style or "mono" in style:
        return len(text) * size * 0.62
    ems = sum(_em(sign) for sign in text)
    return ems * size * (1.12 if "bold" in style else 1.0)


def _em(sign: str) -> float:
    if sign in _NARROW:
        return 0.36
    if sign in _WIDE:
        return 0.93
    if ord(sign) > 0x2190:
        return 1.25
    return 0.7 if sign.isupper() else 0.61


def wrap(runs: Sequence[Run], room: float, size: float) -> list[list[Run]]:
    """Break into lines that fit; a word that fits nowhere is broken too."""
    lines: list[list[Run]] = [[]]
    used = 0.0
    for run in runs:
        for word in _WORDS.findall(run.text):
            for piece in _pieces(word, run.style, room, size):
                wide = width_of(piece, size, run.style)
                if used + wide > room and lines[-1]:
                    if piece.isspace():
                        continue
                    lines.append([])
                    used = 0.0
                _add(lines[-1], replace(run, text=piece))
                used += wide
    return [line for line in lines if line]


def _pieces(word: str, style: str, room: float, size: float) -> Iterator[str]:
    while width_of(word, size, style) > room and len(word) > 1:
        most = max(1, int(len(word) * room / width_of(word, size, style)))
        yield word[:most]
        word = word[most:]
    yield word


def _add(line: list[Run], run: Run) -> None:
    if line and line[-1].style == run.style:
        line[-1] = replace(run, text=line[-1].text + run.text)
    else:
        line.append(run)
