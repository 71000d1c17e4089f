"""Making and changing a schedule: layers as people write them, what it would do before it is saved."""

import re
from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.api.fields import find_person
from accounts.models import Team, User
from accounts.permissions import Right, require
from accounts.web.actors import web_actor
from common import clock
from common.errors import Invalid, NotFound, Refused
from oncall import queries
from oncall.models import Schedule
from oncall.operations import schedules
from oncall.permissions import require_change
from oncall.rules.schedules.final import final
from oncall.rules.schedules.plan import Plan, Shift, Unit
from oncall.rules.schedules.wall import datetime_of, instant_of
from oncall.web.differing import named, names_of_all, told_in_words
from oncall.web.wording import read_groups, read_windows, write_groups, write_windows

_MONTH = timedelta(days=28)
_PLACE = re.compile(r"layers\[(\d+)\]\.?(\w*)")
#: the engine's name of a part → the form's
_FIELDS = {"participants": "people", "restrictions": "windows", "rotate": "every", "name": "name"}
_MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M")


class ScheduleForm(forms.Form):
    """What a schedule is called, whose it is, and its clock."""

    name = forms.CharField(max_length=80, label="Name", widget=forms.TextInput(attrs={"placeholder": "Shop primary"}))
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="No team", label="Whose is it?")
    time_zone = forms.CharField(
        max_length=64,
        label="Time zone",
        help_text="Hand-offs keep their time on this clock, winter and summer.",
        widget=forms.TextInput(attrs={"list": "zones", "placeholder": "Europe/Berlin", "autocomplete": "off"}),
    )
    description = forms.CharField(max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.all()  # type: ignore[attr-defined]


class LayerForm(forms.Form):
    """One rotation. The last form may stay as it is: then it is none."""

    name = forms.CharField(max_length=80, label="Name of the rotation")
    people = forms.CharField(
        label="Who takes turns?",
        help_text="One a line, in order: @ada. Together: @ada + @bo. On purpose nobody: nobody.",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    every = forms.IntegerField(min_value=1, initial=1, label="Hand over every")
    unit = forms.ChoiceField(
        choices=[(str(unit), f"{unit}s") for unit in Unit], initial="week", label="Hours, days, weeks …"
    )
    starts_at = forms.CharField(label="First hand-off", widget=_MOMENT, help_text="On its own clock.")
    windows = forms.CharField(
        required=False,
        label="Only at these hours",
        help_text="One a line: 18:00-09:00, mon-fri 09:00-17:00, weekend. Nothing means always.",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    #: what the form does not show and must not lose
    kept = forms.JSONField(required=False, widget=forms.HiddenInput)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was filled in."""
        return not self.cleaned_data

    def layer(self, place: int) -> dict[str, Any]:
        """The layer in the preview format, people by the number of their account.

        :raises Invalid: naming the field.
        """
        given = self.cleaned_data
        groups = [
            [_number(name, f"layers[{place}].people") for name in group] for group in read_groups(given["people"])
        ]
        return {
            **(given.get("kept") or {}),
            "name": given["name"],
            "starts_at": given["starts_at"],
            "participants": groups,
            "rotate": {"unit": given["unit"], "every": given["every"]},
            "restrictions": read_windows(given["windows"], f"layers[{place}].windows"),
        }


Layers = forms.formset_factory(LayerForm, extra=1, max_num=20, absolute_max=21)


@require_http_methods(["GET", "HEAD", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    """Make a schedule."""
    by = web_actor(request)
    require(by, Right.RESPOND, "make a schedule")
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a schedule; it counts from the moment it is saved."""
    schedule = Schedule.objects.filter(slug=slug, archived_at__isnull=True).select_related("team").first()
    if schedule is None:
        raise NotFound(f"There is no schedule “{slug[:80]}”.", field="schedule")
    require_change(web_actor(request), schedule)
    return _edit(request, schedule)


def _edit(request: HttpRequest, schedule: Schedule | None) -> HttpResponse:
    about, layers = _forms(request, schedule)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        status = 400
        if about.is_valid() and layers.is_valid():
            used = [form for form in layers if not form.is_empty]
            try:
                given = [form.layer(place) for place, form in enumerate(used)]
                if request.POST.get("do") == "save":
                    saved = _save(request, schedule, about.cleaned_data, given)
                    messages.success(request, f"{saved.name} is saved. It counts from now on.")
                    return redirect("schedule", slug=saved.slug)
                context = _consequences(schedule, about.cleaned_data["time_zone"], given)
                status = 200
            except Refused as error:
                _place_error(error, about, used)
    zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
    context |= {"schedule": schedule, "form": about, "layers": layers, "zones": zones}
    context["may_archive"] = schedule is not None
    return render(request, "oncall/edit.html", context, status=status)


def _forms(request: HttpRequest, schedule: Schedule | None) -> tuple[ScheduleForm, Any]:
    if request.method == "POST":
        return ScheduleForm(request.POST), Layers(request.POST, prefix="layers")
    if schedule is None:
        me = request.user
        assert isinstance(me, User)
        today = f"{clock.now():%Y-%m-%d}T09:00"
        first = {"name": "primary", "starts_at": today, "every": 1, "unit": "week"}
        initial = {"team": me.teams.first(), "time_zone": me.time_zone}
        return ScheduleForm(initial=initial), Layers(prefix="layers", initial=[first])
    row = schedule.versions.get(superseded_at__isnull=True)
    numbers = {int(user) for layer in row.layers for group in layer["participants"] for user in group}
    handles = dict(User.objects.filter(pk__in=numbers).values_list("pk", "handle"))
    initial = {
        "name": schedule.name,
        "team": schedule.team,
        "time_zone": row.time_zone,
        "description": schedule.description,
    }
    return ScheduleForm(initial=initial), Layers(
        prefix="layers", initial=[_written(layer, handles) for layer in row.layers]
    )


def _written(layer: dict[str, Any], handles: dict[int, str]) -> dict[str, Any]:
    rotate = layer.get("rotate") or {"unit": "week", "every": 1}
    return {
        "name": layer["name"],
        "people": write_groups(layer["participants"], lambda user: handles.get(int(user), user)),
        "every": rotate["every"],
        "unit": rotate["unit"],
        "starts_at": layer["starts_at"],
        "windows": write_windows(layer.get("restrictions") or []),
        "kept": {name: layer[name] for name in ("ends_at", "anchor") if layer.get(name)},
    }


def _save(
    request: HttpRequest, schedule: Schedule | None, about: dict[str, Any], layers: list[dict[str, Any]]
) -> Schedule:
    by = web_actor(request)
    if schedule is None:
        return schedules.make_schedule(by=by, layers=layers, **about)
    return schedules.change_schedule(slug=schedule.slug, by=by, layers=layers, **about)


def _consequences(schedule: Schedule | None, zone: str, layers: list[dict[str, Any]]) -> dict[str, Any]:
    """What it would do in the next four weeks: the difference, or all of it for a new one."""
    start = clock.now().replace(second=0, microsecond=0)
    version = schedules.checked(zone, layers)
    people = names_of_all()
    if schedule is None:
        found = final(Plan((version,)), instant_of(start), instant_of(start + _MONTH))
        shifts = [
            (datetime_of(p.start), datetime_of(p.end), named(p.users, people) if isinstance(p, Shift) else "")
            for p in found.pieces[:40]
        ]
        return {"previewed": True, "shifts": shifts}
    return {"previewed": True, **told_in_words(queries.difference(schedule, version, start, start + _MONTH), people)}


def _number(name: str, field: str) -> str:
    user = find_person(name)
    if user is None:
        raise Invalid(f"There is nobody “{name[:60]}”. Write @handle.", field=field)
    return str(user.pk)


def _place_error(error: Refused, about: ScheduleForm, used: list[LayerForm]) -> None:
    """Say what is wrong where it was written."""
    words = f"{error.message} {error.hint}".strip()
    place = _PLACE.match(error.field)
    if place and int(place[1]) < len(used):
        form = used[int(place[1])]
        field = _FIELDS.get(place[2], place[2])
        form.add_error(field if field in form.fields else None, words)
    else:
        about.add_error(error.field if error.field in about.fields else None, words)
