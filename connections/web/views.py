"""Connections: what is set up, whether it works, how to set up another."""

from collections.abc import Mapping
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
from connections import checks
from connections.catalogue import Entry, EntryField, catalogue, entry
from connections.changes import being_rotated
from connections.models import Connection
from connections.operations import make_connection, switch_connection, test_connection
from connections.pausing import pause_connection, resume_connection, waiting_lines
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
        "waiting": waiting_lines(row.pk) if row.paused_at or row.trouble else 0,
        "told_below": checks.words(checks.findings_of(row))[1][:500] if found and found.guide else "",
        "guide": found.guide.after(row) if found and found.guide and is_admin and row.removed_at is None else None,
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
    value = row.settings.get(field.name, "")
    if field.is_switch:
        return "yes" if value else "no"
    return "" if field.is_secret else str(value)


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
        errors = {field.name: f"{field.label} is needed." for field in found.missing(values)}
        if not errors:
            made = make_connection(kind=kind, name=request.POST.get("name", "").strip(), values=values, by=by)
            if found.guide is not None:
                return _look_at_once(request, made.connection)
            messages.success(request, "The connection is made. Send a test to see it work.")
            context = page_of(request, made.connection, new_url=made.hook_url)
            return render(request, "connections/detail.html", context, status=201)
    steps = found.guide.steps(request.GET.get("way", "")) if found.guide else {}
    fields = [_item(request, field, errors, steps) for field in found.fields]
    context = {"entry": found, "fields": [each for each in fields if each["place"] == "here"], "steps": steps}
    context["later"] = [each for each in fields if each["place"] == "later"]
    return render(request, "connections/add.html", context, status=400 if errors else 200)


def _item(
    request: HttpRequest, field: EntryField, errors: Mapping[str, str], steps: Mapping[str, Any]
) -> dict[str, Any]:
    """One field of the form; a guide may say where it stands."""
    is_given = bool(request.POST.get(field.name)) or field.name in errors
    place = "here"
    if field.name in steps.get("hidden", ()) and not is_given:
        place = "hidden"
    elif field.name in steps.get("later", ()) and not is_given:
        place = "later"
    return {
        "field": field,
        "name": field.name,
        "value": "" if field.is_secret else request.POST.get(field.name, ""),
        "error": errors.get(field.name, ""),
        "is_optional": not field.required and field.name not in steps.get("needed", ()),
        "place": place,
    }


def _look_at_once(request: HttpRequest, row: Connection) -> HttpResponse:
    """A guided kind is tested as soon as it is made; what is wrong stands on its page, point by point."""
    works, _ = test_connection(row)
    if works:
        messages.success(request, "The connection is made.")
    else:
        messages.warning(request, "The connection is made, and something is missing.")
    return redirect(f"/connections/{row.pk}")


@require_GET
def standing(request: HttpRequest, pk: int) -> HttpResponse:
    """How a guided connection stands: the part of its page that is read again while something is awaited."""
    require(web_actor(request), Right.ADMINISTER, "see how a connection stands")
    row = get_object_or_404(Connection.objects.present(), pk=pk)
    found = entry(row.kind)
    if found is None or found.guide is None:
        return HttpResponse("")
    context = {"connection": row, "entry": found, "guide": found.guide.after(row)}
    return render(request, found.guide.after_template, context)


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
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the other side is down, or that it is back."""
    row = get_object_or_404(Connection.objects.present(), pk=pk)
    by = web_actor(request)
    if request.POST.get("on") == "1":
        pause_connection(connection=row, by=by)
    else:
        resume_connection(connection=row, by=by)
        messages.success(request, f"{row.name} goes on; what waited goes over now.")
    return redirect(f"/connections/{pk}")


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """On or off; nothing is deleted."""
    row = get_object_or_404(Connection, pk=pk)
    switch_connection(connection=row, on=request.POST.get("on") == "1", by=web_actor(request))
    return redirect(f"/connections/{pk}")
