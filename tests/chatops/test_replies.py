"""What a title may do to an answer: nothing."""

import pytest

from chatops.replies import plain, quiet
from common.text import to_html

GAP = "\u200b"


@pytest.mark.parametrize(
    "title",
    [
        "Checkout returns 5xx",
        "api_v2 is slow: p99 > 800 ms, load < 5",
        "Mail (EU) [retry] is late — 38 % fail",
        "write to ops@example.com or @cleo about https://example.com/a_b_c",
        "#142 is back ~5 min",
    ],
)
def test_ordinary_words_stay_as_they_are(title: str) -> None:
    assert plain(title) == title


@pytest.mark.parametrize(
    "title",
    [
        "**bold** and *this* and _that_ and ~~this~~",
        "`code` \\*",
        "[Sign in](http://evil.example)",
        "[Sign in][1]",
        "<http://evil.example>",
    ],
)
def test_a_title_shows_its_signs_and_is_no_markup(title: str) -> None:
    html = to_html(f"Declared #1 SEV3: {plain(title)}.")

    for tag in ("<strong>", "<em>", "<s>", "<code>", ">Sign in</a>"):
        assert tag not in html, tag


@pytest.mark.parametrize("call", ["@here", "@channel", "@everyone", "@All", "<!channel>", "<@U1>", "<http://x|y>"])
def test_a_title_calls_nobody(call: str) -> None:
    for said in (plain(call), quiet(f"Pinned: {call}")):
        assert call not in said
        assert call in said.replace(GAP, "")


def test_a_typed_line_given_back_can_be_copied() -> None:
    text = "No such thing. @here\n```\n/incident say @here\n```"

    assert quiet(text) == f"No such thing. @{GAP}here\n```\n/incident say @here\n```"


def test_a_line_break_in_a_name_begins_no_line() -> None:
    assert plain("Ada\n# Boss") == "Ada # Boss"
