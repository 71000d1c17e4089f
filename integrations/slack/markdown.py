"""Small pieces of markdown, written so that text keeps meaning itself."""

import functools
import re

from markdown_it import MarkdownIt

_SPECIAL = re.compile(r"([\\`*~\[<]|(?<!\w)_|_(?!\w))")
#: what makes a heading or a fence of a line; list and quote marks read the same either way
_LINE_START = re.compile(r"^( {0,3})(#{1,6}(?=[ \t]|$)|=+(?=[ \t]*$)|-{2,}(?=[ \t]*$)|`{3,}|~{3,})", re.MULTILINE)
_MARKS = (("strike", "~~"), ("italic", "_"), ("bold", "**"))


@functools.cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough")


def literal(text: str) -> str:
    """Escape text, but only where it would otherwise mean something."""
    if _SPECIAL.search(text) and not _means_itself(text):
        text = _SPECIAL.sub(r"\\\1", text)
    return text


def _means_itself(text: str) -> bool:
    children = [child for token in _parser().parseInline(text) for child in token.children or []]
    if any(child.type not in ("text", "softbreak") for child in children):
        return False
    flat = "".join(child.content or "\n" for child in children)
    return flat.split() == text.split()


def styled(text: str, style: dict[str, object], *, at_start: bool) -> str:
    """Text with Slack's styles as marks; blanks around it stay outside the marks.

    :param at_start: the text begins a line, where some characters mean more.
    """
    inner = text.strip()
    if not inner:
        return text
    if style.get("code"):
        return code_span(text)
    lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    inner = literal(inner)
    first = 0 if at_start or "\n" in lead else inner.find("\n") + 1 or len(inner)
    inner = inner[:first] + _LINE_START.sub(r"\1\\\2", inner[first:])
    for name, mark in _MARKS:
        if style.get(name):
            inner = "\n".join(f"{mark}{line}{mark}" if line.strip() else line for line in inner.split("\n"))
    return f"{lead}{inner}{tail}"


def code_span(text: str) -> str:
    """Code in a line; with more ticks around it than any run in it, and blanks where they would touch."""
    ticks = "`" * max([1, *(len(run) + 1 for run in re.findall(r"`+", text))])
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def fence(text: str) -> str:
    """A block of code."""
    ticks = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`+", text))])
    return f"{ticks}\n{text.strip(chr(10))}\n{ticks}"


def link(url: str, label: str) -> str:
    """A link, or its words and address where the address is of no kind that may be followed."""
    words = " ".join(literal(label).split())
    if not url.startswith(("http://", "https://", "mailto:")):
        return f"{words} ({url})"
    target = re.sub(r"[()<>\s]", lambda found: f"%{ord(found[0]):02X}", url)
    return f"[{words}]({target})"
