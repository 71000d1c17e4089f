"""Now: what needs me."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import User
from common import clock
from incidents.models import ActionItem, Incident, Member, TimelineEvent
from incidents.models.incident import OPEN
from incidents.queries import commander_of, incidents_for
from incidents.timeline.kinds import kind_of
from oncall.watching import watched

_PEOPLE = 8
_NEWS = ["incident.declared", "status.changed", "severity.changed", "update.published"]


@require_GET
def now(request: HttpRequest) -> HttpResponse:
    """Open incidents by severity, my tasks, who is around, what changed, how long it has been quiet."""
    user = request.user
    assert isinstance(user, User)
    at = clock.now()
    running = list(incidents_for(user).filter(status__in=OPEN).order_by("severity", "-number")[:100])
    for incident in running:
        incident.lead = commander_of(incident)  # type: ignore[attr-defined]
        incident.late = _late(incident, at)  # type: ignore[attr-defined]
        incident.age = at - (incident.started_at or incident.declared_at)  # type: ignore[attr-defined]
    visible = Incident.objects.visible_to(user)
    quiet = _quiet(user, at)
    return render(
        request,
        "now/now.html",
        {
            "running": running,
            "sentence": _sentence(running, quiet),
            "tasks": ActionItem.objects.filter(owner=user, done_at__isnull=True, incident__in=visible)
            .select_related("incident")
            .order_by("due_at", "-incident_id")[:20],
            "people": _around(running, at),
            "changed": _changed(visible, at),
            "quiet": quiet,
            "drafts": visible.filter(postmortem__state="draft").order_by("-number")[:5],
        },
    )


def _sentence(running: list[Incident], quiet: str) -> str:
    """What one would say who looks up from this page."""
    if not running:
        return quiet
    worst = running[0]
    count = "One open incident" if len(running) == 1 else f"{len(running)} open incidents"
    leaderless = sum(incident.lead is None for incident in running)  # type: ignore[attr-defined]
    parts = [f"{count}, the worst is {worst.sev}" if len(running) > 1 else f"{count}, {worst.sev}"]
    if leaderless:
        parts.append("nobody leads it" if len(running) == 1 else f"{leaderless} without a lead")
    return ", ".join(parts) + "."


def _changed(visible: QuerySet[Incident], at: datetime) -> list[TimelineEvent]:
    events = list(
        TimelineEvent.objects.filter(
            recorded_at__gte=at - timedelta(hours=24), incident__in=visible, kind__in=_NEWS
        ).order_by("-recorded_at")[:12]
    )
    for event in events:
        event.icon = kind_of(event.kind).icon  # type: ignore[attr-defined]
    return events


def _around(running: list[Incident], at: datetime) -> list[dict[str, str]]:
    """People with their local hour, those in open incidents first."""
    rows = Member.objects.filter(incident__in=running, left_at__isnull=True).order_by("incident__severity")
    busy: dict[int, list[str]] = {}
    for user_id, number in rows.values_list("user_id", "incident_id"):
        busy.setdefault(user_id, []).append(f"#{number}")
    people = sorted(User.objects.filter(is_active=True), key=lambda person: (person.pk not in busy, person.name))
    return [
        {
            "name": person.name,
            "role": f"in {', '.join(busy[person.pk][:3])}" if person.pk in busy else "",
            "local_time": at.astimezone(ZoneInfo(person.time_zone)).strftime("%H:%M"),
        }
        for person in people[:_PEOPLE]
    ]


def _late(incident: Incident, at: datetime) -> str:
    if not incident.update_due_at or incident.update_due_at > at:
        return ""
    since = incident.last_update_at or incident.declared_at
    return "late" if at > incident.update_due_at + (incident.update_due_at - since) else "due"


def _quiet(user: User, at: datetime) -> str:
    return f"{_calm(user, at)}{_tested(user)}"


def _tested(user: User) -> str:
    seen = watched()
    if seen.trouble is not None or seen.seconds is None or seen.arrived_at is None:
        return ""
    return f" Paging was tested at {seen.arrived_at.astimezone(ZoneInfo(user.time_zone)):%H:%M}."


def _calm(user: User, at: datetime) -> str:
    last = (
        Incident.objects.visible_to(user)
        .filter(severity__lte=2, is_drill=False)
        .exclude(status="cancelled")
        .order_by("-declared_at")
        .first()
    )
    if last is None:
        return "All quiet. No SEV1 or SEV2 so far."
    days = (at - (last.resolved_at or last.declared_at)).days
    if not days:
        return "All quiet. The last SEV1 or SEV2 was today."
    return f"All quiet. {days} day{'' if days == 1 else 's'} without a SEV1 or SEV2."
