"""The pictures of the docs: nothing that is sent is left out of them, and they can be read."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from accounts.models import User
from chatops.forms.registry import forms
from chatops.models import Whisper
from incidents.models import Incident
from integrations.slack.pictures import frames
from integrations.slack.pictures.runs import Run, runs_of, width_of, wrap
from integrations.slack.pictures.scenes import Picture, pictures
from integrations.slack.reference import pages

_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def drawn(db: None) -> dict[str, Picture]:
    return {picture.name: picture for picture in pictures()}


def _said(svg: str) -> str:
    """The words of a picture, line after line."""
    texts = ElementTree.fromstring(svg).iter(f"{_SVG}text")
    return " ".join(" ".join("".join(text.itertext()).split()) for text in texts)


def test_each_form_whisper_home_card_and_menu_has_its_picture(drawn: dict[str, Picture]) -> None:
    fresh = {f"form-{name.removeprefix('incident ').replace(' ', '-')}" for name in forms()}
    whispers = {f"whisper-{kind}" for kind, _ in Whisper.KINDS}
    rest = {"card", "announcement", "home", "answer-menu", "answer-menu-in-room", "menu-of-a-message"}

    assert drawn.keys() >= fresh | whispers | rest
    assert all(picture.says.endswith(".") and picture.title for picture in drawn.values())


def test_a_picture_says_what_the_request_says(drawn: dict[str, Picture]) -> None:
    card = _said(drawn["card"].svg)
    form = _said(drawn["form-roles"].svg)

    for words in ("SEV1 #142 Checkout answers 5xx", "Lead Ada", "Checkout, Payments", "Open web room"):
        assert words in card
    for words in ("Roles", "Commander (optional)", "@ada", "Scribe", "Nobody yet", "Cancel", "Set"):
        assert words in form
    assert "Only visible to you" in _said(drawn["whisper-welcome"].svg)
    assert "Only visible to you" not in _said(drawn["whisper-update"].svg)
    assert "That did not work" in _said(drawn["form-refused"].svg)
    assert "/incident sev 1 #142" in _said(drawn["form-done"].svg)


def test_pictures_are_small_and_hold_nothing_from_elsewhere(drawn: dict[str, Picture]) -> None:
    for picture in drawn.values():
        assert len(picture.svg) < 8000, picture.name
        assert set(re.findall(r"\w+://[^\s\"']+", picture.svg)) == {"http://www.w3.org/2000/svg"}
        assert {element.tag.removeprefix(_SVG) for element in ElementTree.fromstring(picture.svg).iter()} <= {
            *("svg", "title", "style", "rect", "path", "text", "tspan")
        }


def test_drawing_leaves_nothing_behind_and_is_the_same_each_time(db: None) -> None:
    first = pages()

    assert pages() == first
    assert not Incident.objects.exists()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "block", [{"type": "video"}, {"type": "input", "label": {"text": "x"}, "element": {"type": "x"}}]
)
def test_what_can_not_be_drawn_is_not_left_out_in_silence(block: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        frames.draw_messages([{"text": "", "blocks": [block]}], "odd")


@pytest.mark.parametrize(
    ("mrkdwn", "expected"),
    [
        ("a *b* c", [Run("a "), Run("b", "bold"), Run(" c")]),
        ("*a _b_*", [Run("a ", "bold"), Run("b", "bold italic")]),
        ("`a *b*`", [Run("a *b*", "code")]),
        ("2 &lt; 3", [Run("2 < 3")]),
        ("snake_case_word", [Run("snake_case_word")]),
        ("<https://x.example|there>", [Run("there", "link")]),
        ("<!date^1^{date}|12 March>", [Run("12 March")]),
    ],
)
def test_marks_become_styles(mrkdwn: str, expected: list[Run]) -> None:
    assert runs_of(mrkdwn) == expected


@pytest.mark.parametrize("text", ["checkout " * 30, "x" * 300, "a", "短い文 " * 20])
def test_every_line_fits_and_no_word_is_lost(text: str) -> None:
    lines = wrap([Run(text)], 300, 14)

    assert all(width_of("".join(run.text for run in line).rstrip(), 14) <= 300 for line in lines)
    assert "".join("".join(run.text for run in line) for line in lines).replace(" ", "") == text.replace(" ", "")
