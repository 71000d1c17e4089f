"""The form by which somebody has a room's channel read again."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from chatops.models import Room
from chatops.rereading import can_be_read_again, fetch_missing
from common import clock
from common.errors import Conflict, NotFound
from common.forms import attempt
from incidents.permissions import Doing, require
from incidents.web.views.common import look_up, page_context

_LENGTHS = {"60": "The last hour", "1440": "The last day", "": "Everything since it was declared"}


class FetchForm(forms.Form):
    """How far back."""

    minutes = forms.ChoiceField(choices=list(_LENGTHS.items()), required=False, label="How far back?")


@require_http_methods(["GET", "HEAD", "POST"])
def fetch(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """Say what happens, and do it when that is sent: it can't be undone, because lines can't."""
    incident, by = look_up(request, number)
    require(by, Doing.RUN, incident)
    room = Room.objects.select_related("connection").filter(pk=pk, incident=incident).first()
    if room is None:
        raise NotFound("There is no such room.")
    if not can_be_read_again(room):
        raise Conflict("This room has no channel that can be read again.")
    form = FetchForm(request.POST or None)

    def act() -> None:
        minutes = form.cleaned_data["minutes"]
        since = clock.now() - timedelta(minutes=int(minutes)) if minutes else None
        fetch_missing(room=pk, by=by, since=since)

    if request.method == "POST" and form.is_valid() and attempt(form, act):
        messages.success(request, f"{room.name or 'The channel'} is being read again.")
        return redirect(f"/incidents/{number}")
    context = page_context(incident, by, "")
    where = f"{room.name or 'The channel'} in {room.connection.name}"
    context |= {"form": form, "title": "Fetch what is missing", "button": "Read it again"}
    context["lead_text"] = (
        f"{where} is read again. Lines, edits, reactions and pins that are not here are added with their own times; "
        "what is here stays. It can take some minutes."
    )
    return render(request, "incidents/form.html", context, status=400 if form.errors else 200)
