"""My quiet hours."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.web.actors import web_actor
from common.forms import attempt
from oncall.operations.quiet import quiet_hours_of, set_quiet_hours


class QuietForm(forms.Form):
    """From when to when what can wait is not sent."""

    starts = forms.TimeField(label="From", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(
        label="To",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="On your own clock. The same time twice: never quiet.",
    )


def quiet_form(user: User) -> QuietForm:
    """The form as it stands for them."""
    starts, ends = quiet_hours_of(user)
    return QuietForm(initial={"starts": starts, "ends": ends}, auto_id="quiet_%s")


@require_POST
def quiet_hours(request: HttpRequest) -> HttpResponse:
    """Say when it is quiet."""
    form = QuietForm(request.POST, auto_id="quiet_%s")

    def act() -> None:
        set_quiet_hours(starts=form.cleaned_data["starts"], ends=form.cleaned_data["ends"], by=web_actor(request))

    if form.is_valid() and attempt(form, act):
        messages.success(request, "Kept.")
        return redirect("notifications")
    return render(request, "oncall/quiet.html", {"quiet_form": form}, status=400)
