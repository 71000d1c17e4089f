"""Who is on call now, and one schedule as a calendar."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.permissions import Right, may
from accounts.web.actors import web_actor
from common import clock
from common.errors import Invalid, NotFound
from common.forms import attempt
from oncall import queries, swap_queries
from oncall.models import Preflight, Schedule
from oncall.operations import overrides, schedules
from oncall.permissions import may_change, require_cover
from oncall.plans import plans
from oncall.rules.schedules.plan import Gap, Shift
from oncall.rules.schedules.wall import datetime_of
from oncall.web.calendars import standing_of
from oncall.web.differing import names_of_all, told_in_words
from oncall.web.forms import OverrideForm
from oncall.web.lanes import calendar

_VIEWS = {"1": "1 day", "7": "1 week", "14": "2 weeks", "month": "Month"}
_MONTH = timedelta(days=28)
_CHECKED = timedelta(days=60)
_NAMES = {"from": "start", "to": "end"}


def _in_use() -> Any:
    return Schedule.objects.filter(archived_at__isnull=True).select_related("team")


def _schedule(slug: str) -> Schedule:
    found: Schedule | None = _in_use().filter(slug=slug).first()
    if found is None:
        raise NotFound(f"There is no schedule “{slug[:80]}”.", field="schedule")
    return found


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_GET
def now(request: HttpRequest) -> HttpResponse:
    """Who is on call on every schedule, my teams' first, and my own shifts."""
    me, at = _me(request), clock.now()
    mine = set(me.teams.values_list("pk", flat=True))
    found = [(schedule, queries.standing(schedule, at)) for schedule in _in_use()[:200]]
    people = queries.people_of(piece for _, one in found for piece in (one.now, one.following) if piece)
    reach = _reach(people.values())
    rows = [_row(schedule, one, people, at, reach) | {"is_mine": schedule.team_id in mine} for schedule, one in found]
    shifts = [
        {"schedule": schedule, "start": datetime_of(shift.start), "end": datetime_of(shift.end)}
        for schedule, shift in queries.shifts_of(me, at, at + _MONTH)
    ]
    return render(
        request,
        "oncall/now.html",
        {
            "rows": sorted(rows, key=lambda row: not row["is_mine"]),
            "shifts": shifts[:20],
            "gaps": sum(row["is_gap"] for row in rows),
            "may_make": may(web_actor(request), Right.RESPOND),
        },
    )


def _reach(people: Iterable[User]) -> dict[tuple[int, int], list[str]]:
    """What the newest check at a shift's start found, by schedule and person; each pair once, in one query."""
    rows = Preflight.objects.filter(user__in=list(people), made_at__gt=clock.now() - _CHECKED)
    return {(row.schedule_id, row.user_id): row.findings for row in rows.order_by("pk")}


def _row(
    schedule: Schedule,
    found: queries.Standing,
    people: dict[str, User],
    at: datetime,
    reach: dict[tuple[int, int], list[str]],
) -> dict[str, Any]:
    now, following = found.now, found.following
    here = [people[name] for name in (now.users if isinstance(now, Shift) else ()) if name in people]
    return {
        "schedule": schedule,
        "people": [
            {"name": user.name, "local_time": f"{at.astimezone(ZoneInfo(user.time_zone)):%H:%M}", "role": ""}
            for user in here
        ],
        "unsure": [(user.name, reach[schedule.pk, user.pk][0]) for user in here if reach.get((schedule.pk, user.pk))],
        "checked": any(reach.get((schedule.pk, user.pk)) == [] for user in here),
        "is_gap": isinstance(now, Gap) and not now.deliberate,
        "until": datetime_of(now.end) if datetime_of(now.end) - at < timedelta(days=34) else None,
        "next": " and ".join(people[name].name for name in following.users if name in people) if following else "",
    }


@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, slug: str) -> HttpResponse:
    """One schedule: lanes, the shifts in words, overrides and a form for one."""
    found, me, at = _schedule(slug), _me(request), clock.now()
    version = found.versions.get(superseded_at__isnull=True)
    zone, zones = _zone(request, version.time_zone)
    form = OverrideForm(request.POST or None, zone=zone, initial=_proposed(me, at, zone))
    previewed: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        user = form.cleaned_data["user"]
        require_cover(web_actor(request), found, user)
        if request.POST.get("do") == "preview":
            previewed = _previewed(found, form.cleaned_data)
        elif attempt(form, lambda: _add(request, slug, form.cleaned_data), _NAMES):
            messages.success(request, f"{user.name} is on call instead.")
            return redirect(request.get_full_path())
    days = request.GET.get("days", "14")
    days = days if days in _VIEWS else "14"
    start, end, earlier = _window(days, _first_day(request, zone, at))
    plan = plans([found.pk], start, end)[found.pk]
    people = {str(user.pk): user for user in User.objects.filter(pk__in=map(int, plan.people))}
    told = queries.final_of(found, start, end)
    covers = list(
        found.overrides.filter(cancelled_at__isnull=True, ends_at__gt=min(start, at)).select_related("user", "replaces")
    )

    asked = list(swap_queries.current(found))

    def name(user: str) -> str:
        return people[user].name if user in people else "somebody who has left"

    return render(
        request,
        "oncall/schedule.html",
        {
            "schedule": found,
            "version": version,
            "calendar": calendar(plan, covers, asked, start, end, zone, now=at, name=name),
            "shifts": [
                {
                    "start": datetime_of(piece.start).astimezone(zone),
                    "end": datetime_of(piece.end).astimezone(zone),
                    "who": " and ".join(map(name, piece.users)) if isinstance(piece, Shift) else "",
                    "deliberate": isinstance(piece, Gap) and piece.deliberate,
                    "is_override": isinstance(piece, Shift) and bool(piece.replaced or piece.source.kind == "override"),
                }
                for piece in told.pieces
            ],
            "requests": asked,
            **standing_of(found),
            "may_ask": may(web_actor(request), Right.RESPOND),
            "overrides": [row for row in covers if row.ends_at > at],
            "form": form,
            **previewed,
            "views": _VIEWS,
            "days": days,
            "zone": zone.key,
            "zones": zones,
            "from_day": f"{start:%Y-%m-%d}" if request.GET.get("from") else "",
            "earlier": f"{earlier:%Y-%m-%d}",
            "later": f"{end:%Y-%m-%d}",
            "start": start,
            "last": end - timedelta(seconds=1),
            "may_change": may_change(web_actor(request), found),
        },
        status=400 if form.is_bound and not form.is_valid() else 200,
    )


def _window(days: str, day: datetime) -> tuple[datetime, datetime, datetime]:
    """What is shown: from a day on, or the month that it is in; and where the window before it begins."""
    if days == "month":
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1), (first - timedelta(days=1)).replace(day=1)
    step = timedelta(days=int(days))
    return day, day + step, day - step


def _previewed(schedule: Schedule, given: dict[str, Any]) -> dict[str, Any]:
    """What this override would change; nothing is saved."""
    if given["end"] <= given["start"]:
        return {}
    told = queries.difference_of_override(
        schedule, given["user"], given["start"], given["end"], replaces=given["replaces"]
    )
    return {"previewed": True, "of_override": True, **told_in_words(told, names_of_all())}


def _add(request: HttpRequest, slug: str, given: dict[str, Any]) -> None:
    overrides.add_override(
        slug=slug,
        user=given["user"],
        replaces=given["replaces"],
        starts_at=given["start"],
        ends_at=given["end"],
        reason=given["reason"],
        by=web_actor(request),
    )


@require_POST
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a schedule out of use."""
    schedules.archive_schedule(slug=slug, by=web_actor(request))
    messages.success(request, "The schedule is out of use.")
    return redirect("oncall")


@require_POST
def end_override(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take an override back."""
    row = overrides.end_override(slug=slug, override=pk, by=web_actor(request))
    words = "is taken back" if row.cancelled_at else "ends now"
    messages.success(request, f"{row.user.name}'s override {words}.")
    return redirect("schedule", slug=slug)


def _zone(request: HttpRequest, of_schedule: str) -> tuple[ZoneInfo, dict[str, str]]:
    """The zone that the page shows, and those to choose from."""
    zones = {"": of_schedule, "mine": timezone.get_current_timezone_name(), "utc": "UTC"}
    chosen = request.GET.get("zone", "")
    shown = {key: name for n, (key, name) in enumerate(zones.items()) if name not in list(zones.values())[:n]}
    return ZoneInfo(zones.get(chosen, of_schedule)), shown


def _first_day(request: HttpRequest, zone: ZoneInfo, at: datetime) -> datetime:
    """Midnight of the day that is asked for, or of today."""
    asked = request.GET.get("from", "")
    day = at.astimezone(zone)
    if asked:
        try:
            day = datetime.strptime(asked, "%Y-%m-%d").replace(tzinfo=zone)
        except ValueError:
            raise Invalid("Write a day as in 2026-06-01.", field="from") from None
        if not 1972 <= day.year <= 2198:
            raise Invalid("Years go from 1972 to 2198.", field="from")
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _proposed(me: User, at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    begins = at.astimezone(zone).replace(second=0, microsecond=0, tzinfo=None)
    return {
        "user": me.pk,
        "start": f"{begins:%Y-%m-%dT%H:%M}",
        "end": f"{begins + timedelta(hours=4):%Y-%m-%dT%H:%M}",
    }
