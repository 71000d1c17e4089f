"""The pieces of the interface as template tags; a builtin library, so no template loads it.

Each is shown in every state on /design. Text is escaped by `format_html` or by the template in
templates/components/ that draws the piece.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import emoji as emoji_words
from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common import clock as database_clock
from common.clock import now as now_of_database
from common.faces import hue, initials
from common.links import host_of
from common.text import to_html
from web.icons import GLYPHS, ICONS, SHAPES

register = template.Library()

STEPS = ("triage", "investigating", "fixing", "monitoring", "resolved", "closed")
STATUS_TONES = {
    "triage": "warn",
    "investigating": "accent",
    "fixing": "accent",
    "monitoring": "accent",
    "resolved": "good",
    "closed": "neutral",
    "cancelled": "neutral",
    "merged": "neutral",
}
SEVERITY_WORDS = {1: "critical", 2: "major", 3: "minor", 4: "low", 5: "notice"}
BANNER_ICONS = {"info": "info", "good": "check", "success": "check", "warn": "warning", "bad": "warning"}
KINDS = {"debug": "info", "info": "info", "success": "good", "warning": "warn", "error": "bad"}
STEP_ICONS = {"waiting": "clock", "doing": "activity", "done": "check", "failed": "x"}
PAGE_STATES = {
    "queued": ("clock", "neutral"),
    "sending": ("send", "neutral"),
    "sent": ("send", "neutral"),
    "delivered": ("check", "neutral"),
    "seen": ("eye", "accent"),
    "acked": ("check", "good"),
    "failed": ("x", "bad"),
    "superseded": ("minus", "neutral"),
    "passed": ("minus", "neutral"),
    "unanswered": ("warning", "warn"),
    "not sent": ("minus", "neutral"),
    "taken back": ("minus", "neutral"),
    "perhaps sent": ("warning", "warn"),
}


# --- Drawings ---------------------------------------------------------------------------------------


@register.simple_tag
def host(url: str) -> str:
    """Where a link leads, beside what it says."""
    return host_of(url)


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """Draw an icon beside words; an unknown name draws a ring, so a typo never breaks a page."""
    path = ICONS.get(name) or ICONS["more"]
    extra = " icon--20" if size >= 20 else ""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>', extra, path
    )


@register.simple_tag
def shape(severity: int) -> SafeString:
    """Draw the shape of a severity alone: octagon, diamond, triangle, circle, dot."""
    path = SHAPES.get(_severity(severity), SHAPES[5])
    return format_html(
        '<svg class="shape" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d="{}"/></svg>', path
    )


@register.simple_tag
def glyph(status: str) -> SafeString:
    """Draw how far a status is: a ring that fills."""
    fill, mark, is_open = GLYPHS.get(status, GLYPHS["triage"])
    ring = format_html('<circle class="glyph__ring{}" cx="8" cy="8" r="6.2"/>', " glyph__ring--open" if is_open else "")
    body = format_html('<path d="{}"/>', fill) if fill else ""
    top = format_html('<path class="glyph__mark" d="{}"/>', mark) if mark else ""
    if status == "cancelled":
        top = format_html('<path class="glyph__ring" d="{}"/>', "M3.8 12.2l8.4-8.4")
    return format_html(
        '<svg class="glyph" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{}{}{}</svg>', ring, body, top
    )


# --- Chips ------------------------------------------------------------------------------------------


def _severity(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


@register.simple_tag
def severity(value: Any) -> SafeString:
    """Draw a severity (1 to 5) as a chip: shape, label, colour. SEV1 is solid, to be seen first."""
    number = _severity(value)
    if number not in SHAPES:
        return format_html('<span class="chip chip--outline">{}</span>', "No severity")
    return format_html(
        '<span class="chip severity tone-sev{}{}" title="{}">{}SEV{}</span>',
        number,
        " chip--solid" if number == 1 else "",
        SEVERITY_WORDS[number],
        shape(number),
        number,
    )


@register.simple_tag
def status(value: Any) -> SafeString:
    """Draw a status as a chip: glyph, word, colour."""
    word = str(value)
    return format_html(
        '<span class="chip status tone-{}">{}{}</span>', STATUS_TONES.get(word, "neutral"), glyph(word), word
    )


@register.simple_tag
def chip(text: Any, tone: str = "neutral", icon_name: str = "") -> SafeString:
    """Draw any other chip: a role, a source, "Private". `tone`: neutral, accent, good, warn, bad, outline."""
    kind = "chip--outline" if tone == "outline" else f"tone-{tone}"
    return format_html('<span class="chip {}">{}{}</span>', kind, icon(icon_name) if icon_name else "", text)


@register.simple_tag
def page_state(state: str) -> SafeString:
    """Draw the state of a page to a person: queued, sending, sent, delivered, seen, acked, failed, superseded."""
    name, tone = PAGE_STATES.get(state, ("clock", "neutral"))
    return format_html('<span class="page-state tone-{}">{}{}</span>', tone, icon(name), state)


@register.inclusion_tag("components/stepper.html")
def stepper(value: Any) -> dict[str, Any]:
    """Draw the way from triage to closed and where the incident is on it."""
    word = str(value)
    if word not in STEPS:
        return {"steps": [], "status": word}
    at = STEPS.index(word)
    steps = [
        {"word": step, "state": "done" if place < at else "now" if place == at else "next"}
        for place, step in enumerate(STEPS)
    ]
    return {"steps": steps, "status": word, "tone": STATUS_TONES[word]}


# --- People -----------------------------------------------------------------------------------------


def display_name(person: Any) -> str:
    """Return the name to show for a user, or the text itself."""
    if person is None:
        return ""
    if isinstance(person, str):
        return person
    for attribute in ("display_name", "name", "get_full_name", "email"):
        value = getattr(person, attribute, "")
        value = value() if callable(value) else value
        if value:
            return str(value)
    return str(person)


@register.simple_tag
def avatar(person: Any, size: str = "") -> SafeString:
    """Draw a person's initials in their stable colour; the name stands beside it. `size`: "", small, large."""
    name = display_name(person)
    return format_html(
        '<span class="avatar hue--{}{}" title="{}" aria-hidden="true">{}</span>',
        hue(name),
        f" avatar--{size}" if size else "",
        name,
        initials(name),
    )


# --- Time -------------------------------------------------------------------------------------------


def relative(at: datetime, now: datetime) -> str:
    """Return "12 min ago" or "in 12 min"; beyond 30 days the date."""
    seconds = (now - at).total_seconds()
    distance = abs(seconds)
    if distance < 45:
        return "just now" if seconds >= -10 else "in a moment"
    if distance < 3_570:
        text = f"{max(round(distance / 60), 1)} min"
    elif distance < 86_400:
        text = f"{max(round(distance / 3_600), 1)} h"
    elif distance < 30 * 86_400:
        days = round(distance / 86_400)
        text = "1 day" if days == 1 else f"{days} days"
    else:
        return f"{at.day} {at:%b %Y}"
    return f"{text} ago" if seconds > 0 else f"in {text}"


def exact(at: datetime) -> str:
    """Return the full UTC time, as it stands in titles."""
    utc = at.astimezone(UTC)
    return f"{utc:%a} {utc.day} {utc:%b %Y, %H:%M:%S} UTC"


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@register.simple_tag
def when(at: datetime | None, now: datetime | None = None, focusable: bool = True) -> SafeString:
    """Draw "12 min ago"; static/js/app.js keeps it fresh and shows the exact time on hover, touch and focus."""
    if at is None:
        return format_html('<span class="faint">{}</span>', "never")
    return format_html(
        '<time class="when" datetime="{}" data-when title="{}"{}>{}</time>',
        iso(at),
        exact(at),
        format_html(' tabindex="{}"', 0) if focusable else "",
        relative(at, now or database_clock.now()),
    )


@register.simple_tag
def clock(at: datetime | None, seconds: bool = False) -> SafeString:
    """Draw the time of day, HH:MM, in the reader's zone."""
    if at is None:
        return format_html('<span class="faint">{}</span>', "–")
    local = timezone.localtime(at)
    return format_html(
        '<time class="clock" datetime="{}" data-clock="{}" title="{}">{}</time>',
        iso(at),
        "seconds" if seconds else "minutes",
        exact(at),
        f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}",
    )


@register.simple_tag
def zone() -> str:
    """Return the name of the active time zone; "UTC" lets the browser use its own."""
    return timezone.get_current_timezone_name()


@register.simple_tag
def duration(value: float | timedelta | None) -> str:
    """Return "42 s", "12 min", "1 h 12 min" or "2 d 3 h"."""
    if value is None or value == "":
        return "–"
    seconds = int(value.total_seconds() if isinstance(value, timedelta) else float(value))
    sign = "−" if seconds < 0 else ""
    seconds = abs(seconds)
    if seconds < 60:
        return f"{sign}{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{sign}{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{sign}{hours} h {minutes} min" if minutes else f"{sign}{hours} h"
    days, hours = divmod(hours, 24)
    return f"{sign}{days} d {hours} h" if hours else f"{sign}{days} d"


# --- Forms and messages -----------------------------------------------------------------------------


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, label: str = "", help_text: str | None = None, placeholder: str = "") -> dict[str, Any]:
    """Draw label, control, help and error of a form field, tied together for screen readers.

    A placeholder that only repeats the label is left out.
    """
    widget = bound.field.widget
    is_group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    help_words = bound.help_text if help_text is None else help_text
    base = bound.auto_id or bound.html_name
    described = [f"{base}_help"] if help_words else []
    described += [f"{base}_error"] if bound.errors else []
    attrs: dict[str, Any] = {}
    if placeholder:
        attrs["placeholder"] = placeholder
    elif str(widget.attrs.get("placeholder", "")).casefold() in str(bound.label).casefold():
        attrs["placeholder"] = False
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    kind = "choices" if is_group else "check" if isinstance(widget, CheckboxInput) else "text"
    return {
        "bound": bound,
        "kind": kind,
        "label": label or bound.label,
        "help_text": help_words,
        "base": base,
        "control": bound.as_widget(attrs=attrs),
        "is_required": bound.field.required,
        "described": " ".join(described),
    }


@register.inclusion_tag("components/empty.html")
def empty(sentence: str, action_label: str = "", action_url: str = "", drawing: str = "quiet") -> dict[str, str]:
    """Draw an empty state: one sentence, one action, a small drawing (quiet, list, search).

    Inside a `for` loop use `empty_state`: there `empty` is the loop's own word.
    """
    return {"sentence": sentence, "action_label": action_label, "action_url": action_url, "drawing": drawing}


register.inclusion_tag("components/empty.html", name="empty_state")(empty)


@register.inclusion_tag("components/banner.html")
def banner(kind: str, text: str, action_label: str = "", action_url: str = "") -> dict[str, str]:
    """Draw a banner; `kind`: info, good, warn, bad."""
    return {
        "kind": kind,
        "icon_name": BANNER_ICONS.get(kind, "info"),
        "text": text,
        "action_label": action_label,
        "action_url": action_url,
    }


@register.inclusion_tag("components/checklist.html")
def checklist(steps: Iterable[Any]) -> dict[str, Any]:
    """Draw what the machine is doing. A step has label, state (waiting, doing, done, failed), detail, retry_url."""

    def read(step: Any, name: str) -> Any:
        return (step.get(name) if isinstance(step, dict) else getattr(step, name, "")) or ""

    return {
        "steps": [
            {
                "label": read(step, "label"),
                "state": read(step, "state") or "waiting",
                "detail": read(step, "detail"),
                "retry_url": read(step, "retry_url"),
                "icon": STEP_ICONS.get(read(step, "state"), "clock"),
            }
            for step in steps
        ]
    }


@register.inclusion_tag("components/toast.html")
def toast(message: Any) -> dict[str, Any]:
    """Draw a message of django.contrib.messages; an extra tag `undo:/path` gives it an Undo button."""
    tags = str(getattr(message, "extra_tags", "") or "").split()
    undo = next((tag.removeprefix("undo:") for tag in tags if tag.startswith("undo:/")), "")
    kind = KINDS.get(getattr(message, "level_tag", "info"), "info")
    return {"kind": kind, "icon_name": BANNER_ICONS[kind], "text": str(message), "undo": undo}


@register.simple_tag
def kbd(keys: str) -> SafeString:
    """Draw keys to press one after the other: `{% kbd "g n" %}`."""
    return format_html(
        '<span class="keys">{}</span>', format_html_join("", "<kbd>{}</kbd>", ((key,) for key in keys.split()))
    )


# --- Small charts -----------------------------------------------------------------------------------


@register.simple_tag
def density(counts: Sequence[float], label: str, tone: str = "accent") -> SafeString:
    """Draw how much happened when: one bar for each count. `label` says it in words."""
    top = max([*counts, 1])
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="7" height="{}" rx="1"/>',
        (
            (place * 9 + 1, round(26 - height, 1), round(height, 1))
            for place, count in enumerate(counts)
            if (height := count / top * 24 if count else 0)
        ),
    )
    width = max(len(counts) * 9, 9)
    return format_html(
        '<svg class="density tone-{}" viewBox="0 0 {} 28" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="density__base" d="M0 27h{}"/>{}</svg>',
        tone,
        width,
        label,
        width,
        bars,
    )


@register.simple_tag
def spark(values: Sequence[float], label: str, tone: str = "accent") -> SafeString:
    """Draw a line without axes that ends in a dot. `label` says it in words."""
    numbers = list(values) or [0]
    low, high = min(numbers), max(numbers)
    step = 112 / max(len(numbers) - 1, 1)
    span = (high - low) or 1
    points = [
        (round(4 + place * step, 1), round(24 - (value - low) / span * 20, 1)) for place, value in enumerate(numbers)
    ]
    return format_html(
        '<svg class="spark tone-{}" viewBox="0 0 120 28" role="img" aria-label="{}">'
        '<polyline points="{}"/><circle cx="{}" cy="{}" r="2.5"/></svg>',
        tone,
        label,
        " ".join(f"{x},{y}" for x, y in points),
        *points[-1],
    )


@register.simple_tag
def meter(value: float, total: float, label: str, tone: str = "accent") -> SafeString:
    """Draw a part of a whole as a bar."""
    share = min(max(value / total if total else 0, 0), 1)
    return format_html(
        '<svg class="meter tone-{}" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="meter__track" width="100" height="6"/><rect class="meter__value" width="{}" height="6"/></svg>',
        tone,
        label,
        round(share * 100, 1),
    )


# --- Text and incidents -----------------------------------------------------------------------------


@register.simple_tag(name="markdown")
def markdown_tag(text: str) -> SafeString:
    """Draw what a person wrote, by the one renderer."""
    return to_html(text)


@register.simple_tag
def lasted(incident: Any) -> str:
    """Return how long an incident took, or has taken so far."""
    end = incident.resolved_at or (now_of_database() if incident.is_open else incident.last_event_at)
    return duration(end - (incident.started_at or incident.declared_at))


# --- Chat -------------------------------------------------------------------------------------------


@register.filter
def emoji_word(value: str) -> str:
    """Return an emoji in words, for those who hear the page."""
    return emoji_words.demojize(value).strip(":").replace("_", " ").replace("-", " ")


@register.filter
def split(value: str) -> list[str]:
    """Return the words of a text."""
    return str(value).split()


@register.filter
def filesize(size: Any) -> str:
    """Return a size in kB or MB."""
    number = float(size or 0)
    if number < 1_000_000:
        return f"{max(round(number / 1_000), 1)} kB"
    return f"{number / 1_000_000:.1f} MB"
