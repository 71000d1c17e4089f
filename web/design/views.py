"""Every piece of the interface on one page, in every state and theme."""

from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock
from web.design import samples
from web.icons import ICONS
from web.templatetags.pieces import PAGE_STATES, STATUS_TONES

THEMES = ("system", "light", "dark", "night")
PAGES = {"": "Pieces", "room": "War room", "timeline": "Timeline", "now": "Now"}


def design(request: HttpRequest) -> HttpResponse:
    """Show the pieces; `?theme=` tries another theme, `?page=` a whole sample page."""
    now = clock.now().replace(microsecond=0)
    bad = samples.SampleForm({"title": "", "email": "ada", "impact": "some"}, auto_id="bad_%s")
    bad.is_valid()
    page = request.GET.get("page", "")
    page = page if page in PAGES else ""
    theme = request.GET.get("theme", "")
    return render(
        request,
        f"design/{page or 'index'}.html",
        {
            "design_theme": theme if theme in THEMES else "",
            "themes": THEMES,
            "page": page,
            "pages": PAGES.items(),
            "now": now,
            "times": [
                now - ago
                for ago in (timedelta(seconds=5), timedelta(minutes=12), timedelta(hours=7), timedelta(days=3))
            ],
            "soon": now + timedelta(minutes=8),
            "old": datetime(2025, 3, 4, 3, 12, tzinfo=UTC),
            "good": samples.SampleForm(initial={"title": "Checkout returns 5xx", "impact": "some"}, auto_id="good_%s"),
            "bad": bad,
            "statuses": list(STATUS_TONES),
            "page_states": list(PAGE_STATES),
            "tones": ["neutral", "accent", "good", "warn", "bad", "outline"],
            "people": samples.PEOPLE,
            "steps": samples.STEPS,
            "rows": samples.ROWS,
            "counts": samples.COUNTS,
            "values": samples.VALUES,
            "lines": samples.sample_lines(now),
            "events": samples.sample_events(now),
            "code": samples.CODE,
            "icons": list(ICONS),
        },
    )
