"""What people do in the room: say, type a command, change a line, try a step again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.actors import Actor
from accounts.web.actors import web_actor
from chatops.commanding import run_command
from chatops.context import Context
from chatops.models import RoomStep
from chatops.replies import Reply
from chatops.router import is_for_bot
from common import clock
from common.errors import Invalid, NotFound
from common.ids import new_id
from common.pending import Pending
from common.text import to_html
from incidents.models import Incident, Member
from incidents.operations import corrections, talk
from incidents.permissions import Doing, can, require
from incidents.queries import find_incident
from incidents.rules.reactions import Meaning, meaning_of
from incidents.web.views.common import back
from web.room.asked import body_of, ids, time_of, whole


@require_POST
def say(request: HttpRequest, number: int) -> HttpResponse:
    """Say a line, or run a command: a slash, or the bot, stands first. JSON for the script, a form without it."""
    by = web_actor(request)
    incident = find_incident(number, by)
    data, is_json = body_of(request)
    text = data.get("text", "")
    if not isinstance(text, str):
        raise Invalid("text must be text.", field="text")
    outside_id = str(data.get("id") or new_id())[:100]
    if (text.lstrip().startswith("/") and not text.lstrip().startswith("//")) or is_for_bot(text):
        reply = command(by, text.strip(), incident, f"{number}:{outside_id}")
        if is_json:
            return JsonResponse(reply_json(reply, text.strip()))
        return _after_form(request, reply, number)
    event = talk.say(
        number=number,
        text=text[1:] if text.startswith("//") else text,
        by=by,
        outside_id=f"web:{by.key}:{outside_id}",
        thread_of=whole(data.get("thread_of"), "thread_of"),
        attachments=ids(data.get("attachments")),
    )
    if is_json:
        return JsonResponse({"sequence": event.sequence}, status=201)
    return redirect(f"/incidents/{number}#line-{event.sequence}")


def command(by: Actor, typed: str, incident: Incident | None, outside_id: str, room_kind: str = "web") -> Reply:
    """Run a typed command of a browser, once per id."""
    context = Context(by=by, typed=typed, incident=incident, room_kind=room_kind, outside_id=outside_id)
    return run_command(context=context, source=f"web:{by.user.pk if by.user else 0}")


def reply_json(reply: Reply, typed: str) -> dict[str, Any]:
    """The answer for the script: markdown, and the same as safe HTML."""
    answer = reply.as_json()
    answer["html"] = to_html(reply.text)
    answer["typed"] = typed
    answer["url"] = reply.open_url or (f"/incidents/{reply.incident}" if reply.incident else "")
    return answer


def _after_form(request: HttpRequest, reply: Reply, number: int) -> HttpResponse:
    (messages.success if reply.ok else messages.error)(request, reply.text)
    target = reply.open_url if reply.open_url.startswith("/") else f"/incidents/{reply.incident or number}"
    return redirect(target)


@require_POST
def line_act(request: HttpRequest, number: int, sequence: int, act: str) -> HttpResponse:
    """Edit, delete, react, pin, hide or correct the time of one line."""
    by = web_actor(request)
    incident = find_incident(number, by)
    data, is_json = body_of(request)
    then = ""
    on = data.get("on", True) not in (False, "false", "0", "")
    if act == "edit":
        talk.edit_line(number=number, sequence=sequence, text=data.get("text", ""), by=by)
    elif act == "delete":
        talk.delete_line(number=number, sequence=sequence, by=by)
    elif act == "react":
        emoji = str(data.get("emoji", ""))
        talk.react(number=number, sequence=sequence, emoji=emoji, by=by, on=on)
        then = _form_for(incident, sequence, emoji, by) if on else ""
    elif act == "pin":
        talk.pin(number=number, sequence=sequence, by=by, on=on)
    elif act == "hide":
        corrections.hide(number=number, sequence=sequence, by=by, on=on)
    elif act == "time":
        corrections.correct_time(number=number, sequence=sequence, at=time_of(data.get("at")), by=by)
    else:
        raise NotFound(f"There is no action “{act}”.", field="act")
    if is_json:
        return JsonResponse({"ok": True, **({"open": then} if then else {})})
    return redirect(then) if then else back(request, f"/incidents/{number}#line-{sequence}")


def _form_for(incident: Incident, sequence: int, emoji: str, by: Actor) -> str:
    """The page that a reaction asks for: with 📣 the form of an update that begins with the line's words."""
    if meaning_of(emoji) is not Meaning.UPDATE or not incident.is_open or not can(by, Doing.RUN, incident):
        return ""
    return f"/incidents/{incident.pk}/updates?from={sequence}"


@require_POST
def seen(request: HttpRequest, number: int) -> HttpResponse:
    """The person has read up to here; only their own mark moves."""
    by = web_actor(request)
    incident = find_incident(number, by)
    data, _ = body_of(request)
    sequence = min(whole(data.get("sequence"), "sequence") or 0, incident.last_sequence)
    Member.objects.filter(incident=incident, user=by.user, seen_sequence__lt=sequence).update(
        seen_sequence=sequence, seen_at=clock.now()
    )
    return HttpResponse(status=204)


@require_POST
def retry_step(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """Try one step of a channel again."""
    by = web_actor(request)
    incident = find_incident(number, by)
    require(by, Doing.RUN, incident)
    step = RoomStep.objects.filter(pk=pk, room__incident=incident).first()
    if step is None:
        raise NotFound("There is no such step.", field="step")
    if step.state != Pending.DONE:
        step.revive()
    return redirect(f"/incidents/{number}")
