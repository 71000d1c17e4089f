"""Markdown to Slack's mrkdwn.

Slack knows `*bold*` `_italic_` `~strike~` code, fences, `>` quotes and `<url|label>` links, and nothing
else; `&`, `<` and `>` must be escaped in every piece of text (docs.slack.dev/messaging/formatting-message-text).
Because each text node is escaped here, no text can ping (`<!channel>`) or hide where a link goes.
"""

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from common.links import misleads

#: longest text that chat.update takes (docs.slack.dev/reference/methods/chat.update: msg_too_long)
LONGEST = 4000
MORE = "… full text on web"

_BULLETS = ("•", "◦", "▪")
_MARKS = {"strong": "*", "em": "_", "s": "~"}
_SCHEMES = {"http", "https", "mailto"}
_TICK = "ˋ"
_LONGEST_WORD = 40
_ID = re.compile(r"[A-Z0-9]{2,40}")


def escape(text: str) -> str:
    """Escape exactly what Slack wants escaped; a lone surrogate becomes a question mark."""
    clean = text.encode("utf-8", "replace").decode()
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_mrkdwn(markdown: str, limit: int = LONGEST, names: Mapping[str, str] | None = None) -> str:
    """Return markdown as mrkdwn of at most `limit` characters, cut with a word where the rest is.

    :param names: words such as `@ada` or `#inc-1` outside of code and links, and Slack's ids of whom they mean.
    """
    # What can't be shown need not be parsed: escaping and marks only make text longer.
    rendered = _Renderer(_naming(names or {})).render(_parser().parse(markdown[: limit * 4]))
    return cut(rendered, limit)


def link(url: str, label: str = "", *, is_ours: bool = False) -> str:
    """Return a Slack link, or the escaped label alone where the address is none of http, https, mailto.

    A label that reads like another address stands beside the link, unless the address `is_ours`: a file
    called `graph.png` is no host.
    """
    target = _address(url)
    words = " ".join(label.split())
    if not target:
        return escape(words)
    if not words or _address(words) == target:
        return f"<{target}>"
    if not is_ours and misleads(words, url):
        return f"{escape(words)} (<{target}>)"
    return f"<{target}|{escape(words).replace('|', '¦')}>"


def cut(text: str, limit: int, more: str = MORE) -> str:
    """Cut mrkdwn at `limit` characters (counted as UTF-16, as Slack's clients do) without breaking a token."""
    if _length(text) <= limit:
        return text
    # Room for the words, a line break and the end of a fence.
    room = limit - _length(more) - 6
    head = text.encode("utf-16-le")[: max(room, 0) * 2].decode("utf-16-le", "ignore")
    blank = max(head.rfind(" "), head.rfind("\n"))
    if blank > len(head) - _LONGEST_WORD:
        head = head[:blank]
    opened = head.rfind("<")
    if opened > head.rfind(">"):
        head = head[:opened]
    entity = head.rfind("&", max(0, len(head) - 5))
    if entity >= 0 and ";" not in head[entity:]:
        head = head[:entity]
    head = head.rstrip()
    if head.count("```") % 2:
        # Not in the middle of the closing fence either.
        head = head.rstrip("`").rstrip() + "\n```"
    return f"{head} {more}"[: max(limit, 0)]


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


@functools.cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable(["table", "strikethrough"])
    parser.disable(["image"])
    return parser


def _address(url: str) -> str:
    """The address as it may stand in a Slack link, or "" when it may not."""
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        return ""
    if scheme not in _SCHEMES:
        return ""
    safe = "".join(f"%{ord(char):02X}" if char in '<>|"` ' or char < " " else char for char in url)
    return safe.encode("utf-8", "replace").decode().replace("&", "&amp;")


Naming = Callable[[str], str]


def _naming(names: Mapping[str, str]) -> Naming:
    """Escapes text, with what stands for somebody or a channel as Slack's own tokens."""
    good = {word: f"<{word[0]}{id_}>" for word, id_ in names.items() if word[:1] in "@#" and _ID.fullmatch(id_)}
    if not good:
        return escape
    words = re.compile("(" + "|".join(sorted(map(re.escape, good), key=len, reverse=True)) + r")(?![\w-])")
    return lambda text: "".join(
        good[piece] if number % 2 else escape(piece) for number, piece in enumerate(words.split(text))
    )


class _Renderer:
    """Walks the tokens of one text and gathers lines; `_lead` is the bullet the next line starts with."""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming
        self._lines: list[str] = []
        self._lists: list[int | None] = []
        self._quotes = 0
        self._lead = ""
        self._bold_line = False
        self._rows: list[list[str]] = []
        #: the empty line to write before the next block (with the mark of a quote that goes on)
        self._gap: str | None = None

    def render(self, tokens: Iterable[Token]) -> str:
        for token in tokens:
            handler = getattr(self, f"_{token.type}", None)
            if handler is not None:
                handler(token)
        return "\n".join(self._lines).strip("\n")

    # --- blocks -----------------------------------------------------------------------------------
    def _inline(self, token: Token) -> None:
        if self._rows:
            self._rows[-1].append(_plain(token.children or []))
            return
        text = _render_inline(token.children or [], self._naming, bold=self._bold_line)
        if self._bold_line and text.strip():
            text = "\n".join(f"*{line}*" if line.strip() else line for line in text.split("\n"))
        self._write(text)

    def _write(self, text: str) -> None:
        quote = self._leave_gap()
        indent = "    " * max(0, len(self._lists) - 1)
        follow = indent + ("   " if self._lists else "")
        for position, line in enumerate(text.split("\n")):
            if position == 0:
                start = self._lead or (follow if self._lists else "")
                self._lead = ""
            else:
                start = follow
            self._lines.append(f"{quote}{start}{line}")

    def _block(self, text: str) -> None:
        """A fence: its lines start at the margin, lists or not; inside a quote each keeps the mark."""
        if self._lead:
            self._write("")
        quote = self._leave_gap()
        body = escape(text.rstrip("\n")).replace("```", _TICK * 3)
        self._lines += [f"{quote}{line}" for line in f"```\n{body}\n```".split("\n")]

    def _leave_gap(self) -> str:
        """Write the empty line that is due; returns the quote mark of the current lines."""
        if self._gap is not None and self._lines:
            self._lines.append(self._gap)
        self._gap = None
        return "> " if self._quotes else ""

    def _want_gap(self) -> None:
        if not self._lists:
            self._gap = ">" if self._quotes else ""

    def _fence(self, token: Token) -> None:
        self._block(token.content)
        self._want_gap()

    _code_block = _fence

    def _paragraph_close(self, token: Token) -> None:
        self._want_gap()

    def _heading_open(self, token: Token) -> None:
        self._want_gap()
        self._bold_line = True

    def _heading_close(self, token: Token) -> None:
        self._bold_line = False

    def _hr(self, token: Token) -> None:
        self._write("———")

    def _blockquote_open(self, token: Token) -> None:
        self._quotes += 1

    def _blockquote_close(self, token: Token) -> None:
        self._quotes -= 1
        self._want_gap()

    def _bullet_list_open(self, token: Token) -> None:
        self._lists.append(None)

    def _ordered_list_open(self, token: Token) -> None:
        self._lists.append(int(token.attrGet("start") or 1))

    def _bullet_list_close(self, token: Token) -> None:
        self._lists.pop()
        self._lead = ""
        self._want_gap()

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, token: Token) -> None:
        number = self._lists[-1]
        if number is None:
            mark = _BULLETS[min(len(self._lists), len(_BULLETS)) - 1]
        else:
            mark = f"{number}."
            self._lists[-1] = number + 1
        self._lead = "    " * (len(self._lists) - 1) + mark + " "

    # --- tables have no form in mrkdwn: aligned in a fence they stay readable
    def _tr_open(self, token: Token) -> None:
        self._rows.append([])

    def _table_close(self, token: Token) -> None:
        rows, self._rows = self._rows, []
        widths = [max(len(row[n]) for row in rows if n < len(row)) for n in range(max(map(len, rows)))]
        lines = ["  ".join(cell.ljust(widths[n]) for n, cell in enumerate(row)).rstrip() for row in rows]
        self._block("\n".join(lines))
        self._want_gap()


def _plain(children: Iterable[Token]) -> str:
    leaves = (child for child in children if child.nesting == 0)
    words = "".join(leaf.content if leaf.type in ("text", "code_inline") else " " for leaf in leaves)
    return " ".join(words.split())


def _render_inline(children: list[Token], naming: Naming, *, bold: bool = False) -> str:
    """Text, marks, code and links of one block; marks are closed before a line break and opened after it."""
    out: list[str] = []
    marks: list[str] = []
    target: str | None = None
    label: list[str] = []
    for child in children:
        into = out if target is None else label
        kind, _, side = child.type.rpartition("_")
        if child.type == "text":
            into.append(naming(child.content) if target is None else child.content)
        elif child.type == "code_inline":
            code = child.content.replace("`", _TICK)
            into.append(f"`{escape(code)}`" if target is None else code)
        elif child.type in ("softbreak", "hardbreak"):
            into.append("".join(reversed(marks)) + "\n" + "".join(marks) if target is None else " ")
        elif child.type == "link_open":
            target, label = str(child.attrGet("href") or ""), []
        elif child.type == "link_close":
            out.append(link(target or "", "".join(label)))
            target = None
        elif kind in _MARKS and target is None and not (bold and kind == "strong"):
            mark = _MARKS[kind]
            if side == "open":
                marks.append(mark)
            elif mark in marks:
                marks.remove(mark)
            out.append(mark)
    return "".join(out)
