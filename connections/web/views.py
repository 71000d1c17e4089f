"""Connections: what is set up, whether it works, how to set up another."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import Right, require
from accounts.web.actors import web_actor
from connections.catalogue import catalogue, entry
from connections.models import Connection, Received
from connections.operations import make_connection, switch_connection, test_connection


@require_GET
def connections(request: HttpRequest) -> HttpResponse:
    """Every connection with its state and last event; what can be added."""
    rows = list(Connection.objects.all())
    for row in rows:
        row.entry = entry(row.kind)  # type: ignore[attr-defined]
    return render(
        request,
        "connections/list.html",
        {"connections": rows, "kinds": catalogue(), "is_admin": getattr(request.user, "is_admin", False)},
    )


@require_GET
def connection(request: HttpRequest, pk: int) -> HttpResponse:
    """One connection: addresses, state, the last twenty events with what became of them."""
    row = get_object_or_404(Connection, pk=pk)
    events = Received.objects.filter(connection=row).order_by("-id")[:20]
    return render(
        request,
        "connections/detail.html",
        {
            "connection": row,
            "entry": entry(row.kind),
            "hooks": hook_addresses(row),
            "events": events,
            "is_admin": getattr(request.user, "is_admin", False),
        },
    )


def hook_addresses(row: Connection) -> list[str]:
    """Where the other side sends to; a keyed address was shown once and is not known any more."""
    found = entry(row.kind)
    if found is None:
        return []
    return [f"{settings.BASE_URL}/hooks/{door}" for door in found.doors]


def add(request: HttpRequest, kind: str) -> HttpResponse:
    """The form is drawn from what the integration says of itself."""
    by = web_actor(request)
    require(by, Right.ADMINISTER, "add connections")
    found = entry(kind)
    if found is None:
        return redirect("connections")
    errors: dict[str, str] = {}
    if request.method == "POST":
        values = {field.name: request.POST.get(field.name, "").strip() for field in found.fields}
        errors = {
            field.name: f"{field.label} is needed."
            for field in found.fields
            if field.required and not values[field.name]
        }
        if not errors:
            made = make_connection(kind=kind, name=request.POST.get("name", "").strip(), values=values, by=by)
            messages.success(request, "The connection is made. Send a test to see it work.")
            context: dict[str, Any] = {"connection": made.connection, "entry": found, "made": made, "is_admin": True}
            context["hooks"] = [made.hook_url] if made.hook_url else hook_addresses(made.connection)
            return render(request, "connections/detail.html", context, status=201)
    fields = [
        {
            "field": field,
            "value": request.POST.get(field.name, "") if not field.is_secret else "",
            "error": errors.get(field.name, ""),
        }
        for field in found.fields
    ]
    return render(request, "connections/add.html", {"entry": found, "fields": fields}, status=400 if errors else 200)


@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the other side whether it knows us."""
    row = get_object_or_404(Connection, pk=pk)
    by = web_actor(request)
    require(by, Right.ADMINISTER, "test connections")
    ok, text = test_connection(row)
    (messages.success if ok else messages.error)(request, text)
    return redirect(f"/connections/{pk}")


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """On or off; nothing is deleted."""
    row = get_object_or_404(Connection, pk=pk)
    switch_connection(connection=row, on=request.POST.get("on") == "1", by=web_actor(request))
    return redirect(f"/connections/{pk}")
