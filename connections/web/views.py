"""Connections: what is set up, whether it works, how to set up another."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.permissions import Right, require
from accounts.web.actors import web_actor
from connections.catalogue import Entry, EntryField, catalogue, entry
from connections.changes import being_rotated
from connections.models import Connection
from connections.operations import make_connection, switch_connection, test_connection
from connections.queries import events_of

_HAS_BODY = Q(sealed_body__isnull=False)


@require_GET
def connections(request: HttpRequest) -> HttpResponse:
    """Every connection with its state and last event; what can be added."""
    is_admin = getattr(request.user, "is_admin", False)
    rows = list(Connection.objects.present())
    for row in rows:
        row.entry = entry(row.kind)  # type: ignore[attr-defined]
    return render(
        request,
        "connections/list.html",
        {
            "connections": rows,
            "removed": Connection.objects.filter(removed_at__isnull=False) if is_admin else [],
            "kinds": catalogue(),
            "is_admin": is_admin,
        },
    )


@require_GET
def connection(request: HttpRequest, pk: int) -> HttpResponse:
    """One connection: addresses, state, the last twenty events with what became of them."""
    return render(request, "connections/detail.html", page_of(request, get_object_or_404(Connection, pk=pk)))


def page_of(request: HttpRequest, row: Connection, **more: Any) -> dict[str, Any]:
    """What the page of a connection shows. Settings are for administrators; secrets for nobody."""
    assert isinstance(request.user, User)
    found = entry(row.kind)
    is_admin = request.user.is_admin
    return {
        "connection": row,
        "entry": found,
        "hooks": hook_addresses(row),
        "events": _last_events(request.user, row),
        "is_admin": is_admin,
        "values": _values(found, row) if found and is_admin else [],
        "has_key": bool(found and found.keyed_doors),
        "rotating": _rotating(found, row) if is_admin else [],
        "lost_key": is_admin and row.has_lost_key,
        **more,
    }


def _last_events(user: User, row: Connection) -> "QuerySet[Any]":
    rows = events_of(user, row.pk).annotate(has_body=ExpressionWrapper(_HAS_BODY, BooleanField()))
    return rows.defer("sealed_body").order_by("-id")[:20]


def _values(found: Entry, row: Connection) -> list[dict[str, Any]]:
    """Each setting in words: its value, or for a secret whether it is set."""
    secrets = {} if row.has_lost_key else row.secrets
    return [
        {"label": field.label, "text": "set" if field.is_secret and secrets.get(field.name) else _plain(row, field)}
        for field in found.fields
    ]


def _plain(row: Connection, field: EntryField) -> str:
    return "" if field.is_secret else str(row.settings.get(field.name, ""))


def _rotating(found: Entry | None, row: Connection) -> list[dict[str, str]]:
    labels = {field.name: field.label for field in found.fields} if found else {}
    return [{"name": name, "label": labels.get(name, "Key of the address")} for name in being_rotated(row)]


def hook_addresses(row: Connection) -> list[str]:
    """Where the other side sends to; a keyed address was shown once and is not known any more."""
    found = entry(row.kind)
    if found is None or row.removed_at is not None:
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
            context = page_of(request, made.connection, new_url=made.hook_url)
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
    row = get_object_or_404(Connection.objects.present(), pk=pk)
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
