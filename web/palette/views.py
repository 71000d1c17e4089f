"""The command palette: runs typed lines, suggests commands, pages, incidents and people."""

import json
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.web.actors import web_actor
from chatops.context import Context
from chatops.registry import complete
from common.errors import Invalid, NotFound
from common.ids import new_id
from incidents.models import Incident
from incidents.queries import find_incident, find_incidents
from oncall.models import Service
from web.room.acts import command, reply_json

PAGES = [
    ("Now", "/"),
    ("Incidents", "/incidents"),
    ("Declare", "/incidents/new"),
    ("Postmortems", "/postmortems"),
    ("Follow-ups", "/followups"),
    ("People", "/people"),
    ("Commands", "/commands"),
    ("Connections", "/connections"),
    ("Health", "/health"),
    ("Your profile", "/me"),
]
_MOST = 12


@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Run a typed line, in the incident that is open on the page if there is one."""
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Invalid("The body is not JSON.", field="body")
    text = data.get("text") if isinstance(data, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise Invalid("Type a command, such as /incident create Checkout 5xx.", field="text")
    by = web_actor(request, "palette")
    typed = text.strip()
    incident = _incident(data.get("incident"), by)
    reply = command(by, typed, incident, str(data.get("id") or new_id())[:100], "palette")
    return JsonResponse(reply_json(reply, typed))


@require_GET
def suggest(request: HttpRequest) -> HttpResponse:
    """What the typed beginning may become."""
    by = web_actor(request, "palette")
    raw = request.GET.get("q", "").replace("\x00", "")[:200]
    query = raw.strip()
    items: list[dict[str, Any]] = []
    if query.startswith("/"):
        context = Context(by=by, typed=raw, incident=_incident(request.GET.get("incident"), by), room_kind="palette")
        for found in complete(raw, context)[:_MOST]:
            items.append({"label": found.label, "hint": found.detail, "text": found.line, "url": None})
    else:
        # Before a word is typed, what burns stands first.
        pages, open_ones = _pages(query), _incidents(query, request)
        items += [*pages, *open_ones, *_others(query)] if query else [*open_ones, *pages]
    return JsonResponse({"items": items[:_MOST]})


def _pages(query: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "hint": "page", "url": url, "text": None}
        for label, url in PAGES
        if not query or query.lower() in label.lower()
    ]


def _incidents(query: str, request: HttpRequest) -> list[dict[str, Any]]:
    user = request.user
    assert isinstance(user, User)
    number = query.lstrip("#").upper().removeprefix("INC-")
    if number.isdecimal() and len(number) < 18:
        rows: QuerySet[Incident] = Incident.objects.visible_to(user).filter(pk=int(number))
    elif len(query) >= 2:
        rows = find_incidents(user, {"text": query}).order_by("-number")
    else:
        rows = Incident.objects.visible_to(user).open().order_by("severity", "-number")
    return [
        {
            "label": f"#{incident.pk} {incident.display_title}",
            "hint": f"{incident.sev} · {incident.status}",
            "url": f"/incidents/{incident.pk}",
            "text": None,
        }
        for incident in rows[:5]
    ]


def _others(query: str) -> list[dict[str, Any]]:
    if len(query) < 2:
        return []
    people = User.objects.filter(is_active=True, name__icontains=query.lstrip("@"))[:4]
    services = Service.objects.filter(name__icontains=query)[:4]
    return [
        *(
            {"label": p.name, "hint": "person", "url": None, "text": f"/incident assign responder @{p.handle}"}
            for p in people
        ),
        *({"label": s.name, "hint": "service", "url": f"/incidents?service={s.slug}", "text": None} for s in services),
    ]


def _incident(raw: Any, by: Any) -> Incident | None:
    if raw is None or not str(raw).isdecimal() or len(str(raw)) > 17:
        return None
    try:
        return find_incident(int(raw), by)
    except NotFound:
        return None


@require_GET
def commands(request: HttpRequest) -> HttpResponse:
    """Every command with its form and examples, readable without script."""
    from chatops.registry import registry

    return render(request, "web/commands.html", {"commands": registry().commands()})
