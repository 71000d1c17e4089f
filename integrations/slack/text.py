"""What people write in Slack, as markdown (and as plain words, for commands).

A person's message carries a rich_text block, which says exactly what was meant; `text` beside it is the
older form with `<...>` tokens and is used where there is no such block.
Shapes: docs.slack.dev/reference/block-kit/blocks/rich-text-block and
docs.slack.dev/messaging/formatting-message-text. The way out is `mrkdwn.py`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from integrations.slack.markdown import code_span, fence, link, literal, styled

#: gives the name of a ("user" | "channel" | "group", id), or "" when it is not known
Names = Callable[[str, str], str]

_TOKEN = re.compile(r"<([^<>]*)>")
_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])")
_STRIKE = re.compile(r"(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])")
_MENTION = re.compile(r"<(@|#|!subteam\^)([A-Za-z0-9]{1,40})(\|[^<>|]+)?>")
_SIGNS = {"@": "user", "#": "channel", "!subteam^": "group"}
#: leaves of rich text that name somebody or something by an id
_NAMED = {"user": "user", "channel": "channel", "usergroup": "group"}
_MOST_MENTIONS = 20


def nobody(kind: str, id_: str) -> str:
    """Names nobody."""
    return ""


def one_word(names: Names) -> Names:
    """The same names without blanks, as commands need them."""

    def name(kind: str, id_: str) -> str:
        return "-".join(names(kind, id_).split())

    return name


def unescape(text: str) -> str:
    """Undo Slack's three escapes, once."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def to_markdown(text: str, blocks: Any = None, names: Names = nobody) -> str:
    """Return what was written as markdown."""
    return _Writer(names, plain=False).write(text, blocks)


def to_plain(text: str, blocks: Any = None, names: Names = nobody) -> str:
    """Return what was written without marks: what a command is read from."""
    return _Writer(names, plain=True).write(text, blocks)


def mentioned(text: str, blocks: Any = None) -> list[tuple[str, str]]:
    """The people, groups and channels that are mentioned and not named beside it, as (kind, id), each once."""
    found = [(_SIGNS[sign], id_) for sign, id_, label in _MENTION.findall(text) if not label]
    for leaf in _leaves(blocks):
        kind = _word(leaf, "type")
        if kind in _NAMED and re.fullmatch(r"[A-Za-z0-9]{1,40}", _word(leaf, f"{kind}_id")):
            found.append((_NAMED[kind], _word(leaf, f"{kind}_id")))
    return list(dict.fromkeys(found))[:_MOST_MENTIONS]


def groups_in(text: str) -> list[tuple[str, str]]:
    """The user groups that are mentioned, named beside it or not: a command may mean their people."""
    found = [(_SIGNS[sign], id_) for sign, id_, _ in _MENTION.findall(text) if _SIGNS[sign] == "group"]
    return list(dict.fromkeys(found))[:_MOST_MENTIONS]


def _leaves(blocks: Any) -> Iterator[dict[str, Any]]:
    """Every leaf of the rich_text blocks, lists included."""
    for element in _elements(blocks):
        for child in _items(element.get("elements")):
            if child.get("type") == "rich_text_section":
                yield from _items(child.get("elements"))
            else:
                yield child


def _elements(blocks: Any) -> list[dict[str, Any]]:
    return [
        element
        for block in _items(blocks)
        if block.get("type") == "rich_text"
        for element in _items(block.get("elements"))
    ]


def _items(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _word(value: dict[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 100 else 0


class _Writer:
    """Writes one message."""

    def __init__(self, names: Names, *, plain: bool) -> None:
        self._names = names
        self._plain = plain

    def write(self, text: str, blocks: Any) -> str:
        elements = _elements(blocks)
        if elements:
            return self._rich(elements).strip("\n")
        if text:
            return self._tokens(text)
        # Apps may send blocks alone.
        return "\n".join(self._tokens(piece) for piece in _block_texts(blocks))

    # --- rich text --------------------------------------------------------------------------------
    def _rich(self, elements: Sequence[dict[str, Any]]) -> str:
        out = ""
        before = ""
        styles: list[bool] = []
        for element in elements:
            kind = _word(element, "type")
            if kind == "rich_text_list":
                depth = _number(element.get("indent"))
                styles = [*styles[:depth], element.get("style") == "ordered"]
                piece = self._list(element, styles)
                joint = "\n" if self._plain or (before == kind and depth) else "\n\n"
            else:
                styles = []
                piece = self._element(kind, element)
                joint = "\n" if kind == before == "rich_text_section" or self._plain else "\n\n"
            out = f"{out}{joint}{piece}" if out else piece
            before = kind
        return out

    def _element(self, kind: str, element: dict[str, Any]) -> str:
        leaves = _items(element.get("elements"))
        if kind == "rich_text_preformatted":
            return self._fence("".join(self._bare(leaf) for leaf in leaves))
        text = self._section(leaves).strip("\n")
        if kind == "rich_text_quote" and not self._plain:
            return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
        return text

    def _list(self, element: dict[str, Any], styles: Sequence[bool]) -> str:
        """An ordered parent needs three blanks for its children, a bullet two."""
        indent = "".join("   " if ordered else "  " for ordered in styles[:-1])
        number = _number(element.get("offset")) + 1
        lines = []
        for item in _items(element.get("elements")):
            mark = f"{number}. " if styles[-1] else "- "
            number += 1
            text = self._section(_items(item.get("elements"))).strip("\n")
            follow = "\n" + indent + " " * len(mark)
            lines.append(indent + mark + text.replace("\n", follow))
        return "\n".join(lines)

    def _section(self, leaves: Sequence[dict[str, Any]]) -> str:
        text = ""
        for leaf in leaves:
            text += self._leaf(leaf, at_start=text == "" or text.endswith("\n"))
        return text

    def _leaf(self, leaf: dict[str, Any], *, at_start: bool) -> str:
        kind = _word(leaf, "type")
        if kind == "text":
            return self._styled(_word(leaf, "text"), leaf.get("style"), at_start=at_start)
        if kind == "link":
            return self._link(_word(leaf, "url"), _word(leaf, "text"))
        return self._bare(leaf) if self._plain else literal(self._bare(leaf))

    def _bare(self, leaf: dict[str, Any]) -> str:
        """The leaf as words only."""
        kind = _word(leaf, "type")
        if kind == "text":
            return _word(leaf, "text")
        if kind == "link":
            return _word(leaf, "url")
        if kind in ("user", "usergroup", "channel"):
            id_ = _word(leaf, f"{kind}_id")
            return self._named(_NAMED[kind], id_, "")
        if kind == "emoji":
            return _emoji(leaf)
        if kind == "broadcast":
            return f"@{_word(leaf, 'range')}"
        if kind == "date":
            return _word(leaf, "fallback") or _moment(leaf.get("timestamp"))
        return _word(leaf, "value")

    def _styled(self, text: str, style: Any, *, at_start: bool) -> str:
        return text if self._plain else styled(text, style if isinstance(style, dict) else {}, at_start=at_start)

    def _link(self, url: str, label: str) -> str:
        bare = url.removeprefix("mailto:")
        return bare if self._plain or not label.strip() or label in (url, bare) else link(url, label)

    def _fence(self, text: str) -> str:
        return text if self._plain else fence(text)

    def _named(self, kind: str, id_: str, label: str) -> str:
        sign = "#" if kind == "channel" else "@"
        name = self._names(kind, id_) or label.lstrip("@#") or id_
        return f"{sign}{name}"

    # --- text with tokens -------------------------------------------------------------------------
    def _tokens(self, text: str) -> str:
        out, position = [], 0
        for found in _CODE.finditer(text):
            out.append(self._prose(text[position : found.start()]))
            code = unescape(_TOKEN.sub(lambda token: token[1].split("|")[0], found[1] or found[2]))
            if self._plain:
                out.append(code)
            elif found[1]:
                lead = "" if not out[-1] or out[-1].endswith("\n") else "\n"
                follow = "" if text[found.end() : found.end() + 1] in ("", "\n") else "\n"
                out.append(f"{lead}{self._fence(code)}{follow}")
            else:
                out.append(code_span(code))
            position = found.end()
        out.append(self._prose(text[position:]))
        return "".join(out)

    def _prose(self, text: str) -> str:
        out, position = [], 0
        for found in _TOKEN.finditer(text):
            out.append(self._marks(text[position : found.start()]))
            out.append(self._token(found[1]))
            position = found.end()
        out.append(self._marks(text[position:]))
        return "".join(out)

    def _marks(self, text: str) -> str:
        if not self._plain:
            text = _STRIKE.sub(r"~~\1~~", _BOLD.sub(r"**\1**", text))
        return unescape(text)

    def _token(self, token: str) -> str:
        target, _, label = token.partition("|")
        label = unescape(label)
        if target.startswith("@"):
            return self._named("user", target[1:], label)
        if target.startswith("#"):
            return self._named("channel", target[1:], label)
        if target.startswith("!subteam^"):
            return self._named("group", target.removeprefix("!subteam^"), label)
        if target.startswith("!date^"):
            return label or _moment(target.split("^")[1])
        if target.startswith("!"):
            return f"@{target[1:]}"
        return self._link(unescape(target), label) if ":" in target else unescape(f"<{token}>")


def _emoji(leaf: dict[str, Any]) -> str:
    """The emoji by its code points (`1f44d-1f3fd`); a workspace's own stays `:name:`."""
    try:
        points = [int(point, 16) for point in _word(leaf, "unicode").split("-") if point]
        if points and all(0x20 < point < 0xD800 or 0xE000 <= point <= 0x10FFFF for point in points):
            return "".join(map(chr, points))
    except ValueError:
        pass
    return f":{_word(leaf, 'name')}:"


def _moment(seconds: Any) -> str:
    try:
        return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M} UTC"
    except (TypeError, ValueError, OverflowError, OSError):
        return ""


def _block_texts(blocks: Any) -> Iterator[str]:
    """The texts of the blocks that apps write: sections, headers and contexts."""
    for block in _items(blocks):
        pieces = [block.get("text"), *_items(block.get("fields")), *_items(block.get("elements"))]
        for piece in pieces:
            if isinstance(piece, dict) and isinstance(piece.get("text"), str):
                yield piece["text"]
