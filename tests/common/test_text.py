"""What people write becomes HTML whose links lead where they say."""

import pytest

from common.text import inline_html, to_html, words_html


@pytest.mark.parametrize("draw", [to_html, inline_html])
@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[the runbook](https://wiki.example.org/x)", ">the runbook</a>"),
        ("[wiki.example.org](https://wiki.example.org/x)", ">wiki.example.org</a>"),
        ("[our mail](mailto:ada@example.com)", ">our mail</a>"),
        ("[the list](/incidents?state=open)", ">the list</a>"),
        ("https://wiki.example.org/a%C3%A4?c=d", ">https://wiki.example.org/aä?c=d</a>"),
    ],
)
def test_an_honest_link_stays(draw: object, written: str, shown: str) -> None:
    assert shown in draw(written)  # type: ignore[operator]


@pytest.mark.parametrize("draw", [to_html, inline_html])
@pytest.mark.parametrize(
    "written",
    [
        "[https://bank.example/login](https://evil.example)",
        "[bank.example](https://evil.example/)",
        "[**bank.example**/login](https://evil.example/)",
        "[`bank.example`](https://evil.example/)",
        "[sign in](https://bank.example@evil.example/)",
        "[www.bank.example](<https://evil.example/?x=bank.example>)",
    ],
)
def test_a_link_that_names_another_place_shows_its_own(draw: object, written: str) -> None:
    html = draw(written)  # type: ignore[operator]

    before, _, link = html.partition("<a ")
    assert "evil.example" in link.split(">", 1)[1].split("</a>")[0]
    assert "bank.example" in before or "sign in" in before


@pytest.mark.parametrize("draw", [to_html, inline_html])
@pytest.mark.parametrize("url", ["//evil.example", "javascript:alert(1)", "ftp://x.example", "data:x"])
def test_what_may_not_be_followed_is_no_link(draw: object, url: str) -> None:
    assert "<a " not in draw(f"[x](<{url}>)")  # type: ignore[operator]


@pytest.mark.parametrize("draw", [to_html, words_html])
@pytest.mark.parametrize("written", ["https://xn--80ak6aa92e.com/", "https://аррӏе.com/"])
def test_a_host_of_another_script_is_shown_as_it_is_called(draw: object, written: str) -> None:
    html = draw(written)  # type: ignore[operator]

    assert ">https://xn--80ak6aa92e.com/</a>" in html
    assert "аррӏе" not in html


@pytest.mark.parametrize("draw", [to_html, inline_html])
@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("see ![graph](https://a.example/1.png)", 'see <a href="https://a.example/1.png" '),
        ("see ![](https://a.example/1.png)", ">https://a.example/1.png</a>"),
        ("see [![graph](https://a.example/1.png)](https://b.example)", 'see <a href="https://b.example" '),
    ],
)
def test_a_picture_from_elsewhere_is_a_plain_link(draw: object, written: str, shown: str) -> None:
    html = draw(written)  # type: ignore[operator]

    assert shown in html
    assert "!" not in html
    assert "<img" not in html
    assert html.count("<a ") == 1
