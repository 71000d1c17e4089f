"""Cutting lines: phone punctuation, quotes, flags, spans."""

import pytest

from chatops.grammar.tokens import QUOTES, Sort, cut, quoted, read_line, text_of, write_line
from tests.chatops.lines import random_lines, within


def _shape(source: str) -> list[tuple[str, str, str | None]]:
    return [(token.sort.value, token.text, token.value) for token in cut(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("sev 1", [("word", "sev", None), ("word", "1", None)]),
        ('--service "a b"', [("flag", "service", None), ("quoted", "a b", None)]),
        ('--service="a b" x', [("flag", "service", "a b"), ("word", "x", None)]),
        ("--SEV=1", [("flag", "sev", "1")]),
        ("—sev 1", [("flag", "sev", None), ("word", "1", None)]),
        ("–sev=1", [("flag", "sev", "1")]),
        ("—-sev", [("flag", "sev", None)]),
        ("a — b", [("word", "a", None), ("word", "—", None), ("word", "b", None)]),
        ("db -- cache", [("word", "db", None), ("word", "--", None), ("word", "cache", None)]),
        ("—20m", [("word", "—20m", None)]),
        ("“Checkout 5xx”", [("quoted", "Checkout 5xx", None)]),
        ("„tief“ x", [("quoted", "tief", None), ("word", "x", None)]),
        ('"mixed”', [("quoted", "mixed", None)]),
        ('"“inner” outer" x', [("quoted", "“inner” outer", None), ("word", "x", None)]),
        ('“"inner" outer” x', [("quoted", '"inner" outer', None), ("word", "x", None)]),
        ("sev\u00a01\u202f2", [("word", "sev", None), ("word", "1", None), ("word", "2", None)]),
        ("don't “stop", [("word", "don't", None), ("word", "“stop", None)]),
        ('5" disk and 6" disk', [("word", w, None) for w in ['5"', "disk", "and", '6"', "disk"]]),
        (r'"say \"hi\" now"', [("quoted", 'say "hi" now', None)]),
        ('""', [("quoted", "", None)]),
        ("--sev=", [("flag", "sev", "")]),
        ("", []),
    ],
)
def test_line_is_cut_as_meant(source: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert _shape(source) == expected


@pytest.mark.parametrize(
    ("source", "root"),
    [("/incident sev 1", "incident"), ("  /Incident", "incident"), ("/", ""), ("sev 1", None), ("", None)],
)
def test_root_is_the_word_after_the_slash(source: str, root: str | None) -> None:
    assert read_line(source).root == root


def test_free_text_keeps_spelling_quotes_and_spacing() -> None:
    source = "Bo said  “roll back” — don't\u00a0wait --sev 1  \n now"
    tokens = [token for token in cut(source) if token.sort is not Sort.FLAG and token.text != "1"]

    assert text_of(source, tokens) == "Bo said  “roll back” — don't\u00a0wait now"


def test_one_quoted_text_loses_its_quotes() -> None:
    assert text_of('"Checkout  5xx"', cut('"Checkout  5xx"')) == "Checkout  5xx"


def test_random_lines_are_cut_and_written_stably_and_quickly() -> None:
    for source in random_lines():
        line = read_line(source)

        once = write_line(line)
        again = read_line(once)
        assert write_line(again) == once, repr(source)
        assert again.root == line.root, repr(source)
        assert [t[:2] + t[4:] for t in again.tokens] == [t[:2] + t[4:] for t in line.tokens], repr(source)
        assert within(0.010, lambda source=source: read_line(source)), repr(source)


@pytest.mark.parametrize("piece", ['"', '"a ', "\\", '\\" ', "--x=", '--x="', "—", "a ", "\u200b", " "])
def test_longest_line_is_cut_within_its_time(piece: str) -> None:
    source = piece * (12_000 // len(piece))
    assert within(0.050, lambda: read_line(source))


def test_quoting_holds_any_text() -> None:
    for text in [*random_lines(200, seed=7), *QUOTES, "\\", '\\"', "a\\"]:
        (token,) = cut(quoted(text))
        assert token.text == text
