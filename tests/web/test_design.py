"""The design system: readable colours, safe markup, pieces that say what they should."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import Context, Template, engines
from django.test import Client
from django.utils.safestring import SafeString

from accounts.models import User
from common import faces
from tests.web.colours import contrast, linear_rgb, luminance, srgb, themes
from web.icons import ICONS, SHAPES
from web.templatetags import pieces

pytestmark = pytest.mark.filterwarnings("ignore:No directory at")  # whitenoise, before collectstatic

ROOT = Path(__file__).resolve().parent.parent.parent
TOKENS = ROOT / "static" / "css" / "tokens.css"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
THEMES = themes(TOKENS)
NOW = datetime(2026, 3, 4, 3, 42, tzinfo=UTC)

SURFACES = ["--surface", "--surface-raised", "--surface-sunken", "--surface-hover", "--surface-overlay"]
TONES = ["--accent", "--good", "--warn", "--bad", "--neutral", "--sev1", "--sev2", "--sev3", "--sev4", "--sev5"]
TEXT_PAIRS = [
    *((ink, surface) for ink in ["--ink", "--ink-soft", "--ink-faint", *TONES] for surface in SURFACES),
    *((ink, f"{tone}-soft") for tone in TONES for ink in [tone, "--ink", "--ink-soft"]),
    ("--on-accent", "--accent-fill"),
    ("--on-accent", "--accent-fill-hover"),
    ("--on-bad", "--bad-fill"),
    *((name, "--surface-sunken") for name in ["--code-word", "--code-text", "--code-number", "--code-note"]),
]
PART_PAIRS = [
    (part, surface) for part in ["--line-strong", "--focus", "--accent-fill", "--bad-fill"] for surface in SURFACES
]


def draw(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


# --- Colours ----------------------------------------------------------------------------------------


def test_every_theme_has_the_same_names() -> None:
    assert set(THEMES["light"]) == set(THEMES["dark"]) == set(THEMES["night"])
    assert len(THEMES["light"]) > 40


@pytest.mark.parametrize("theme", THEMES)
def test_text_has_a_contrast_of_at_least_4_5(theme: str) -> None:
    colours = THEMES[theme]

    weak = [(a, b, round(contrast(colours[a], colours[b]), 2)) for a, b in TEXT_PAIRS]

    assert [pair for pair in weak if pair[2] < 4.5] == []


@pytest.mark.parametrize("theme", THEMES)
def test_parts_have_a_contrast_of_at_least_3(theme: str) -> None:
    colours = THEMES[theme]

    weak = [(a, b, round(contrast(colours[a], colours[b]), 2)) for a, b in PART_PAIRS]

    assert [pair for pair in weak if pair[2] < 3] == []


@pytest.mark.parametrize("theme", THEMES)
def test_faces_are_readable_in_each_of_the_twelve_hues(theme: str) -> None:
    for hue in range(10, 360, 30):
        colours = themes(TOKENS, hue=hue)[theme]
        assert contrast(colours["--hue-ink"], colours["--hue-surface"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_screens_can_show_every_colour(theme: str) -> None:
    for name, colour in THEMES[theme].items():
        assert all(-0.005 <= part <= 1.005 for part in linear_rgb(colour)), name


def test_night_is_dim() -> None:
    night = THEMES["night"]

    assert max(luminance(colour) for colour in night.values()) < 0.35
    for name in ["--ink", "--ink-soft", "--ink-faint", "--neutral"]:
        assert max(srgb(night[name])) <= 0.605, name


def test_known_colours_come_out_right() -> None:
    assert contrast((1.0, 0.0, 0.0), (0.0, 0.0, 0.0)) == pytest.approx(21, abs=0.01)
    assert srgb((0.6279554, 0.2576833, 29.2338)) == pytest.approx((1.0, 0.0, 0.0), abs=0.001)


# --- Markup that the content policy allows ----------------------------------------------------------


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_has_no_inline_style_or_script(template: Path) -> None:
    text = template.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert "<style" not in text
    assert "javascript:" not in text
    for opening in re.findall(r"<script[^>]*>", text):
        assert "src=" in opening or 'type="application/json"' in opening


def test_nothing_is_fetched_from_elsewhere() -> None:
    for path in [*(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js")]:
        assert not re.search(r"(?:url\(|from |import\()\s*[\"']?(?:https?:)?//", path.read_text(encoding="utf-8")), path


def test_templates_use_only_icons_that_exist() -> None:
    used = {name for path in TEMPLATES for name in re.findall(r'{% icon "([^"]+)"', path.read_text(encoding="utf-8"))}

    assert used - set(ICONS) == set()


# --- Pieces -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", SHAPES)
def test_severity_has_shape_label_and_colour(number: int) -> None:
    html = draw("{% severity number %}", number=number)

    assert f"SEV{number}" in html
    assert f"tone-sev{number}" in html
    assert SHAPES[number] in html


@pytest.mark.parametrize("value", [None, "", 0, 9, "<b>"])
def test_severity_that_is_none_says_so(value: Any) -> None:
    assert "No severity" in draw("{% severity value %}", value=value)


def test_stepper_marks_where_the_incident_is() -> None:
    html = draw("{% stepper 'fixing' %}")

    assert html.count("stepper__step--done") == 2
    assert html.count('aria-current="step"') == 1
    assert html.count("stepper__step--next") == 3


@pytest.mark.parametrize("status", ["cancelled", "merged"])
def test_stepper_of_an_ended_side_road_is_one_chip(status: str) -> None:
    html = draw("{% stepper status %}", status=status)

    assert status in html
    assert "aria-current" not in html


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(seconds=50), "1 min ago"),
        (timedelta(minutes=12), "12 min ago"),
        (timedelta(minutes=59, seconds=40), "1 h ago"),
        (timedelta(hours=7), "7 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(minutes=-8), "in 8 min"),
        (timedelta(days=365), "4 Mar 2025"),
    ],
)
def test_relative_time(ago: timedelta, text: str) -> None:
    assert pieces.relative(NOW - ago, NOW) == text


def test_when_carries_the_exact_time() -> None:
    html = draw("{% when at now %}", at=NOW - timedelta(minutes=12), now=NOW)

    assert 'datetime="2026-03-04T03:30:00Z"' in html
    assert "Wed 4 Mar 2026, 03:30:00 UTC" in html
    assert ">12 min ago<" in html


def test_clock_shows_the_readers_zone(settings: Any) -> None:
    from django.utils import timezone

    with timezone.override("Europe/Berlin"):
        html = draw("{% clock at %}", at=NOW)

    assert ">04:42<" in html
    assert "03:42:00 UTC" in html


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (42, "42 s"),
        (720, "12 min"),
        (3_600, "1 h"),
        (4_320, "1 h 12 min"),
        (183_600, "2 d 3 h"),
        (timedelta(minutes=-8), "−8 min"),
    ],
)
def test_duration(seconds: Any, text: str) -> None:
    assert pieces.duration(seconds) == text


@pytest.mark.parametrize(
    ("name", "letters"), [("Ada", "Ad"), ("Ada Bo", "AB"), ("ada@example.com", "ae"), ("", "?"), ("  ", "?")]
)
def test_initials(name: str, letters: str) -> None:
    assert faces.initials(name) == letters


def test_faces_keep_their_colour_and_the_cast_can_be_told_apart() -> None:
    assert faces.hue("Ada") == faces.hue(" ada ")
    assert len({faces.hue(name) for name in ["Ada", "Bo", "Cleo", "Dan"]}) == 4


def test_avatar_takes_a_user_or_a_name() -> None:
    user = SimpleNamespace(name="Cleo", email="cleo@example.com")

    assert draw("{% avatar who %}", who=user) == draw("{% avatar who %}", who="Cleo")


def test_names_are_escaped_everywhere() -> None:
    evil = '<img src=x onerror="1">'
    sources = ["{% avatar x %}", "{% chip x %}", "{% status x %}", "{% stepper x %}", "{% banner 'bad' x %}"]
    sources += ["{% empty x x x %}", "{% kbd x %}", "{% page_state x %}", "{% icon x %}", "{% spark n x %}"]

    for source in sources:
        assert "<img" not in draw(source, x=evil, n=[1, 2]), source


class OneField(forms.Form):
    email = forms.EmailField(help_text="We never share it.")


def test_field_ties_label_help_and_error_to_the_control() -> None:
    form = OneField({"email": "ada"})

    html = draw("{% field form.email %}", form=form)

    assert 'for="id_email"' in html
    assert 'aria-describedby="id_email_help id_email_error"' in html
    assert 'id="id_email_help"' in html
    assert 'id="id_email_error"' in html
    assert 'aria-invalid="true"' in html


def test_field_of_an_untouched_form_shows_no_error() -> None:
    html = draw("{% field form.email %}", form=OneField())

    assert "aria-invalid" not in html
    assert 'aria-describedby="id_email_help"' in html


def test_choices_stand_in_a_fieldset_with_a_legend() -> None:
    class Choice(forms.Form):
        impact = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "Some"), ("b", "All")])

    html = draw("{% field form.impact %}", form=Choice())

    assert "<fieldset" in html
    assert "<legend" in html


def test_checklist_says_each_state_and_offers_to_try_again() -> None:
    steps = [
        {"label": "Room", "state": "done"},
        SimpleNamespace(label="Slack", state="failed", detail="rate limit", retry_url="/again"),
    ]

    html = draw("{% checklist steps %}", steps=steps)

    assert 'data-state="done"' in html
    assert ": failed" in html
    assert 'action="/again"' in html


def test_toast_offers_undo_only_on_our_own_paths() -> None:
    class Message(SimpleNamespace):
        def __str__(self) -> str:
            return "#142 is now SEV1"

    ours = draw("{% toast m %}", m=Message(level_tag="success", extra_tags="undo:/incidents/142/undo"))
    other = draw("{% toast m %}", m=Message(level_tag="success", extra_tags="undo:https://example.com"))

    assert 'action="/incidents/142/undo"' in ours
    assert "<form" not in other


def line(**more: Any) -> dict[str, Any]:
    return {
        "sequence": 7,
        "kind": "message.posted",
        "family": "message",
        "author_name": "Bo",
        "author_key": "bo",
        "time": NOW,
        "html": SafeString("<p>Rolled back</p>"),
        "permalink": "#line-7",
    } | more


def test_line_follows_its_contract() -> None:
    html = draw("{% include 'components/line.html' %}", line=line(reply_count=4, last_reply_at=NOW))

    assert '<article class="line line--message" id="line-7"' in html
    assert 'data-sequence="7"' in html
    assert 'data-author="bo"' in html
    assert "<p>Rolled back</p>" in html
    assert "4 replies" in html
    for act in ["reply", "quote", "react", "pin", "edit", "delete", "link"]:
        assert re.search(rf'data-act="{act}" aria-label="[^"]+"', html), act


def test_line_escapes_text_that_nobody_cleaned() -> None:
    html = draw("{% include 'components/line.html' %}", line=line(html="<script>alert(1)</script>"))

    assert "<script>" not in html


def test_deleted_line_says_so_and_offers_nothing() -> None:
    html = draw("{% include 'components/line.html' %}", line=line(html="", is_deleted=True))

    assert "This line was deleted." in html
    assert "line__acts" not in html


def test_state_band_has_its_tone() -> None:
    html = draw("{% include 'components/line.html' %}", line=line(family="state", tone="sev1", icon="warning"))

    assert "line--state tone-sev1" in html


def test_reaction_is_said_in_words() -> None:
    reactions = [{"emoji": "👀", "count": 2, "names": ["Ada", "Cleo"]}]

    html = draw("{% include 'components/line.html' %}", line=line(reactions=reactions))

    assert 'aria-label="eyes, 2: Ada, Cleo"' in html


# --- Pages ------------------------------------------------------------------------------------------


class Undefined(str):
    """Stands for a variable that a template names and nobody gave."""

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, name: object) -> str:
        raise AssertionError(f"undefined template variable: {name}")


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", Undefined("undefined"))


@pytest.fixture
def signed_in(ada: User, client: Client) -> Client:
    client.force_login(ada)
    return client


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("page", ["", "room", "timeline", "now", "nonsense"])
@pytest.mark.parametrize("theme", ["light", "dark", "night", "nonsense"])
def test_design_page_shows_the_pieces(signed_in: Client, page: str, theme: str) -> None:
    answer = signed_in.get("/design", {"page": page, "theme": theme})

    html = answer.content.decode()
    assert answer.status_code == 200
    assert f'data-theme="{"system" if theme == "nonsense" else theme}"' in html
    assert not re.search(r"\sstyle\s*=", html)
    assert 'class="skip"' in html
    assert html.count("<h1") == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("address", ["login/", "password/reset/", "password/reset/done/", "inactive/"])
def test_entrance_pages_stand_alone(client: Client, address: str) -> None:
    answer = client.get(f"/accounts/{address}")

    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'class="rail"' not in html
    assert html.count("<h1") == 1


@pytest.mark.django_db
def test_sign_in_helps_password_managers(client: Client) -> None:
    html = client.get("/accounts/login/").content.decode()

    assert 'autocomplete="email"' in html or 'autocomplete="username"' in html
    assert 'autocomplete="current-password"' in html
    assert "onpaste" not in html


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("address", ["password/change/", "email/", "2fa/", "logout/", "reauthenticate/"])
def test_account_pages_are_ours(signed_in: Client, address: str) -> None:
    answer = signed_in.get(f"/accounts/{address}", follow=True)

    assert answer.status_code == 200
    assert b"css/tokens.css" in answer.content
