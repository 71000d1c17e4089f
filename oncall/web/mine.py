"""My shifts: what is to come, this month, what I asked for and could take, and calendars of it."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role, User
from accounts.permissions import Right, may
from accounts.web.actors import web_actor
from common import clock
from common.errors import Invalid
from oncall import queries, swap_queries
from oncall.models import Feed, Notice, Page, Schedule
from oncall.operations import feeds
from oncall.operations.handing_over import draft_of, hand_over, notes_for, schedules_of
from oncall.operations.preflight import findings
from oncall.rules.schedules.plan import Final, Kind, Shift, Source
from oncall.rules.schedules.quality import quality
from oncall.rules.schedules.wall import datetime_of, instant_of, wall_clock
from oncall.shift_refs import ref_of

_AHEAD = timedelta(weeks=8)
_MOST = 40


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """My shifts."""
    return _page(request)


@require_POST
def leave_note(request: HttpRequest) -> HttpResponse:
    """Leave a note to who is on call next."""
    rows = hand_over(note=request.POST.get("note", ""), by=web_actor(request))
    names = ", ".join(row.schedule.name for row in rows)
    messages.success(request, f"Your note is left on {names}.")
    return redirect("my-shifts")


@require_POST
def make_feed(request: HttpRequest) -> HttpResponse:
    """Make a calendar; its address is on the page this once."""
    _, address = feeds.make_feed(slug=request.POST.get("schedule", ""), by=web_actor(request))
    return _page(request, address, status=201)


@require_POST
def revoke_feed(request: HttpRequest, pk: int) -> HttpResponse:
    """End a calendar."""
    feeds.revoke_feed(number=pk, by=web_actor(request))
    messages.success(request, "The calendar's address leads nowhere now.")
    return redirect("my-shifts")


def _page(request: HttpRequest, address: str = "", status: int = 200) -> HttpResponse:
    me, now = request.user, clock.now()
    assert isinstance(me, User)
    zone = ZoneInfo(me.time_zone)
    first = _month(request, now, zone)
    following = (first + timedelta(days=32)).replace(day=1)
    begins, ends = _midnight(first, zone), _midnight(following, zone)
    shifts = queries.shifts_of(me, now, now + _AHEAD)
    month = queries.shifts_of(me, begins, ends)
    mine, others = list(swap_queries.asked_by(me)), list(swap_queries.could_take(me)[:_MOST])
    live = Feed.objects.filter(user=me, revoked_at__isnull=True).select_related("schedule")
    context = {
        "shifts": [_row(schedule, shift, now) for schedule, shift in shifts[:_MOST]],
        "weeks": _weeks(first, following, month, zone, now),
        "first": first,
        "earlier": f"{first - timedelta(days=1):%Y-%m}",
        "later": f"{following:%Y-%m}",
        "is_this_month": begins <= now < ends,
        **_sums(month, zone, begins, ends),
        "answered": Page.objects.filter(answered_by=me, answered_at__gte=begins, answered_at__lt=ends).count(),
        "mine": mine,
        "others": others,
        "notices": Notice.objects.filter(user=me, told_at__isnull=False)[:5],
        "feeds": live,
        "schedules": Schedule.objects.filter(archived_at__isnull=True),
        "address": address,
        "may_leave": bool(schedules_of(me)),
        "draft": draft_of(me),
        "notes": notes_for(me),
        "findings": findings(me) if shifts else [],
        "may_ask": may(web_actor(request), Right.RESPOND),
        "zone": zone.key,
    }
    if not shifts and not month:
        context["admins"] = User.objects.filter(role=Role.ADMIN, is_active=True)[:3]
    return render(request, "oncall/mine.html", context, status=status)


def _row(schedule: Schedule, shift: Shift, now: datetime) -> dict[str, Any]:
    start, end = datetime_of(shift.start), datetime_of(shift.end)
    by_turn = shift.source.kind is Kind.LAYER
    return {
        "schedule": schedule,
        "start": start,
        "end": end,
        "ref": ref_of(schedule, shift.source.name, shift.source.turn) if by_turn else "",
        "is_now": start <= now,
        "stands_in": bool(shift.replaced) or not by_turn,
    }


def _month(request: HttpRequest, now: datetime, zone: ZoneInfo) -> date:
    """The first day of the month that is asked for, or of this one."""
    asked = request.GET.get("month", "")
    if not asked:
        return now.astimezone(zone).date().replace(day=1)
    try:
        day = datetime.strptime(asked, "%Y-%m").replace(tzinfo=zone).date()
    except ValueError:
        raise Invalid("Write a month as in 2026-06.", field="month") from None
    if not 1972 <= day.year <= 2198:
        raise Invalid("Years go from 1972 to 2198.", field="month")
    return day


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _weeks(
    first: date, following: date, shifts: list[tuple[Schedule, Shift]], zone: ZoneInfo, now: datetime
) -> list[list[dict[str, Any]]]:
    """The month as weeks of seven days, each with the names of the schedules that have me on call then."""
    day = first - timedelta(days=first.weekday())
    today = now.astimezone(zone).date()
    weeks = []
    while day < following:
        week = []
        for _ in range(7):
            start, end = instant_of(_midnight(day, zone)), instant_of(_midnight(day + timedelta(days=1), zone))
            names = [schedule.name for schedule, shift in shifts if shift.start < end and shift.end > start]
            inside = first <= day < following
            week.append(
                {"day": day, "names": list(dict.fromkeys(names)) if inside else [], "inside": inside}
                | {"is_today": day == today}
            )
            day += timedelta(days=1)
        weeks.append(week)
    return weeks


def _sums(shifts: list[tuple[Schedule, Shift]], zone: ZoneInfo, begins: datetime, ends: datetime) -> dict[str, int]:
    """Hours, nights and weekend hours of a month; an hour on two schedules is one."""
    edges = instant_of(begins), instant_of(ends)
    joined: list[Shift] = []
    for _, shift in sorted(shifts, key=lambda one: one[1].start):
        start, end = max(shift.start, edges[0]), min(shift.end, edges[1])
        if joined and start <= joined[-1].end:
            start, end = joined[-1].start, max(joined.pop().end, end)
        joined.append(Shift(start, end, ("me",), Source(Kind.LAYER)))
    shares = quality(Final(joined), wall_clock(zone.key, *edges), *edges).shares
    if not shares:
        return {"hours": 0, "nights": 0, "weekend_hours": 0}
    return {
        "hours": round(shares[0].seconds / 3600),
        "nights": shares[0].nights,
        "weekend_hours": round(shares[0].weekend_seconds / 3600),
    }
