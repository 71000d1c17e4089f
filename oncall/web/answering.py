"""The page that a link opens: answer without signing in. Opening it changes nothing, by whatever method it is read.

Who holds the link may answer this one page, with what came in the same message, and nothing else. So a session has no
say here and there is no token of one in the forms: a mail program's own browser often keeps no cookies. Who signs in
answers in their inbox.
"""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.actors import Actor
from common import clock
from common.errors import Refused
from oncall.bundling import together_with
from oncall.links import GOOD_FOR, good_until, page_of
from oncall.models import Page
from oncall.operations import paging
from oncall.ports import subject_of
from oncall.saying import late, said_of

_MOST_TRIES, _A_MINUTE = 10, 60
_NIGHT, _MORNING = 22, 6
_SURFACE = "link"
_ANSWERS = {"ack": paging.acknowledge, "snooze": paging.snooze, "pass": paging.pass_on}


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show a page and take its answer."""
    page = page_of(token)
    if page is None or not page.user.is_active:
        # Only guessing is slowed down: a good link works from behind any address.
        if _tries(request) >= _MOST_TRIES:
            return _plain(request, "many", 429)
        _count_try(request)
        return _plain(request, "unknown", 404)
    if good_until(page) <= clock.now():
        return _plain(request, "over", 410)
    if request.method != "POST":
        return _show(request, page)
    said = request.POST.get("do", "")
    if said == "seen":
        paging.mark_seen(page=page)
        return HttpResponse(status=204)
    if said not in _ANSWERS:
        return _show(request, page, refused="Choose one of the buttons.", status=400)
    try:
        for other in together_with(page) if said == "ack" else ():
            paging.acknowledge(page=other, by=Actor.person(page.user, _SURFACE))
        _ANSWERS[said](page=page, by=Actor.person(page.user, _SURFACE))
    except Refused as refused:
        found = page_of(token)
        return _show(request, found or page, refused=f"{refused.message} {refused.hint}".strip(), status=refused.status)
    return _bare(HttpResponseRedirect(request.path, status=303))


def _show(request: HttpRequest, page: Page, *, refused: str = "", status: int = 200) -> HttpResponse:
    with timezone.override(page.user.time_zone):
        return _bare(render(request, "oncall/answer.html", _words(page) | {"refused": refused}, status=status))


def _words(page: Page) -> dict[str, Any]:
    now = clock.now()
    facts = subject_of(page.subject_kind).facts(page.subject_id, page.user)
    said = said_of(facts)
    state = "over" if facts.is_over and page.status == Page.OPEN else page.status
    run = page.run
    taken = run.pages.filter(status=Page.ACKED).select_related("answered_by").first() if run else None
    is_asked = state == Page.OPEN and taken is None
    next_at = run.due_at if run and is_asked and run.ended_at is None else None
    until = page.began_at if is_asked and page.snoozed_at else None
    return {
        "page": page,
        "said": said,
        "is_private": facts.is_private,
        "state": state,
        "taken": taken,
        "is_mine": taken is not None and taken.answered_by_id == page.user_id,
        "may_ack": state in (Page.OPEN, Page.PASSED, Page.UNANSWERED) and taken is None and not facts.is_over,
        "may_put_off": state == Page.OPEN and taken is None and page.snoozed_at is None,
        "may_pass": state == Page.OPEN and taken is None,
        "put_off_until": until if until and until > now else None,
        "next_at": next_at if next_at and next_at > now else None,
        "late": late(page.late_seconds),
        "together": len(together_with(page)) if page.status == Page.OPEN else 0,
        "theme": _theme(page),
    }


def _theme(page: Page) -> str:
    """Night from 22 to 6 on the clock of who is paged: they were asleep."""
    hour = timezone.localtime(clock.now()).hour
    return "night" if hour >= _NIGHT or hour < _MORNING else page.user.theme


def _plain(request: HttpRequest, state: str, status: int) -> HttpResponse:
    """No page to show: nothing is said of any."""
    words = {"state": state, "theme": "system", "minutes": int(GOOD_FOR.total_seconds() / 60), "plain": True}
    return _bare(render(request, "oncall/answer.html", words, status=status))


def _bare(response: HttpResponse) -> HttpResponse:
    """No robot keeps the address, which is the secret. That it is told to nobody else stands in the page."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _key(request: HttpRequest) -> str:
    return f"answer-tries:{request.META.get('REMOTE_ADDR', '')}"


def _tries(request: HttpRequest) -> int:
    return int(cache.get(_key(request), 0))


def _count_try(request: HttpRequest) -> None:
    if not cache.add(_key(request), 1, timeout=_A_MINUTE):
        cache.incr(_key(request))
