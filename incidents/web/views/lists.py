"""Incidents, postmortems and action items as lists, and the declare page."""

import csv
import io
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.web.actors import web_actor
from common.forms import attempt
from common.ids import new_id
from incidents.exporting import harmless, incident_json
from incidents.models import ActionItem, Incident, Postmortem, Severity, Status
from incidents.operations.declare import declare_incident
from incidents.queries import commander_of, find_incidents, same_service_open
from incidents.rules.severity import propose
from incidents.web.forms import IMPACTS, DeclareForm
from oncall.models import Service

_PAGE = 50
_EXACT = 1000
_NEXT_STEPS = [
    {"label": "A number and a room, at once", "detail": "Nothing outside is waited for."},
    {"label": "A channel in each connected chat", "detail": "It follows within seconds; the room goes on without it."},
    {"label": "Everything said becomes the timeline", "detail": "The timeline becomes the postmortem."},
]


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)
    return user


def _filters(request: HttpRequest) -> dict[str, Any]:
    get = request.GET
    severity = get.get("severity", "")
    return {
        "state": get.get("state", "") if get.get("state", "") in {"open", "ended", *Status.values} else "",
        "severity": int(severity) if severity in {"1", "2", "3", "4", "5"} else "",
        "service": _words(get, "service", 80),
        "mine": get.get("mine") == "1",
        "team": _words(get, "team", 80),
        "drill": get.get("drill", "") if get.get("drill") in {"only", "none"} else "",
        "private": get.get("private") == "1",
        "text": _words(get, "text", 200),
    }


def _words(get: QueryDict, name: str, most: int) -> str:
    """What is looked for, without what no database can hold."""
    return get.get(name, "").replace("\x00", "").strip()[:most]


@require_GET
def incidents(request: HttpRequest) -> HttpResponse:
    """The list, filtered by what stands in the address; keyset pages by number."""
    filters = _filters(request)
    rows = find_incidents(_user(request), filters).order_by("-number")
    if request.GET.get("export") in {"csv", "json"}:
        return _export(list(rows[:_EXACT]), request.GET["export"])
    total = rows.values("pk")[: _EXACT + 1].count()
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 18:
        rows = rows.filter(number__lt=int(before))
    page = list(rows[: _PAGE + 1])
    more = len(page) > _PAGE
    page = page[:_PAGE]
    for incident in page:
        incident.lead = commander_of(incident)  # type: ignore[attr-defined]
    kept: dict[str, str | int] = {
        key: str(value) for key, value in request.GET.items() if key not in {"before", "export"} and value
    }
    return render(
        request,
        "incidents/list.html",
        {
            "incidents": page,
            "filters": filters,
            "is_filtered": any(filters.values()),
            "total": f"{_EXACT:,}+" if total > _EXACT else total,
            "older": urlencode(kept | {"before": page[-1].pk}) if more else "",
            "query": urlencode(kept),
            "severities": Severity.choices,
            "statuses": [status for status in Status.values if status != "merged"],
            "services": Service.objects.all(),
        },
    )


def _export(rows: list[Incident], form: str) -> HttpResponse:
    if form == "json":
        return HttpResponse(
            json.dumps([incident_json(row) for row in rows], ensure_ascii=False, indent=1),
            content_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="incidents.json"'},
        )
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["number", "severity", "status", "title", "lead", "services", "declared_at", "resolved_at"])
    for row in rows:
        lead = commander_of(row)
        writer.writerow(
            [
                row.pk,
                row.sev,
                row.status,
                harmless(row.title),
                harmless(lead.name) if lead else "",
                harmless(", ".join(service.name for service in row.services.all())),
                row.declared_at.isoformat(),
                row.resolved_at.isoformat() if row.resolved_at else "",
            ]
        )
    return HttpResponse(
        out.getvalue().encode("utf-8-sig"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="incidents.csv"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """Declare with one field; the rest may wait."""
    form = DeclareForm(request.POST or None, initial={"title": request.GET.get("title", "")[:200]})
    # The form's own id: sent twice, it declares once.
    sent = request.POST.get("id", "").replace("\x00", "")[:60]
    if request.method == "POST" and form.is_valid():
        data, by = form.cleaned_data, web_actor(request)
        severity, made = data["severity"], []
        if severity is None and data["hurt"]:
            severity = propose(data["hurt"], workaround=data["workaround"])[0]
        done = attempt(
            form,
            lambda: made.append(
                declare_incident(
                    by=by,
                    outside_id=f"web:{by.key}:{sent}" if sent else "",
                    title=data["title"],
                    severity=severity,
                    summary=data["summary"],
                    impact=dict(form.fields["hurt"].choices).get(data["hurt"], ""),  # type: ignore[attr-defined]
                    services=[service.slug for service in data["services"]],
                    is_private=data["is_private"],
                    is_drill=data["is_drill"],
                )
            ),
        )
        if done:
            return redirect(f"/incidents/{made[0].pk}")
    running = list(same_service_open(_user(request), [])[:5])
    for incident in running:
        incident.lead = commander_of(incident)  # type: ignore[attr-defined]
    context = {
        "form": form,
        "running": running,
        "proposals": _proposals(),
        "next_steps": _NEXT_STEPS,
        "id": sent or new_id(),
    }
    return render(request, "incidents/declare.html", context, status=200 if not form.errors else 400)


def _proposals() -> list[dict[str, Any]]:
    """What each answer to "who is hurt" proposes, with and without a way round; the page shows the one that fits."""
    found = []
    for hurt, _ in IMPACTS:
        for workaround in (False, True):
            severity, reason = propose(hurt, workaround=workaround)
            key = f"{hurt}-{'around' if workaround else 'none'}"
            found.append({"key": key, "severity": severity, "reason": reason})
    return found


@require_GET
def postmortems(request: HttpRequest) -> HttpResponse:
    """Postmortems that the person may read, newest first."""
    state = str(request.GET.get("state", ""))
    rows = Postmortem.objects.filter(incident__in=Incident.objects.visible_to(_user(request))).select_related(
        "incident"
    )
    if state in dict(Postmortem.STATES):
        rows = rows.filter(state=state)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 18:
        rows = rows.filter(incident_id__lt=int(before))
    page = list(rows.order_by("-incident_id")[: _PAGE + 1])
    more = len(page) > _PAGE
    page = page[:_PAGE]
    return render(
        request,
        "incidents/postmortems.html",
        {
            "postmortems": page,
            "state": state,
            "states": Postmortem.STATES,
            "older": f"state={state}&before={page[-1].incident_id}" if more else "",
        },
    )


@require_GET
def followups(request: HttpRequest) -> HttpResponse:
    """Action items that are not done, of every incident the person may see."""
    user = _user(request)
    rows = (
        ActionItem.objects.filter(done_at__isnull=True, incident__in=Incident.objects.visible_to(user))
        .select_related("incident", "owner")
        .order_by("due_at", "incident_id", "number")
    )
    mine = request.GET.get("mine") == "1"
    if mine:
        rows = rows.filter(owner=user)
    return render(request, "incidents/followups.html", {"items": rows[:200], "mine": mine})
