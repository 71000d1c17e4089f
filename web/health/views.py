"""Alive, ready, measured."""

import time

from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils.text import capfirst
from django.views.decorators.http import require_POST
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from accounts import audit
from accounts.models import AuditLink
from accounts.permissions import Right, require
from accounts.web.actors import web_actor
from common import clock, doorbell, live
from common.errors import Invalid
from common.pending import Pending, oldest_due_at, pending_tables
from common.schema import waiting_migrations
from connections.holding import release, what_is_held
from connections.models import Delivery
from connections.operations import retry_delivery
from incidents.models import Incident
from incidents.models.incident import OPEN
from oncall.watching import said_of, watched, ways_to_tell

_STARTED = time.monotonic()
_WAITING = {
    "accounts.sealer": "Audit entries to seal",
    "chatops.roomstep": "Steps of chat channels",
    "connections.housekeeping": "Housekeeping",
    "connections.lane": "Posts to chats",
    "connections.received": "Events that came in",
    "oncall.escalationrun": "Escalations",
    "oncall.page": "Pages",
    "incidents.reminder": "Reminders",
}


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it on pages that name no icon of their own (the admin, files)."""
    return redirect(static("img/mark.svg"), permanent=True)


def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and its tables are up to date. The clock's age is told, never judged."""
    try:
        waiting = waiting_migrations()
    except Exception as error:
        return JsonResponse({"ready": False, "database": str(type(error).__name__)}, status=503)
    body = {"ready": waiting == 0, "migrations_waiting": waiting, "oldest_due_seconds": oldest_due_seconds()}
    return JsonResponse(body, status=200 if waiting == 0 else 503)


def oldest_due_seconds() -> float:
    """How long the oldest due row of all tables has been waiting, in seconds."""
    now = clock.now()
    oldest = oldest_due_at(now)
    return round((now - oldest).total_seconds(), 1) if oldest is not None else 0.0


def metrics(request: HttpRequest) -> HttpResponse:
    """Counts for Prometheus; no names and no titles."""
    registry = CollectorRegistry()
    now = clock.now()

    def gauge(name: str, text: str, value: float, **labels: str) -> None:
        found = _gauges.get(name) or Gauge(name, text, list(labels), registry=registry)
        _gauges[name] = found
        (found.labels(**labels) if labels else found).set(value)

    _gauges: dict[str, Gauge] = {}
    gauge("warroom_up_seconds", "Seconds since this process started", time.monotonic() - _STARTED)
    gauge("warroom_open_incidents", "Open incidents", Incident.objects.filter(status__in=OPEN).count())
    gauge("warroom_oldest_due_seconds", "Age of the oldest due row", oldest_due_seconds())
    gauge(
        "warroom_failed_deliveries",
        "Deliveries given up",
        Delivery.objects.filter(dead_at__isnull=False).count(),
    )
    gauge("warroom_broker_trouble", "1 when the broker did not take the last ring", doorbell.broker_in_trouble())
    gauge("warroom_live_trouble", "1 when the channel layer did not take the last nudge", live.in_trouble())
    seen = watched()
    if seen.seconds is not None:
        gauge("warroom_test_page_seconds", "How long the last test page took", seen.seconds)
    if seen.asked_at is not None:
        late = 0.0 if seen.seconds is not None else (now - seen.asked_at).total_seconds()
        gauge("warroom_test_page_late_seconds", "How long a test page that has not arrived is out", late)
    gauge("warroom_paging_trouble", "1 when paging is in trouble", seen.trouble is not None)
    for table in pending_tables():
        label = table._meta.label_lower
        gauge("warroom_due_rows", "Rows due now", table.due(now).count(), table=label)
        dead = table._default_manager.filter(state=Pending.DEAD).count()
        gauge("warroom_dead_letters", "Rows given up", dead, table=label)
    return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8")


def health(request: HttpRequest) -> HttpResponse:
    """Queues, the oldest due rows, dead letters with retry, failed deliveries, the audit's chain."""
    now = clock.now()
    tables = []
    for table in pending_tables():
        rows = table._default_manager
        oldest = table.due(now).values_list("due_at", flat=True).first()
        tables.append(
            {
                "label": _in_words(table),
                "due": table.due(now).count(),
                "held": rows.filter(lease_until__gte=now).count(),
                "dead": rows.filter(state=Pending.DEAD).count(),
                "oldest": (now - oldest).total_seconds() if oldest else None,
            }
        )
    seen = watched()
    user = request.user
    is_admin = getattr(user, "is_admin", False)
    context = {
        "tables": tables,
        "is_admin": is_admin,
        "letters": dead_letters(user) if is_admin else [],
        "deliveries": failed_deliveries(user) if is_admin else [],
        "held": what_is_held() if is_admin else {},
        "watched": seen,
        "trouble": said_of(seen.trouble) if seen.trouble else "",
        "ways_to_tell": ways_to_tell(),
        "has_heartbeat": bool(settings.HEARTBEAT_URL),
        "broker": doorbell.broker_in_trouble(),
        "live": live.in_trouble(),
        "sealed": AuditLink.objects.order_by("-position").first(),
        "mode": "embedded" if settings.EMBEDDED else "production",
        "database": connection.vendor,
    }
    return render(request, "health/health.html", context)


def _in_words(table: type[Pending]) -> str:
    """What waits in a table, for people; a table of an integration says it itself."""
    label = table._meta.label_lower
    if label in _WAITING:
        return _WAITING[label]
    return capfirst(str(table._meta.verbose_name_plural))


def dead_letters(user: object) -> list[dict[str, object]]:
    """Rows that were given up, without those of private incidents the reader is no member of."""
    letters = []
    for table in pending_tables():
        for row in table._default_manager.filter(state=Pending.DEAD).order_by("-pk")[:50]:
            number = subject_of(row)
            if number and not Incident.objects.visible_to(user).filter(pk=number).exists():  # type: ignore[arg-type]
                continue
            letters.append({"table": table._meta.label_lower, "row": row, "incident": number})
    return letters


def subject_of(row: object) -> int | None:
    """The incident that a pending row is about, if any."""
    for name in ("incident_number", "incident_id"):
        value = getattr(row, name, None)
        if value:
            return int(value)
    room = getattr(row, "room", None)
    return room.incident_id if room is not None and hasattr(room, "incident_id") else None


def failed_deliveries(user: object) -> list[Delivery]:
    """Deliveries that were given up, filtered by who may see their incident."""
    rows = Delivery.objects.filter(dead_at__isnull=False).exclude(last_error__startswith="superseded")
    visible = Incident.objects.visible_to(user).values("pk")  # type: ignore[arg-type]
    return list(
        rows.filter(Q(incident_number__isnull=True) | Q(incident_number__in=visible))
        .select_related("lane__connection")
        .order_by("-pk")[:50]
    )


@require_POST
def retry(request: HttpRequest) -> HttpResponse:
    """An administrator asks for another try of a dead letter or a failed delivery."""
    by = web_actor(request)
    require(by, Right.ADMINISTER, "retry what failed")
    label, pk = request.POST.get("table", ""), request.POST.get("pk", "")
    if not pk.isdecimal():
        raise Invalid("Say which row.", field="pk")
    if label == "delivery":
        delivery = get_object_or_404(Delivery, pk=int(pk))
        retry_delivery(delivery)
    else:
        table = next((found for found in pending_tables() if found._meta.label_lower == label), None)
        if table is None:
            raise Invalid("There is no such table.", field="table")
        row = get_object_or_404(table, pk=int(pk), state=Pending.DEAD)
        row.revive()
    audit.record(by, "retried", label, pk)
    messages.success(request, "It is being tried again.")
    return redirect("/health")


@require_POST
def release_held(request: HttpRequest) -> HttpResponse:
    """An administrator has looked: what a restore holds goes, as by `manage.py restore --release`."""
    released = release(by=web_actor(request))
    said = ", ".join(f"{count} {name}" for name, count in released.items())
    messages.success(request, f"Let go: {said or 'nothing'}.")
    return redirect("/health")
