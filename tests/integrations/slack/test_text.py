"""What people write in Slack, on its way to markdown."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from integrations.slack.text import mentioned, to_markdown, to_plain, unescape

_KNOWN = {("user", "U1"): "ada", ("channel", "C1"): "ops", ("group", "S1"): "sre", ("user", "U2"): "Bo B"}


def _names(kind: str, id_: str) -> str:
    return _KNOWN.get((kind, id_), "")


def _rich(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "rich_text", "block_id": "x", "elements": list(elements)}]


def _section(*leaves: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(leaves)}


def _text(text: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def _list(style: str, *texts: str, **more: int) -> dict[str, Any]:
    return {"type": "rich_text_list", "style": style, "elements": [_section(_text(t)) for t in texts], **more}


@pytest.mark.parametrize(
    ("leaf", "markdown"),
    [
        (_text("plain words"), "plain words"),
        (_text(" bold ", bold=True), " **bold** "),
        (_text("both", bold=True, italic=True), "**_both_**"),
        (_text("gone", strike=True), "~~gone~~"),
        (_text("a`b", code=True), "``a`b``"),
        (_text("two\nlines", bold=True), "**two**\n**lines**"),
        (_text("2*3*4 snake_case"), r"2\*3\*4 snake_case"),
        (_text("2 * 3, a_b, [x] <y>"), "2 * 3, a_b, [x] <y>"),
        (_text("# of errors"), r"\# of errors"),
        ({"type": "user", "user_id": "U1"}, "@ada"),
        ({"type": "user", "user_id": "U9"}, "@U9"),
        ({"type": "channel", "channel_id": "C1"}, "#ops"),
        ({"type": "usergroup", "usergroup_id": "S1"}, "@sre"),
        ({"type": "broadcast", "range": "here"}, "@here"),
        ({"type": "emoji", "name": "tada", "unicode": "1f389"}, "🎉"),
        ({"type": "emoji", "name": "ours"}, ":ours:"),
        ({"type": "emoji", "name": "bad", "unicode": "zz-1"}, ":bad:"),
        ({"type": "link", "url": "https://a.example/(x)", "text": "book"}, "[book](https://a.example/%28x%29)"),
        ({"type": "link", "url": "https://a.example"}, "https://a.example"),
        ({"type": "link", "url": "mailto:a@b.example", "text": "a@b.example"}, "a@b.example"),
        ({"type": "link", "url": "slack://x", "text": "app"}, "app (slack://x)"),
        ({"type": "date", "timestamp": 1767225600, "format": "{date}", "fallback": ""}, "2026-01-01 00:00 UTC"),
        ({"type": "color", "value": "#ff0000"}, "#ff0000"),
        ({"type": "news"}, ""),
    ],
)
def test_each_leaf_of_rich_text(leaf: dict[str, Any], markdown: str) -> None:
    assert to_markdown("ignored", _rich(_section(leaf)), _names) == markdown


def test_lists_quotes_and_code_keep_their_shape() -> None:
    blocks = _rich(
        _section(_text("plan:\n")),
        _list("ordered", "first", "second"),
        _list("bullet", "detail", indent=1),
        _list("ordered", "third", offset=2),
        {"type": "rich_text_quote", "elements": [_text("they said\nso")]},
        {"type": "rich_text_preformatted", "elements": [_text("a ```b```")]},
        _section(_text("end")),
    )

    assert to_markdown("", blocks) == (
        "plan:\n\n1. first\n2. second\n   - detail\n\n3. third\n\n> they said\n> so\n\n````\na ```b```\n````\n\nend"
    )
    assert to_plain("", blocks).startswith("plan:\n1. first\n2. second\n   - detail")


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("*bold* ~gone~ _soft_ 2 * 3", "**bold** ~~gone~~ _soft_ 2 * 3"),
        ("a &lt;b&gt; &amp;lt; c", "a <b> &lt; c"),
        ("<@U1> <@U9|dan> <#C1> <#C9|lost> <!here> <!subteam^S1>", "@ada @dan #ops #lost @here @sre"),
        (
            "<https://a.example/?x=1&amp;y=2|book> <https://b.example>",
            "[book](https://a.example/?x=1&y=2) https://b.example",
        ),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("`co*d*e &lt;` then", "`co*d*e <` then"),
        ("see ```a\nb &amp; <https://q.example>``` end", "see \n```\na\nb & https://q.example\n```\n end"),
        ("<!date^1767225600^{date}|new year> <!date^1767225600^{date}>", "new year 2026-01-01 00:00 UTC"),
        ("a <weird> b", "a <weird> b"),
    ],
)
def test_text_without_blocks_is_read_by_its_tokens(text: str, markdown: str) -> None:
    assert to_markdown(text, None, _names) == markdown


def test_a_command_is_read_without_marks() -> None:
    blocks = _rich(_section(_text("incident ", bold=True), {"type": "user", "user_id": "U1"}, _text(" sev *1*")))

    assert to_plain("", blocks, _names) == "incident @ada sev *1*"
    assert to_plain("page &lt;x&gt; <@U1> <https://a.example|a>", None, _names) == "page <x> @ada https://a.example"


def test_blocks_of_other_apps_are_read_where_there_is_no_text() -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Build 7"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*failed* on <https://ci.example|ci>"}},
    ]

    assert to_markdown("", blocks) == "Build 7\n**failed** on [ci](https://ci.example)"


def test_names_who_is_mentioned_once_and_without_those_named_beside() -> None:
    blocks = _rich(_section({"type": "user", "user_id": "U2"}, {"type": "channel", "channel_id": "C2"}))

    assert mentioned("<@U1> <@U1> <@U3|dan> <#C1>", blocks) == [
        ("user", "U1"),
        ("channel", "C1"),
        ("user", "U2"),
        ("channel", "C2"),
    ]


def test_unescapes_once() -> None:
    assert unescape("&amp;lt;") == "&lt;"


_keys = ["type", "elements", "text", "style", "indent", "user_id", "unicode", "url", "offset"]
_kinds = ["rich_text", "rich_text_section", "rich_text_list", "rich_text_quote", "text", "user", "emoji", "link"]
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(_kinds),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_keys), inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60), _json)
def test_any_blocks_give_text_and_never_an_error(text: str, blocks: Any) -> None:
    assert isinstance(to_markdown(text, blocks, _names), str)
    assert isinstance(to_plain(text, blocks, _names), str)
    assert isinstance(mentioned(text, blocks), list)


_leaf_text = st.text(st.sampled_from("ab 1*_~`[]()#>-=\\.!<&\n"), min_size=1, max_size=20)


@settings(max_examples=400, deadline=None)
@given(_leaf_text)
def test_typed_characters_mean_themselves_in_markdown(text: str) -> None:
    """What somebody typed is what a reader of the markdown sees, apart from blanks and line marks."""
    markdown = to_markdown("", _rich(_section(_text(text))))

    tokens = MarkdownIt("commonmark", {"breaks": True}).enable("strikethrough").parse(markdown)
    seen = [token.content for token in tokens if token.type in ("code_block", "fence", "html_block")]
    for token in tokens:
        seen += [child.content for child in token.children or []]
        assert not [c.type for c in token.children or [] if c.type in ("strong_open", "em_open", "s_open", "link_open")]
    kept = [char for char in "".join(seen) if char.isalnum()]
    lost = [char for char in text if char.isalnum() and not char.isdigit()]
    assert [char for char in kept if not char.isdigit()] == lost
