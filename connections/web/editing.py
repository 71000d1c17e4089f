"""Changing a connection in the browser: values, secrets, keys, and its end."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.actors import Actor
from accounts.models import User
from accounts.permissions import Right, require
from accounts.web.actors import web_actor
from common.errors import Conflict, Invalid
from common.operations import operation
from common.pending import Pending
from connections.catalogue import Entry, EntryField, entry
from connections.changes import change_connection, end_former, new_key, remove_connection, what_removing_ends
from connections.models import Connection, Received
from connections.queries import events_of
from connections.web.views import page_of

_READ_AND_SEND = require_http_methods(["GET", "HEAD", "POST"])


@_READ_AND_SEND
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, settings and new secrets. A secret's field is empty: what stays empty stays as it is."""
    by = web_actor(request)
    require(by, Right.ADMINISTER, "change connections")
    row = get_object_or_404(Connection.objects.present(), pk=pk)
    found = entry(row.kind)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            _change(request, row, found, by)
            messages.success(request, "Saved.")
            return redirect(f"/connections/{pk}")
        except Invalid as error:
            errors[error.field.removeprefix("settings.")] = error.message
    return render(request, "connections/edit.html", _form(request, row, found, errors), status=400 if errors else 200)


def _change(request: HttpRequest, row: Connection, found: Entry | None, by: Actor) -> None:
    values: dict[str, Any] = {"name": request.POST.get("name", "")}
    keep = []
    if found is not None and not row.from_environment:
        given = {field.name: request.POST.get(f"set-{field.name}", "").strip() for field in found.fields}
        dropped = {field.name for field in found.fields if request.POST.get(f"drop-{field.name}")}
        values["settings"] = {
            field.name: given[field.name]
            for field in found.fields
            if not field.is_secret or given[field.name] or field.name in dropped
        }
        keep = [
            field.name
            for field in found.fields
            if field.several and given[field.name] and request.POST.get(f"keep-{field.name}")
        ]
    change_connection(connection=row, values=values, keep_former=keep, by=by)


def _form(request: HttpRequest, row: Connection, found: Entry | None, errors: dict[str, str]) -> dict[str, Any]:
    secrets = {} if row.has_lost_key else row.secrets
    fields = [] if found is None or row.from_environment else found.fields
    return {
        "connection": row,
        "entry": found,
        "name": request.POST.get("name", row.name),
        "name_error": errors.get("name", ""),
        "lost_key": row.has_lost_key,
        "fields": [
            {
                "field": field,
                "name": f"set-{field.name}",
                "is_optional": not field.required,
                "value": _value(request, row, field),
                "is_set": bool(secrets.get(field.name)),
                "error": errors.get(field.name, ""),
            }
            for field in fields
        ],
    }


def _value(request: HttpRequest, row: Connection, field: EntryField) -> str:
    if field.is_secret:
        return ""
    return request.POST.get(f"set-{field.name}", str(row.settings.get(field.name, "")))


@require_POST
def make_new_key(request: HttpRequest, pk: int) -> HttpResponse:
    """A new address, on the page this once; the former one stays good until it is ended."""
    row = get_object_or_404(Connection.objects.present(), pk=pk)
    url = new_key(connection=row, by=web_actor(request))
    row.refresh_from_db()
    return render(request, "connections/detail.html", page_of(request, row, new_url=url), status=201)


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """The former value of a secret is no longer good."""
    row = get_object_or_404(Connection.objects.present(), pk=pk)
    end_former(connection=row, name=request.POST.get("secret", ""), by=web_actor(request))
    messages.success(request, "The former value is no longer good.")
    return redirect(f"/connections/{pk}")


@_READ_AND_SEND
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what is lost and what is kept; the button does it."""
    by = web_actor(request)
    require(by, Right.ADMINISTER, "remove connections")
    row = get_object_or_404(Connection.objects.present(), pk=pk)
    if request.method == "POST":
        remove_connection(connection=row, by=by)
        messages.success(request, f"“{row.name}” is removed.")
        return redirect("connections")
    context = {"connection": row, "entry": entry(row.kind), "loss": what_removing_ends(row)}
    return render(request, "connections/remove.html", context)


@require_POST
def retry_event(request: HttpRequest, pk: int, event: int) -> HttpResponse:
    """Look once more at something that came in and could not be read or done."""
    by = web_actor(request)
    require(by, Right.ADMINISTER, "retry what failed")
    assert isinstance(request.user, User)
    row = get_object_or_404(events_of(request.user, pk).filter(is_hidden=False), pk=event)
    _look_again(row, by)
    messages.success(request, "It is being looked at again.")
    return redirect(f"/connections/{pk}")


@operation
def _look_again(row: Received, by: Actor) -> None:
    if row.state != Pending.DEAD or not row.sealed_body:
        raise Conflict("There is nothing to look at again: it did not fail, or its body is gone.")
    row.revive()
    audit.record(by, "retried", row._meta.label_lower, row.pk)
