"""The tabs of one incident beside the room: timeline, tasks, alerts, updates, audit."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import AuditEntry
from common.errors import Invalid
from common.forms import attempt
from incidents.exporting import export_timeline
from incidents.models import Incident, Update
from incidents.operations import talk, tasks
from incidents.operations.updates import publish_update
from incidents.queries import latest_page, readable_events, story
from incidents.rules import times
from incidents.timeline.frames import event_html
from incidents.timeline.kinds import kind_of
from incidents.web.forms import NoteForm, TaskForm, UpdateForm
from incidents.web.views.common import back, do, look_up, page_context

_PAGE = 100
_BARS = 60
_LONGEST_DRAFT = 1500


@require_http_methods(["GET", "HEAD", "POST"])
def timeline(request: HttpRequest, number: int) -> HttpResponse:
    """One stream, two views: the story and everything; a note can be written into it."""
    incident, by = look_up(request, number)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if attempt(form, lambda: talk.add_note(number=number, text=data["text"], by=by, at=data["at"])):
            return redirect(f"/incidents/{number}/timeline")
    if request.GET.get("download") in {"md", "csv", "json"}:
        return _file(export_timeline(incident, by, request.GET["download"]))
    view = "everything" if request.GET.get("view") == "everything" else "story"
    text = request.GET.get("text", "").replace("\x00", "").strip()[:200]
    before = times.point(request.GET.get("before", ""))
    if view == "everything" and not text:
        events, more = latest_page(incident, before=before, limit=_PAGE)
    else:
        rows = readable_events(incident) if view == "everything" else story(incident)
        if text:
            rows = rows.filter(shown_text__icontains=text)
        found = list(rows.order_by("-shown_at", "-id")[: _PAGE + 1])
        more, events = len(found) > _PAGE, found[:_PAGE][::-1]
    context = page_context(incident, by, "timeline")
    context.update(
        {
            "form": form,
            "view": view,
            "text": text,
            "nodes": _nodes(events),
            "older": f"{events[0].shown_at.isoformat()},{events[0].pk}" if more and events else "",
            "counts": _density(incident),
        }
    )
    return render(request, "incidents/timeline.html", context, status=400 if form.errors else 200)


def _nodes(events: list[Any]) -> list[dict[str, Any]]:
    """Events with hour marks and quiet gaps between them."""
    nodes: list[dict[str, Any]] = []
    last = None
    for event in events:
        at = event.shown_at
        if last is None or at.strftime("%Y%m%d%H") != last.strftime("%Y%m%d%H"):
            nodes.append({"hour": at.replace(minute=0, second=0, microsecond=0)})
        if last is not None and at - last > timedelta(minutes=15):
            nodes.append({"gap": (at - last).total_seconds()})
        kind = kind_of(event.kind)
        nodes.append(
            {
                "event": {
                    "sequence": event.sequence,
                    "time": at,
                    "icon": kind.icon,
                    "tone": kind.tone(event.data),
                    "html": event_html(event) if not event.deleted_at else "",
                    "text": "This line was deleted." if event.deleted_at else "",
                    "author_name": event.actor_name,
                    "surface": event.surface if event.surface not in ("web", "system") else "",
                    "is_pinned": event.pinned_at is not None,
                    "is_small": kind.family == "system",
                    "is_deleted": event.deleted_at is not None,
                    "is_edited": event.edited_at is not None,
                    "is_hidden": event.is_hidden,
                    "permalink": f"/incidents/{event.incident_id}?at={event.sequence}#line-{event.sequence}",
                }
            }
        )
        last = at
    return nodes


def _density(incident: Any) -> list[int]:
    """How much happened when, in at most sixty equal parts, over at most the newest 1,000 events."""
    times = list(
        incident.events.filter(target__isnull=True).order_by("-shown_at").values_list("shown_at", flat=True)[:1000]
    )
    if len(times) < 3:
        return []
    first, last = times[-1], times[0]
    width = max((last - first).total_seconds() / _BARS, 60)
    counts = [0] * (int((last - first).total_seconds() // width) + 1)
    for at in times:
        counts[int((at - first).total_seconds() // width)] += 1
    return counts


@require_http_methods(["GET", "HEAD", "POST"])
def task_list(request: HttpRequest, number: int) -> HttpResponse:
    """Tasks and follow-ups."""
    incident, by = look_up(request, number)
    form = TaskForm(request.POST or None, initial={"kind": "task" if incident.is_open else "follow-up"})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        done = attempt(
            form,
            lambda: tasks.add_item(
                number=number, text=data["text"], by=by, kind=data["kind"], owner=data["owner"], due_at=data["due_at"]
            ),
        )
        if done:
            return back(request, f"/incidents/{number}/tasks")
    context = page_context(incident, by, "tasks")
    items = list(incident.action_items.select_related("owner", "origin"))
    context.update(
        {
            "form": form,
            "groups": [
                ("Tasks", [item for item in items if item.kind == "task"]),
                ("Follow-ups", [item for item in items if item.kind == "follow-up"]),
            ],
            "items": items,
        }
    )
    return render(request, "incidents/tasks.html", context, status=400 if form.errors else 200)


@require_POST
def task_change(request: HttpRequest, number: int, item: int) -> HttpResponse:
    """Finish, reopen or take one action item."""
    _, by = look_up(request, number)
    verb = request.POST.get("do", "")

    def act() -> None:
        if verb == "done":
            tasks.finish_item(number=number, item=item, by=by)
        elif verb == "reopen":
            tasks.reopen_item(number=number, item=item, by=by)
        elif verb == "take":
            tasks.assign_item(number=number, item=item, owner=by.user, by=by)
        else:
            raise Invalid("do is done, reopen or take.", field="do")

    return do(request, number, act)


@require_GET
def alerts(request: HttpRequest, number: int) -> HttpResponse:
    """The alert groups that belong to the incident."""
    incident, by = look_up(request, number)
    context = page_context(incident, by, "alerts")
    context["links"] = incident.alert_links.filter(detached_at__isnull=True).select_related("group__connection")
    return render(request, "incidents/alerts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def update_list(request: HttpRequest, number: int) -> HttpResponse:
    """Write an update; read the earlier ones. `?from=` is a line whose words it begins with."""
    incident, by = look_up(request, number)
    initial = {"text": _words_of(incident, request.GET.get("from", ""))}
    initial |= {"now": incident.now_text, "doing": incident.doing_text, "need": incident.need_text}
    form = UpdateForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        done = attempt(
            form,
            lambda: publish_update(
                number=number,
                by=by,
                text=data["text"],
                now=data["now"],
                doing=data["doing"],
                need=data["need"],
                public_text=data["public_text"],
                next_in=form.next_delta(),
            ),
        )
        if done:
            return back(request, f"/incidents/{number}/updates")
    context = page_context(incident, by, "updates")
    context.update({"form": form, "updates": Update.objects.filter(incident=incident)[:100]})
    return render(request, "incidents/updates.html", context, status=400 if form.errors else 200)


def _words_of(incident: Incident, sequence: str) -> str:
    """What a line of the room says."""
    known = sequence.isascii() and sequence.isdecimal() and len(sequence) < 18
    line = incident.events.filter(sequence=sequence, target__isnull=True, deleted_at__isnull=True) if known else None
    event = line.first() if line is not None else None
    return event.shown_text[:_LONGEST_DRAFT] if event else ""


@require_GET
def audit(request: HttpRequest, number: int) -> HttpResponse:
    """Who changed what, from where, with its place in the sealed chain."""
    incident, by = look_up(request, number)
    context = page_context(incident, by, "audit")
    context["entries"] = (
        AuditEntry.objects.filter(subject_kind="incident", subject_id=str(number))
        .select_related("link")
        .exclude(action__in=["message", "reaction.added", "reaction.removed"])
        .order_by("-id")[:300]
    )
    return render(request, "incidents/audit.html", context)


def _file(exported: Any) -> HttpResponse:
    return HttpResponse(
        exported.content,
        content_type=exported.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{exported.filename}"',
            "Content-Security-Policy": "sandbox",
        },
    )
