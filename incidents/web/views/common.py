"""What incident pages share."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from accounts.actors import Actor
from accounts.web.actors import web_actor
from common.errors import Refused
from incidents.models import Incident
from incidents.permissions import Doing, can
from incidents.queries import commander_of, find_incident

TABS = [
    ("room", "Room", "", "message"),
    ("timeline", "Timeline", "/timeline", "activity"),
    ("tasks", "Tasks", "/tasks", "task"),
    ("alerts", "Alerts", "/alerts", "alerts"),
    ("updates", "Updates", "/updates", "send"),
    ("postmortem", "Postmortem", "/postmortem", "file-text"),
    ("audit", "Audit", "/audit", "shield"),
]


def look_up(request: HttpRequest, number: int) -> tuple[Incident, Actor]:
    """Return the incident, if the person may see it, and the person as an actor.

    :raises common.errors.NotFound: which the middleware shows as a 404 page.
    """
    by = web_actor(request)
    return find_incident(number, by), by


def page_context(incident: Incident, by: Actor, tab: str) -> dict[str, Any]:
    """What every page of one incident shows: header, tabs, what the person may do."""
    open_tasks = incident.action_items.filter(done_at__isnull=True).count()
    counts = {"tasks": open_tasks, "alerts": incident.alert_links.filter(detached_at__isnull=True).count()}
    return {
        "incident": incident,
        "lead": commander_of(incident),
        "may_run": can(by, Doing.RUN, incident),
        "may_speak": can(by, Doing.SPEAK, incident),
        "tab": tab,
        "open_tasks": open_tasks,
        "tabs": [
            {
                "key": key,
                "label": label,
                "url": f"/incidents/{incident.pk}{path}",
                "icon": icon,
                "count": counts.get(key) or "",
            }
            for key, label, path, icon in TABS
        ],
    }


def back(request: HttpRequest, fallback: str) -> HttpResponseRedirect:
    """Go back to where the form was, if that is one of our pages."""
    from django.utils.http import url_has_allowed_host_and_scheme

    target = request.POST.get("next", "")
    if target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return HttpResponseRedirect(target)
    return HttpResponseRedirect(fallback)


def do(request: HttpRequest, number: int, act: Any, done: str = "", undo: str = "") -> HttpResponse:
    """Run an operation for a small form, say how it went, and go back."""
    fallback = f"/incidents/{number}"
    try:
        act()
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
    else:
        if done:
            messages.success(request, done, extra_tags=f"undo:{undo}" if undo else "")
    return back(request, fallback)


def to_room(number: int) -> HttpResponse:
    return redirect(f"/incidents/{number}")
