"""A small lived-in incident, for the design page and its tests."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.html import format_html


class SampleForm(forms.Form):
    """A field of each kind."""

    title = forms.CharField(help_text="What is broken, in a few words.")
    service = forms.ChoiceField(choices=[("", "Choose a service"), ("payments", "payments"), ("checkout", "checkout")])
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    summary = forms.CharField(widget=forms.Textarea, required=False)
    impact = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("none", "Nobody yet"), ("some", "Some customers"), ("most", "Most customers")],
        label="Who is hurt",
    )
    private = forms.BooleanField(
        required=False, label="Private: only members see it", help_text="You can open it later."
    )


def _line(now: datetime, sequence: int, minutes: float, who: str, html: Any, **more: Any) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "kind": "message.posted",
        "family": "message",
        "author_name": who,
        "author_key": who.lower(),
        "time": now - timedelta(minutes=minutes),
        "html": html,
        "surface": "web",
        "permalink": f"#line-{sequence}",
        "is_own": who == "Ada",
    } | more


def sample_lines(now: datetime) -> list[dict[str, Any]]:
    """Return a lived-in stretch of a room."""
    code = format_html(
        "<p>Seeing this in the logs:</p><pre><code>{}</code></pre>",
        "upstream timed out (110)\n  while reading from payments:8443",
    )
    return [
        _line(
            now,
            1,
            42,
            "",
            format_html("<strong>{}</strong> declared this from an alert", "Ada"),
            family="system",
            icon="declare",
            kind="incident.declared",
        ),
        _line(now, 2, 41, "Ada", format_html("<p>{}</p>", "5xx on checkout since the 1.42.0 deploy.")),
        _line(
            now, 3, 40.6, "Ada", format_html('<p>Looking with <span class="mention">{}</span></p>', "@Bo"), grouped=True
        ),
        _line(
            now,
            4,
            40,
            "",
            format_html("Paged <strong>{}</strong>: seen after 40 s", "Cleo"),
            family="system",
            icon="bell",
            kind="page.seen",
        ),
        _line(
            now,
            5,
            39,
            "Bo",
            format_html("<p>{}</p>", "Confirmed, error rate 38 %."),
            surface="slack",
            is_pinned=True,
            reactions=[
                {"emoji": "👀", "count": 2, "names": ["Ada", "Cleo"], "mine": True},
                {"emoji": "📌", "count": 1, "names": ["Ada"]},
            ],
            reply_count=4,
            last_reply_at=now - timedelta(minutes=31),
        ),
        _line(now, 6, 38.5, "Bo", code, surface="slack", grouped=True, is_edited=True),
        _line(
            now,
            7,
            38,
            "",
            format_html("Severity SEV2 → <strong>SEV1</strong> by {}", "Ada"),
            family="state",
            tone="sev1",
            icon="warning",
            kind="severity.changed",
        ),
        _line(
            now,
            8,
            36,
            "Bo",
            format_html("{}", "/rollback payments previous in production"),
            family="command",
            kind="command.run",
            answer=format_html(
                "<p>Rollback payments 1.42.0 → 1.41.3 waits for approval by <b>{}</b> or <b>{}</b>.</p>",
                "Ada",
                "Cleo",
            ),
        ),
        _line(
            now,
            9,
            30,
            "Cleo",
            format_html("<p>{}</p>", "Customer note is drafted. Who reads it?"),
            attachments=[{"url": "#", "name": "error-rate.csv", "is_image": False, "size": 48_200}],
        ),
        _line(now, 10, 15, "Ada", "", is_deleted=True),
        _line(
            now,
            11,
            14,
            "",
            format_html("Status is now <strong>{}</strong>", "fixing"),
            family="state",
            tone="accent",
            icon="activity",
            kind="status.changed",
        ),
        _line(now, 12, 3, "Bo", format_html("<p>{}</p>", "Rolled back. Errors fall: 38 % → 4 %."), thread_of=5),
        _line(
            now,
            13,
            2,
            "Cleo",
            format_html("{}", "/incident roles"),
            family="command",
            kind="command.run",
            answer_is_private=True,
            answer=format_html("<p>Commander {} · comms {} · scribe nobody</p>", "Ada", "Cleo"),
        ),
        _line(
            now,
            14,
            1,
            "",
            format_html("Mitigated by <strong>{}</strong> after 41 min", "Bo"),
            family="state",
            tone="good",
            icon="check",
            kind="incident.mitigated",
        ),
    ]


def sample_events(now: datetime) -> list[dict[str, Any]]:
    """Return nodes of a timeline, in order."""
    raw = [
        (1, 42, "declare", "sev1", "Declared as SEV1", "Ada", True, False),
        (2, 41, "", "neutral", "5xx on checkout since the 1.42.0 deploy.", "Ada", False, True),
        (3, 40, "bell", "warn", "Cleo was paged and has seen it", "", False, False),
        (4, 39, "pin", "accent", "Confirmed, error rate 38 %.", "Bo", True, False),
        (5, 12, "deploys", "accent", "Rollback payments 1.42.0 → 1.41.3", "Bo", False, False),
        (6, 1, "check", "good", "Mitigated", "Bo", True, False),
    ]
    return [
        {
            "sequence": sequence,
            "time": now - timedelta(minutes=minutes),
            "icon": icon,
            "tone": tone,
            "text": text,
            "author_name": who,
            "is_pinned": pinned,
            "is_small": small,
            "permalink": f"#event-{sequence}",
        }
        for sequence, minutes, icon, tone, text, who, pinned, small in raw
    ]


PEOPLE = [
    {"name": "Ada", "role": "commander", "local_time": "03:44", "page_state": "acked"},
    {"name": "Bo", "role": "responder", "local_time": "18:44", "page_state": "seen", "page_age": "2 min"},
    {"name": "Cleo", "role": "comms", "local_time": "09:14", "page_state": "sent", "page_age": "2:10"},
    {"name": "Dan", "note": "watching", "local_time": "21:44"},
]
STEPS = [
    {"label": "Incident #142", "state": "done"},
    {"label": "Page Cleo, on call for payments", "state": "done", "detail": "Push seen after 40 s"},
    {
        "label": "Slack channel inc-142-checkout-5xx",
        "state": "doing",
        "detail": "Slack says too many requests; trying again in 12 s",
    },
    {"label": "Runbook “Payments 5xx”", "state": "waiting"},
    {
        "label": "Announcement",
        "state": "failed",
        "detail": "Channel #incidents is archived",
        "retry_url": "/design",
    },
]
ROWS = [
    {
        "severity": 1,
        "number": 142,
        "title": "Checkout returns 5xx",
        "status": "fixing",
        "lead": "Ada",
        "age": 2_520,
        "due": "in 8 min",
        "late": "",
    },
    {
        "severity": 3,
        "number": 141,
        "title": "Search results are two hours old",
        "status": "investigating",
        "lead": "Bo",
        "age": 9_400,
        "due": "12 min overdue",
        "late": "overdue",
    },
    {
        "severity": 4,
        "number": 139,
        "title": "Nightly export is late",
        "status": "monitoring",
        "lead": "Cleo",
        "age": 31_000,
        "due": "",
        "late": "",
    },
]
COUNTS = [0, 1, 0, 0, 2, 5, 9, 7, 12, 8, 3, 4, 1, 0, 0, 0, 2, 3, 1, 0, 1, 4, 2, 0]
VALUES = [2, 3, 2, 5, 9, 38, 36, 30, 12, 6, 4]
CODE = """curl -X POST http://127.0.0.1:8000/api/v1/incidents \\
  -H "Authorization: Bearer $TOKEN" \\
  -d '{"title": "Checkout returns 5xx"}'"""
