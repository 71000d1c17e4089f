"""One page and its proof: who was asked and why, by which ways, what became of each try, and who else was asked."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.web.actors import web_actor
from common import clock
from oncall.models import Page
from oncall.operations import reaching
from oncall.proof import Try, find_page
from oncall.saying import late
from oncall.web.inbox import label_of, rows_of

_MOST_OTHERS = 50


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Was I paged? Why? Why not?"""
    by = web_actor(request)
    found = find_page(pk, by)
    me = request.user
    assert isinstance(me, User)
    [row] = rows_of([found], me)
    run = found.run
    others = run.pages.exclude(pk=found.pk).select_related("user", "answered_by") if run else Page.objects.none()
    words = {
        "row": row,
        "page": found,
        "is_mine": found.user_id == me.pk,
        "run": run,
        "story": _story(found, row),
        "ways": _ways(found),
        "others": rows_of(list(others.order_by("step", "pk")[:_MOST_OTHERS]), me),
    }
    return render(request, "oncall/page.html", words)


def _story(page: Page, row: dict[str, Any]) -> list[dict[str, Any]]:
    """What happened, in order: asked, each try and what the provider said of it, seen, answered."""
    found: list[tuple[datetime, str, str, str]] = [
        (page.created_at, "bell", "Asked", f"because {page.user.name} is {page.reason}" if page.reason else ""),
    ]
    if page.late_seconds:
        found.append((page.created_at, "clock", "Late", late(page.late_seconds) or f"{page.late_seconds} s"))
    if page.snoozed_at:
        found.append((page.snoozed_at, "pause", "Put off", f"until {page.began_at:%H:%M} UTC"))
    for channel in row["channels"]:
        for each in channel["proof"].tries:
            if said := _said_of_try(each):
                found.append((each.started_at, "send", channel["label"], said))
            if each.receipt_at:
                note = f": {each.receipt_note}" if each.receipt_note else ""
                found.append((each.receipt_at, "info", channel["label"], f"its provider says: {each.receipt}{note}"))
    if page.seen_at:
        found.append((page.seen_at, "eye", "Seen", ""))
    if page.answered_at:
        who = page.answered_by.name if page.answered_by else "somebody"
        where = _FROM.get(page.answered_from, f"from {page.answered_from}")
        found.append((page.answered_at, "check", page.status.capitalize(), f"by {who}, {where}"))
    found.sort(key=lambda one: one[0])
    return [{"at": at, "icon": icon, "what": what, "more": more} for at, icon, what, more in found]


_FROM = {
    "web": "in Warroom",
    "link": "by the link",
    "sms": "by text message",
    "voice": "by phone",
    "api": "by the API",
}


def _said_of_try(one: Try) -> str:
    if one.did == "handed over":
        return f"handed to the provider{f', which calls it {one.ref}' if one.ref else ''}"
    if one.ok is None and one.ended_at is None:
        return "on its way"
    return f"{one.did}: {one.error}" if one.did and one.error else one.did


def _ways(page: Page) -> list[dict[str, Any]]:
    """The person's rules as they are now, and why each was used or not."""
    rules = list(reaching.rules_of(page.user, page.urgency))
    found = []
    for place, rule in enumerate(rules):
        at = page.began_at + timedelta(minutes=rule.delay_minutes)
        if place < page.rules_used:
            why = "used"
        elif page.status != Page.OPEN:
            why = "not used: it was answered, or over, before"
        else:
            why = "due now" if at <= clock.now() else "not due yet"
        found.append({"minutes": rule.delay_minutes, "label": label_of(rule.method.kind), "why": why, "at": at})
    return found
