"""Asking somebody else to take a shift, and answering that: by form, with what it changes shown first."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import Right, may, require
from accounts.web.actors import web_actor
from common import clock
from common.errors import Invalid, NotFound
from common.forms import attempt
from oncall import queries, swap_queries
from oncall.models import Schedule, ShiftRequest
from oncall.operations import swaps
from oncall.permissions import may_change
from oncall.rules.schedules.plan import Kind
from oncall.rules.schedules.wall import datetime_of
from oncall.shift_refs import read_ref, ref_of
from oncall.swap_news import span
from oncall.web.differing import names_of_all, told_in_words
from oncall.web.forms import Moments

_AHEAD = timedelta(weeks=12)
_NAMES = {"from": "start", "to": "end", "user": "of"}


class AskForm(Moments):
    """Which shift, who is asked, why. Without a shift it is the stretch of time."""

    shift = forms.ChoiceField(label="Which shift?", required=False)
    start = forms.CharField(label="Or from", required=False, widget=Moments.widget())
    end = forms.CharField(label="To", required=False, widget=Moments.widget())
    of = forms.ModelChoiceField(
        User.objects.none(),
        label="Who is asked?",
        required=False,
        empty_label="Anybody who can",
        help_text="One person has to say yes. Until then you stay on call.",
    )
    reason = forms.CharField(label="Why?", required=False, max_length=300)

    def __init__(self, *args: Any, zone: ZoneInfo, shifts: list[tuple[str, str]], me: User, **kwargs: Any) -> None:
        super().__init__(*args, zone=zone, **kwargs)
        self.fields["shift"].choices = [("", "A stretch of time"), *shifts]  # type: ignore[attr-defined]
        self.fields["of"].queryset = User.objects.filter(is_active=True).exclude(pk=me.pk)  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for cover, or one person for a swap."""
    by = web_actor(request)
    require(by, Right.RESPOND, "be on call")
    schedule = Schedule.objects.filter(slug=slug, archived_at__isnull=True).first()
    if schedule is None:
        raise NotFound(f"There is no schedule “{slug[:80]}”.", field="schedule")
    me = request.user
    assert isinstance(me, User)
    zone = ZoneInfo(timezone.get_current_timezone_name())
    initial = {"shift": request.GET.get("shift", "")}
    given = request.POST if request.method == "POST" else None
    form = AskForm(given, zone=zone, shifts=_mine(me, schedule), me=me, initial=initial)
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: _ask(request, slug, form), _NAMES):
        messages.success(request, "It is asked for. You stay on call until somebody says yes.")
        return redirect(f"/schedules/{slug}#requests")
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "oncall/ask.html", {"schedule": schedule, "form": form}, status=status)


def _ask(request: HttpRequest, slug: str, form: AskForm) -> None:
    given, by = form.cleaned_data, web_actor(request)
    turn = None
    if given["shift"]:
        _, layer, number = read_ref(given["shift"])
        turn = (layer, number)
    if given["of"] is None:
        swaps.ask_cover(
            slug=slug, turn=turn, starts_at=given["start"], ends_at=given["end"], reason=given["reason"], by=by
        )
    elif turn is None:
        raise Invalid("Choose the shift that one person is asked to take.", field="shift")
    else:
        swaps.ask_swap(slug=slug, turn=turn, of=given["of"], reason=given["reason"], by=by)


def _mine(me: User, schedule: Schedule) -> list[tuple[str, str]]:
    """The person's turns of the next weeks, by name."""
    now = clock.now()
    found: dict[str, tuple[datetime, datetime]] = {}
    for shift in queries.final_of(schedule, now, now + _AHEAD).shifts:
        by_hand = any(stand.by == str(me.pk) and not stand.is_swap for stand in shift.replaced)
        if str(me.pk) in shift.users and shift.source.kind is Kind.LAYER and not by_hand:
            ref = ref_of(schedule, shift.source.name, shift.source.turn)
            start, _ = found.get(ref, (datetime_of(shift.start), None))
            found[ref] = (start, datetime_of(shift.end))
    return [(ref, span(start, end, me.time_zone)) for ref, (start, end) in found.items()]


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: what a yes changes, and the buttons."""
    row = swap_queries.requests().filter(pk=pk).first()
    if row is None:
        raise NotFound(f"There is no request {pk}.", field="request")
    if request.method == "POST":
        return _answer(request, row)
    by, me = web_actor(request), request.user
    assert isinstance(me, User)
    is_open = row.status == ShiftRequest.OPEN
    is_mine = row.asked_by_id == me.pk
    may_take = is_open and not is_mine and row.asked_of_id in (None, me.pk) and may(by, Right.RESPOND)
    taker = me if may_take else row.asked_of
    found = swap_queries.effect(row, taker) if is_open and taker is not None else None
    return render(
        request,
        "oncall/request.html",
        {
            "row": row,
            "span": span(row.starts_at, row.ends_at, me.time_zone),
            "taker": taker,
            "warnings": found.warnings if found else [],
            **(told_in_words(found.comparison, names_of_all()) if found else {}),
            "has_effect": found is not None,
            "may_take": may_take,
            "may_decline": may_take and row.asked_of_id == me.pk,
            "may_withdraw": (is_mine or may_change(by, row.schedule))
            and (is_open or (row.status == ShiftRequest.TAKEN and row.ends_at > clock.now())),
        },
    )


def _answer(request: HttpRequest, row: ShiftRequest) -> HttpResponse:
    by, do = web_actor(request), request.POST.get("do")
    if do == "take":
        done = swaps.take_request(number=row.pk, by=by)
        messages.success(request, f"You take {done.asked_by.name}'s shift on {done.schedule.name}.")
    elif do == "decline":
        swaps.decline_request(number=row.pk, by=by)
        messages.success(request, f"Declined. {row.asked_by.name} is told, and stays on call.")
    elif do == "withdraw":
        swaps.withdraw_request(number=row.pk, by=by)
        messages.success(request, "The request is taken back.")
    else:
        raise Invalid("Take, decline or withdraw.", field="do")
    return redirect(f"/schedules/{row.schedule.slug}#requests")
