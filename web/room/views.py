"""The war room page and the parts that its script asks for anew."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.actors import Actor
from accounts.web.actors import web_actor
from chatops.models import Room, RoomStep
from chatops.rereading import can_be_read_again, standing_of
from common import clock
from common.errors import Invalid
from common.pending import Pending
from common.text import to_html
from incidents.models import Incident, Member, RoleAssignment, TimelineEvent
from incidents.operations.lines import find_event
from incidents.permissions import Doing, can
from incidents.queries import digest, find_incident, latest_page, readable_events, versions_of
from incidents.rules import times
from incidents.timeline.frames import event_json
from incidents.web.views.common import page_context
from web.room.hub import frames_after
from web.room.lines import as_line, render_line

_PAGE = 100
_MISSED_AFTER = 120.0
_FLEETING = 40
_THREAD = 300
STEP_WORDS = {
    "create": "Channel made",
    "invite": "People invited",
    "pin": "Card pinned",
    "topic": "Topic set",
    "bookmark": "Web room linked",
    "archive": "Channel archived",
    "unarchive": "Channel brought back",
    "remove": "People taken out",
    "farewell": "Archiving announced",
}
_LATER = {"archive", "unarchive", "remove", "farewell"}


@require_GET
def room(request: HttpRequest, number: int) -> HttpResponse:
    """The room: header, Now / Doing / Need, the newest lines, the composer, people and tasks."""
    by = web_actor(request)
    incident = find_incident(number, by)
    before = times.point(request.GET.get("before", ""))
    at = request.GET.get("at", "")
    if at.isdecimal() and len(at) < 18:
        before = _just_after(incident, int(at)) or before
    thread = _thread(incident, request.GET.get("thread", ""))
    if thread is not None:
        events, more, before = _thread_lines(incident, thread), False, None
    else:
        events, more = latest_page(incident, before=before, limit=_PAGE)
    context = page_context(incident, by, "room")
    context.update(_parts(incident, by))
    context.update(
        {
            "lines": _lines(events, by, _seen(incident, by)),
            "older": f"{events[0].shown_at.isoformat()},{events[0].pk}" if more and events else "",
            "is_past": before is not None,
            "head": incident.last_sequence,
            "me_key": by.key,
            "missed": _missed(incident, by) if thread is None else None,
            "thread": thread,
        }
    )
    return render(request, "room/room.html", context)


def _thread(incident: Incident, raw: str) -> TimelineEvent | None:
    """The line whose thread is asked for, if there is such a line."""
    if not raw.isdecimal() or len(raw) > 17:
        return None
    event = incident.events.filter(sequence=int(raw), target__isnull=True).select_related("thread").first()
    return (event.thread or event) if event is not None else None


def _thread_lines(incident: Incident, root: TimelineEvent) -> list[TimelineEvent]:
    """A line and the newest answers to it."""
    rows = readable_events(incident)
    answers = list(rows.filter(thread=root).order_by("-shown_at", "-id")[:_THREAD])
    return [*rows.filter(pk=root.pk), *reversed(answers)]


@require_GET
def parts(request: HttpRequest, number: int) -> HttpResponse:
    """Header, strip and side panel anew, for the script after a change."""
    by = web_actor(request)
    incident = find_incident(number, by)
    context = page_context(incident, by, "room")
    context.update(_parts(incident, by))
    return render(request, "room/_parts.html", context)


@require_GET
def frames(request: HttpRequest, number: int) -> HttpResponse:
    """Every event after a sequence number: what the socket would send, for gaps and for polling."""
    incident = find_incident(number, web_actor(request))
    after = request.GET.get("after", "0")
    if not after.isdecimal() or len(after) > 18:
        raise Invalid("after is a sequence number.", field="after")
    found = frames_after(incident.pk, int(after)) if int(after) < incident.last_sequence else []
    return JsonResponse({"frames": found, "head": incident.last_sequence})


@require_GET
def history(request: HttpRequest, number: int, sequence: int) -> HttpResponse:
    """The former versions of a line."""
    by = web_actor(request)
    incident = find_incident(number, by)
    event = find_event(incident, sequence)
    shown = event_json(event, versions_of([event]).get(event.pk))
    context = page_context(incident, by, "")
    context.update({"line": shown, "event": event})
    return render(request, "room/history.html", context)


@require_GET
def line_html(request: HttpRequest, number: int, sequence: int) -> HttpResponse:
    """One line as it is now."""
    incident = find_incident(number, web_actor(request))
    return HttpResponse(render_line(find_event(incident, sequence)))


def _parts(incident: Incident, by: Actor) -> dict[str, Any]:
    """What header and side panel show; a fixed number of queries."""
    roles: dict[int, list[str]] = {}
    held = RoleAssignment.objects.filter(incident=incident, ended_at__isnull=True).select_related("user")
    incident.roles_held = list(held)  # type: ignore[attr-defined]
    for role in incident.roles_held:  # type: ignore[attr-defined]
        roles.setdefault(role.user_id, []).append("lead" if role.role == "commander" else role.role)
    members = list(
        Member.objects.filter(incident=incident, left_at__isnull=True).select_related("user").order_by("joined_at")[:60]
    )
    members.sort(key=lambda member: 0 if "lead" in roles.get(member.user_id, []) else 1)
    now = clock.now()
    return {
        "people": [
            {
                "name": member.user.name,
                "role": ", ".join(roles.get(member.user_id, [])),
                "local_time": _local(now, member.user.time_zone),
            }
            for member in members
        ],
        "member": next((member for member in members if by.user and member.user_id == by.user.pk), None),
        "tasks": list(incident.action_items.filter(done_at__isnull=True).select_related("owner")[:20]),
        "links": incident.links,
        "related": list(incident.related.visible_to(by.user)[:10]),
        "similar": _similar(incident, by),
        "chat_rooms": _chat_rooms(incident),
        "watchers": sum(member.is_watching for member in members),
        "update_late": _lateness(incident, now),
        "may_run": can(by, Doing.RUN, incident),
    }


def _local(now: datetime, zone: str) -> str:
    from zoneinfo import ZoneInfo

    return now.astimezone(ZoneInfo(zone)).strftime("%H:%M") if zone != "UTC" else ""


def _lateness(incident: Incident, now: datetime) -> str:
    """ "", "overdue" once the update is due, "very overdue" at double the interval."""
    if not incident.update_due_at or not incident.is_open or incident.update_due_at > now:
        return ""
    since = incident.last_update_at or incident.declared_at
    double = incident.update_due_at + (incident.update_due_at - since)
    return "very" if now > double else "yes"


def _similar(incident: Incident, by: Actor) -> list[Incident]:
    """The last ended incidents of the same services, which may have been fixed the same way."""
    return list(
        Incident.objects.visible_to(by.user)
        .filter(services__in=incident.services.values("pk"), resolved_at__isnull=False)
        .exclude(pk=incident.pk)
        .distinct()
        .order_by("-number")[:3]
    )


def _chat_rooms(incident: Incident) -> list[dict[str, Any]]:
    rooms = Room.objects.filter(incident=incident, is_current=True, steps__isnull=False).distinct()
    found = []
    shown = list(rooms.select_related("connection").prefetch_related("steps"))
    readings = standing_of(shown)
    for chat_room in shown:
        # What comes after the end is no part of making the channel; it shows when it fails.
        steps = [s for s in chat_room.steps.all() if s.name not in _LATER or s.state == Pending.DEAD]
        found.append(
            {
                "name": chat_room.name,
                "url": chat_room.url,
                "connection": chat_room.connection.name,
                "is_ready": bool(chat_room.outside_id),
                "fetch_url": f"/incidents/{incident.pk}/rooms/{chat_room.pk}/fetch"
                if can_be_read_again(chat_room)
                else "",
                "reading": readings.get(chat_room.pk),
                "trouble": chat_room.lost_why or chat_room.connection.trouble,
                "steps": [
                    {
                        "label": STEP_WORDS.get(step.name, step.name),
                        "state": _step_state(step),
                        "detail": step.last_error or (step.detail if step.state == Pending.DONE else ""),
                        "retry_url": f"/incidents/{incident.pk}/steps/{step.pk}" if step.state == Pending.DEAD else "",
                    }
                    for step in steps
                ],
                "all_done": all(step.state == Pending.DONE for step in steps),
            }
        )
    return found


def _step_state(step: RoomStep) -> str:
    if step.state == Pending.DONE:
        return "done"
    if step.state == Pending.DEAD:
        return "failed"
    return "doing" if step.lease_until else "waiting"


def _lines(events: list[TimelineEvent], by: Actor, seen_up_to: int) -> list[dict[str, Any]]:
    lines = []
    marked = False
    for event in events:
        line = as_line(event)
        line["is_own"] = event.actor_key == by.key
        line["is_new"] = not marked and 0 < seen_up_to < event.sequence and event.actor_key != by.key
        marked = marked or line["is_new"]
        for reaction in line["reactions"]:
            reaction["mine"] = by.key in reaction["keys"]
        lines.append(line)
    return lines


def _seen(incident: Incident, by: Actor) -> int:
    return Member.objects.filter(incident=incident, user=by.user).values_list("seen_sequence", flat=True).first() or 0


def _missed(incident: Incident, by: Actor) -> dict[str, Any] | None:
    """What the person missed, when they were away for more than two minutes."""
    member = Member.objects.filter(incident=incident, user=by.user, seen_at__isnull=False).first()
    if member is None or member.seen_at is None or member.seen_sequence >= incident.last_sequence:
        return None
    away = (clock.now() - member.seen_at).total_seconds()
    if away < _MISSED_AFTER:
        return None
    return {"minutes": round(away / 60), "html": to_html(digest(incident, member.seen_sequence))}


def _just_after(incident: Incident, sequence: int) -> tuple[datetime, int] | None:
    """A point some lines after the one asked for, so that it is seen with what followed."""
    event = incident.events.filter(sequence=sequence).first()
    if event is None:
        return None
    if event.target_id:
        event = event.target
    assert event is not None
    later = (
        incident.events.filter(target__isnull=True, shown_at__gt=event.shown_at)
        .order_by("shown_at", "id")
        .values_list("shown_at", "pk")[_FLEETING : _FLEETING + 1]
    )
    return next(iter(later), None)
