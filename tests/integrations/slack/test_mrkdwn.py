"""Markdown on its way to Slack."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.slack.mrkdwn import LONGEST, cut, escape, link, to_mrkdwn

_LINK = re.compile(r"<(https?://|mailto:)[^<>|\s]*(\|[^<>|\n]+)?>", re.IGNORECASE)


@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("db is **down** and _slow_, ~~not~~ `x<y`", "db is *down* and _slow_, ~not~ `x&lt;y`"),
        ("# Now\nfixing **it**", "*Now*\nfixing *it*"),
        ("## All **bold**", "*All bold*"),
        ("- a\n- b\n  - c\n    - d\n\n3. x\n4. y", "• a\n• b\n    ◦ c\n        ▪ d\n\n3. x\n4. y"),
        ("> first\n> second\n\nafter", "> first\n> second\n\nafter"),
        ("```py\nif a < b:\n    pass\n```", "```\nif a &lt; b:\n    pass\n```"),
        ("**two\nlines**", "*two*\n*lines*"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("[runbook](https://r.example.org/?a=1&b=2)", "<https://r.example.org/?a=1&amp;b=2|runbook>"),
        ("<https://r.example.org/x>", "<https://r.example.org/x>"),
        ("<ada@example.com>", "<mailto:ada@example.com|ada@example.com>"),
        ("[a|b](https://r.example.org/x|y)", "<https://r.example.org/x%7Cy|a¦b>"),
        ("|a|b|\n|-|-|\n|1|22|", "```\na  b\n1  22\n```"),
        ("![graph](https://g.example.org/1.png)", "!<https://g.example.org/1.png|graph>"),
        ("`` a`b ``", "`aˋb`"),
        ("<b>no html</b>", "&lt;b&gt;no html&lt;/b&gt;"),
        ("", ""),
    ],
)
def test_each_mark_becomes_slacks(markdown: str, mrkdwn: str) -> None:
    assert to_mrkdwn(markdown) == mrkdwn


@pytest.mark.parametrize(
    "ping", ["<!channel>", "<!here|here>", "<@U024BE7LH>", "<#C024BE7LR>", "<!subteam^S1>", "<!date^1^{date}^x|y>"]
)
@pytest.mark.parametrize("around", ["{}", "`{}`", "```\n{}\n```", "# {}", "- {}", "[{}](https://a.example)", "**{}**"])
def test_no_text_can_ping(ping: str, around: str) -> None:
    shown = to_mrkdwn(around.format(ping))

    assert "<!" not in shown
    assert "<@" not in shown
    assert "<#" not in shown


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[https://bank.example](https://evil.test)", "https://bank.example (<https://evil.test>)"),
        ("[bank.example/login](https://evil.test)", "bank.example/login (<https://evil.test>)"),
        ("[here](https://bank.example@evil.test/)", "here (<https://bank.example@evil.test/>)"),
        ("[docs.example.org](https://docs.example.org/page)", "<https://docs.example.org/page|docs.example.org>"),
        ("<https://bank.example|x>", "<https://bank.example%7Cx>"),
    ],
)
def test_a_label_can_not_hide_where_a_link_goes(markdown: str, shown: str) -> None:
    assert to_mrkdwn(markdown) == shown


@pytest.mark.parametrize("url", ["javascript:alert(1)", "slack://open", "ftp://a", "/incidents/1", "https://[bad", ""])
def test_other_addresses_are_no_links(url: str) -> None:
    assert link(url, "words & more") == "words &amp; more"


def test_a_cut_text_says_where_the_rest_is() -> None:
    shown = to_mrkdwn("word " * 2000)

    assert len(shown) <= LONGEST
    assert shown.endswith("word … full text on web")


def test_a_cut_closes_the_fence_and_breaks_no_link_or_escape() -> None:
    fenced = to_mrkdwn("```\n" + "x" * 9000 + "\n```")
    assert fenced.endswith("x\n``` … full text on web")
    assert len(fenced) <= LONGEST

    assert cut("a" * 10 + "<https://a.example|label>" + "b" * 30, 48) == "aaaaaaaaaa … full text on web"
    assert cut("a" * 10 + "&amp;" + "b" * 60, 37) == "aaaaaaaaaa … full text on web"


def test_length_counts_as_slacks_clients_count() -> None:
    assert len(to_mrkdwn("🔥" * 4000).encode("utf-16-le")) // 2 <= LONGEST


def test_a_lone_surrogate_can_be_sent() -> None:
    assert escape("a\ud800b") == "a?b"


_PIECES = st.sampled_from(
    ["<!channel>", "<@U1>", "&", "&amp;", "<", ">", "|", "*", "**", "_", "~~", "`", "```", "\n", "\n\n", "> ", "- ",
     "1. ", "# ", "    ", "[a](https://a.example/?x=1&y=2)", "[https://b.example](https://c.test)", "<https://d.e>",
     "[x](javascript:1)", "|a|b|\n|-|-|\n|c|d|\n", "\\", "](", "[", "https://e.example/|x>", "\ud83d", "\x00", "🔥"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES | st.text(max_size=12), max_size=40).map("".join), st.integers(60, 400))
def test_whatever_is_written_slack_gets_only_links_and_escapes(markdown: str, limit: int) -> None:
    shown = to_mrkdwn(markdown, limit)

    assert len(shown.encode("utf-16-le")) // 2 <= limit
    shown.encode("utf-8")
    # Without the links that are whole, no token can begin, and every `&` is one of the three escapes.
    rest = _LINK.sub("", shown)
    assert "<" not in rest
    assert re.sub(r"&(amp|lt|gt);", "", rest).count("&") == 0
    for found in _LINK.finditer(shown):
        assert found[0].startswith(("<http://", "<https://", "<mailto:"))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_words_survive(text: str) -> None:
    """Nothing of what was typed disappears but marks and blanks."""
    letters = [char for char in text if char.isalnum()]

    shown = to_mrkdwn(text, 4000)

    assert set(letters) <= set(shown)
