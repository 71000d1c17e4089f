"""Everything that I was paged by: what it was, by which channels it went and what became of it there."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.models import User
from accounts.web.actors import web_actor
from common.errors import Invalid, NotFound, Refused
from oncall.models import Page
from oncall.operations import paging
from oncall.ports import pager_of, subjects
from oncall.proof import Proof, open_pages_of, proofs
from oncall.saying import late

_AT_ONCE = 30
_ANSWERS = {"ack": paging.acknowledge, "snooze": paging.snooze, "pass": paging.pass_on}
_SAID = {
    "ack": "You have it. Nobody else is asked.",
    "snooze": "Put off for five minutes.",
    "pass": "Passed on: the next is asked.",
}


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """My pages, those that wait for an answer first."""
    mine = Page.objects.filter(user=_me(request)).select_related("run", "answered_by", "user")
    waiting = list(mine.filter(status=Page.OPEN, run__acked_at__isnull=True, run__ended_at__isnull=True))
    rest = mine.exclude(pk__in=[page.pk for page in waiting])
    found = Paginator(rest, _AT_ONCE).get_page(request.GET.get("page"))
    rows = rows_of([*waiting, *found], _me(request))
    return render(
        request,
        "oncall/inbox.html",
        {"waiting": rows[: len(waiting)], "answered": rows[len(waiting) :], "found": found},
    )


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for my answer, for the open pages of my browser: names that may stand on a lock screen."""
    user = _me(request)
    pages = list(open_pages_of(user)[:_AT_ONCE])
    known = subjects()
    facts = [(page, known[page.subject_kind].facts(page.subject_id, user)) for page in pages]
    found = [
        {"id": page.pk, "title": f"{each.severity} {each.title}".strip(), "began_at": page.began_at.timestamp()}
        for page, each in facts
        if not each.is_over
    ]
    return JsonResponse({"pages": found})


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer one of my pages."""
    page = Page.objects.filter(pk=pk, user=_me(request)).first()
    if page is None:
        raise NotFound("There is no such page.")
    said = request.POST.get("do", "")
    if said not in _ANSWERS:
        raise Invalid("Choose one of the buttons.", field="do")
    try:
        _ANSWERS[said](page=page, by=web_actor(request))
    except Refused as refused:
        messages.error(request, f"{refused.message} {refused.hint}".strip())
    else:
        messages.success(request, _SAID[said])
    return redirect("inbox")


def rows_of(pages: list[Page], user: User) -> list[dict[str, Any]]:
    """Pages as they are drawn: what about, as this reader may see it, and what became of each channel."""
    by_kind: dict[str, set[int]] = defaultdict(set)
    for page in pages:
        by_kind[page.subject_kind].add(page.subject_id)
    known = subjects()
    titles = {kind: known[kind].titles(ids, user) for kind, ids in by_kind.items() if kind in known}
    sends = proofs(pages)
    return [_row(page, titles, sends.get(page.pk, [])) for page in pages]


def _row(page: Page, titles: dict[str, dict[int, tuple[str, str]]], sends: list[Proof]) -> dict[str, Any]:
    title, url = titles.get(page.subject_kind, {}).get(page.subject_id, ("Something that you may not see any more", ""))
    return {
        "page": page,
        "title": title,
        "url": url,
        "state": _state(page, sends),
        "by": page.answered_by.name if page.answered_by and page.answered_by_id != page.user_id else "",
        "late": late(page.late_seconds),
        "may_put_off": page.snoozed_at is None,
        "channels": [{"label": label_of(one.kind), "proof": one} for one in sends],
    }


def _state(page: Page, sends: list[Proof]) -> str:
    if page.status != Page.OPEN:
        return page.status
    if page.seen_at is not None:
        return "seen"
    states = [one.state for one in sends]
    return next(
        (word for word in ("delivered", "sent", "perhaps sent", "sending", "queued", "failed") if word in states),
        "queued",
    )


def label_of(kind: str) -> str:
    """What a kind of contact method is called."""
    try:
        return pager_of(kind).label
    except KeyError:
        return kind
