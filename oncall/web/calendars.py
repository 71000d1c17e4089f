"""Following an outside calendar: by form."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.web.actors import web_actor
from common import clock
from common.errors import NotFound
from common.forms import attempt
from oncall.models import FollowedCalendar, Schedule
from oncall.operations import calendars
from oncall.permissions import require_change


class FollowForm(forms.Form):
    """Where the calendar is, and what its lane is called."""

    url = forms.CharField(
        max_length=1000,
        label="Address of the calendar",
        help_text="An https address that ends in .ics, mostly. It is kept encrypted, and not shown again.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "https://"}),
    )
    name = forms.CharField(max_length=80, label="What is it called here?", initial="Calendar")


@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """How the calendar stands, and a form to follow another or none."""
    schedule = Schedule.objects.filter(slug=slug, archived_at__isnull=True).select_related("team").first()
    if schedule is None:
        raise NotFound(f"There is no schedule “{slug[:80]}”.", field="schedule")
    by = web_actor(request)
    require_change(by, schedule)
    form = FollowForm(request.POST if request.method == "POST" and request.POST.get("do") != "leave" else None)
    if request.method == "POST" and request.POST.get("do") == "leave":
        calendars.leave_calendar(slug=slug, by=by)
        messages.success(request, "The calendar is followed no more. What it said until now stays.")
        return redirect("schedule-calendar", slug=slug)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(form, lambda: calendars.follow_calendar(slug=slug, url=given["url"], name=given["name"], by=by)):
            messages.success(request, "It is followed from now on, and read within a minute.")
            return redirect("schedule-calendar", slug=slug)
    status = 400 if form.is_bound and not form.is_valid() else 200
    context = {"schedule": schedule, "form": form, **standing_of(schedule)}
    return render(request, "oncall/calendar.html", context, status=status)


def standing_of(schedule: Schedule) -> dict[str, Any]:
    """The calendar that a schedule follows, and whether its copy is old."""
    row: FollowedCalendar | None = schedule.calendars.filter(removed_at__isnull=True).first()
    if row is None:
        return {"calendar_row": None}
    is_old = row.read_at is not None and clock.now() - row.read_at > calendars.OLD
    never = row.read_at is None and clock.now() - row.made_at > timedelta(minutes=2)
    return {"calendar_row": row, "calendar_is_old": is_old or never}
