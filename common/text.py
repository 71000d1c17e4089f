"""The one renderer of what people and machines write: markdown to safe HTML, and to plain text."""

import functools
import re

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.tasklists import tasklists_plugin

from common.links import may_be_followed, misleads, shown_address

_TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr",
    "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "span", "input",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "span": {"class"},
    "code": {"class"},
    "pre": {"class"},
    "li": {"class"},
    "ul": {"class"},
    "ol": {"start"},
    "input": {"type", "checked", "disabled", "class", "aria-label"},
}
_MENTION = re.compile(r"(?<![\w@/.])@([a-z0-9][a-z0-9._-]{0,59})\b", re.IGNORECASE)
_REFERENCE = re.compile(r"(?<![\w#&/])#(\d{1,9})\b")
_CHECKBOX = '<input class="task-list-item-checkbox"'
_MOST = 200_000


class _Markdown(MarkdownIt):
    """Links lead where they say."""

    def validateLink(self, url: str) -> bool:
        return may_be_followed(url)

    def normalizeLinkText(self, link: str) -> str:
        return shown_address(link)


@functools.cache
def _parser() -> MarkdownIt:
    parser = _Markdown("commonmark", {"linkify": True, "breaks": True, "html": False})
    parser.enable(["table", "strikethrough", "linkify"])
    parser.use(tasklists_plugin)
    _only_whole_addresses(parser)
    return parser


@functools.cache
def _word_parser() -> MarkdownIt:
    """Knows no markdown, only addresses."""
    parser = _Markdown("zero", {"linkify": True, "html": False})
    parser.enable("linkify")
    _only_whole_addresses(parser)
    return parser


def _only_whole_addresses(parser: MarkdownIt) -> None:
    """Only what is written as an address becomes a link: deploy.sh, 1.42.io and //host stay words."""
    assert parser.linkify is not None
    parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False}).add("//", None)


def to_html(markdown: str) -> SafeString:
    """Return safe HTML of markdown: no raw HTML, no images, links to http, https and mailto only.

    `@handle` and `#142` become marked spans and links to the incident.
    """
    tokens = _parser().parse(markdown[:_MOST])
    for token in tokens:
        if token.type == "inline" and token.children:
            token.children = _mark(_honest(token.children))
    html = _parser().renderer.render(tokens, _parser().options, {})
    return mark_safe(_clean(html.replace(_CHECKBOX, f'{_CHECKBOX} aria-label="Done"')))


def words_html(text: str) -> SafeString:
    """Return one line of safe HTML of names, titles and what machines say: no markdown, so that nobody's title
    is a link that says one thing and leads to another. Addresses and `#142` are links.
    """
    (line,) = _word_parser().parseInline(text[:_MOST].replace("\n", " "))
    children = []
    for child in line.children or []:
        if child.type == "text" and "#" in child.content:
            marked = Token("html_inline", "", 0)
            marked.content = _REFERENCE.sub(r'<a href="/incidents/\1">#\1</a>', str(escape(child.content)))
            child = marked
        children.append(child)
    line.children = children
    return mark_safe(_clean(_word_parser().renderer.render([line], _word_parser().options, {})))


def inline_html(markdown: str) -> SafeString:
    """Return one line of safe HTML of markdown, without a paragraph around it."""
    (line,) = _parser().parseInline(markdown[:_MOST].replace("\n", " "))
    line.children = _honest(line.children or [])
    return mark_safe(_clean(_parser().renderer.render([line], _parser().options, {})))


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _honest(children: list[Token]) -> list[Token]:
    """Where the words of a link name another place, they are words, and the address itself is the link."""
    out: list[Token] = []
    for child in _linked(children):
        out.append(child)
        if child.type != "link_close":
            continue
        start = max(n for n, token in enumerate(out) if token.type == "link_open")
        opened, inner = out[start], out[start + 1 : -1]
        url = str(opened.attrGet("href") or "")
        if opened.info != "auto" and misleads("".join(token.content for token in inner), url):
            out[start:] = [*inner, _words(" ("), opened, _words(shown_address(url)), child, _words(")")]
    return out


def _linked(children: list[Token]) -> list[Token]:
    """A picture from elsewhere is not loaded, it is a link; inside of a link only its words."""
    out: list[Token] = []
    inside = 0
    for child in children:
        inside += child.nesting if child.type in ("link_open", "link_close") else 0
        if child.type != "image":
            out.append(child)
            continue
        url = str(child.attrGet("src") or "")
        words = _words(child.content or shown_address(url))
        opened = Token("link_open", "a", 1, attrs={"href": url})
        out += [words] if inside else [opened, words, Token("link_close", "a", -1)]
    return out


def _words(text: str) -> Token:
    token = Token("text", "", 0)
    token.content = text
    return token


def _mark(children: list[Token]) -> list[Token]:
    """Replace mentions and incident references in text outside of links and code."""
    out: list[Token] = []
    in_link = 0
    for child in children:
        in_link += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if child.type != "text" or in_link or not ("@" in child.content or "#" in child.content):
            out.append(child)
            continue
        html = _REFERENCE.sub(r'<a href="/incidents/\1">#\1</a>', str(escape(child.content)))
        html = _MENTION.sub(r'<span class="mention">@\1</span>', html)
        marked = Token("html_inline", "", 0)
        marked.content = html
        out.append(marked)
    return out


def to_plain(markdown: str, most: int = 300) -> str:
    """Return the words of markdown on one line, cut at `most` characters."""
    words: list[str] = []
    for token in _parser().parse(markdown[:_MOST]):
        if token.type == "inline":
            words += [c.content if c.type in ("text", "code_inline", "image") else " " for c in token.children or []]
            words.append(" ")
        elif token.type in ("fence", "code_block"):
            words.append(token.content + " ")
    plain = " ".join("".join(words).split())
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"
