"""Cutting a typed line into words, quoted texts and flags, as phones and chats really send it.

Curly quotes are quotes, a long dash before a name is `--`, non-breaking and zero-width spaces are spaces.
Each token remembers where it stood, so free text keeps its own spelling, quotes and spacing.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from chatops.grammar.errors import Span

QUOTES = '"“”„‟＂'
_BLANK = "\\s\u200b\u2060\ufeff"
_WORD = re.compile(f"[^{_BLANK}]+")
_GAP = re.compile(f"[{_BLANK}]*")
_CLOSER = re.compile(rf"[{QUOTES}](?=[{_BLANK}]|$)")
_FLAG = re.compile(rf"(?:--|[—–]-?)([A-Za-z][A-Za-z0-9-]*)(?:(=)|(?=[{_BLANK}]|$))")
_ESCAPED = re.compile(rf"\\([\\{QUOTES}])")
_Closers = dict[bool, list[int]]
_TO_ESCAPE = re.compile(rf"[\\{QUOTES}]")


class Sort(Enum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted"
    FLAG = "flag"


class Token(NamedTuple):
    """One token. A flag's `text` is its name in lower case, `value` what stood after `=` (None: nothing)."""

    sort: Sort
    text: str
    start: int
    end: int
    value: str | None = None
    value_quoted: bool = False

    @property
    def span(self) -> Span:
        return self.start, self.end

    @property
    def folded(self) -> str:
        """The text for comparing: words are case-blind."""
        return self.text.casefold()

    @property
    def is_word(self) -> bool:
        return self.sort is Sort.WORD


class Line(NamedTuple):
    """A typed line: `root` is the word after the slash (None: no slash, as after a mention)."""

    source: str
    root: str | None
    tokens: tuple[Token, ...]
    root_span: Span = (0, 0)


def read_line(source: str) -> Line:
    """Cut a typed line; any text can be cut."""
    tokens = cut(source)
    if tokens and tokens[0].is_word and tokens[0].text.startswith("/"):
        return Line(source, tokens[0].folded[1:], tokens[1:], tokens[0].span)
    return Line(source, None, tokens)


def cut(source: str) -> tuple[Token, ...]:
    """Cut text into tokens, in one pass."""
    closers = _closers(source)
    found: list[Token] = []
    position = 0
    while match := _WORD.search(source, position):
        token = _token_at(source, match.start(), match.end(), closers)
        found.append(token)
        position = token.end
    return tuple(found)


def _closers(source: str) -> _Closers:
    """Where quotes may end, the straight ones and the curly ones apart."""
    found: _Closers = {True: [], False: []}
    for match in _CLOSER.finditer(source):
        if not _is_escaped(source, match.start()):
            found[match[0] == '"'].append(match.start())
    return found


def _token_at(source: str, start: int, end: int, closers: _Closers) -> Token:
    if (closer := _closer(source, start, closers)) is not None:
        return Token(Sort.QUOTED, _unescape(source[start + 1 : closer]), start, closer + 1)
    flag = _FLAG.match(source, start)
    if flag is None:
        return Token(Sort.WORD, source[start:end], start, end)
    name = flag[1].lower()
    if flag[2] is None:
        return Token(Sort.FLAG, name, start, flag.end())
    if (closer := _closer(source, flag.end(), closers)) is not None:
        return Token(Sort.FLAG, name, start, closer + 1, _unescape(source[flag.end() + 1 : closer]), True)
    return Token(Sort.FLAG, name, start, end, source[flag.end() : end])


def _closer(source: str, start: int, closers: _Closers) -> int | None:
    """Where a quote that opens here ends; None when no quote opens here or it never ends.

    A straight quote is closed by a straight one and a curly one by a curly one, by the other kind only
    where its own does not come.
    """
    if start >= len(source) or source[start] not in QUOTES:
        return None
    is_straight = source[start] == '"'
    for kind in (is_straight, not is_straight):
        index = bisect_right(closers[kind], start)
        if index < len(closers[kind]):
            return closers[kind][index]
    return None


def _is_escaped(source: str, at: int) -> bool:
    before = at
    while before and source[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1


def _unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def quoted(text: str) -> str:
    """Write a text so that it reads as one quoted token."""
    return '"' + _TO_ESCAPE.sub(r"\\\g<0>", text) + '"'


def write_token(token: Token) -> str:
    """Write a token in its plain form."""
    if token.sort is Sort.QUOTED:
        return quoted(token.text)
    if token.sort is Sort.FLAG:
        if token.value is None:
            return f"--{token.text}"
        return f"--{token.text}=" + (quoted(token.value) if token.value_quoted else token.value)
    return token.text


def write_line(line: Line) -> str:
    """Write a line in its plain form; reading that gives the same root and tokens."""
    root = [] if line.root is None else [f"/{line.root}"]
    return " ".join([*root, *(write_token(token) for token in line.tokens)])


def text_of(source: str, tokens: Sequence[Token]) -> str:
    """Return free text as typed. One quoted token alone loses its quotes; what stood between is left out."""
    if len(tokens) == 1 and tokens[0].sort is Sort.QUOTED:
        return tokens[0].text
    parts: list[str] = []
    start = end = -1
    for token in tokens:
        gap = _GAP.match(source, end) if end >= 0 else None
        if gap is None or gap.end() != token.start:
            if end >= 0:
                parts.append(source[start:end])
            start = token.start
        end = token.end
    if end >= 0:
        parts.append(source[start:end])
    return " ".join(parts)
