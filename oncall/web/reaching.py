"""How I am reached: contact methods, and the rules drawn as a line."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.web.actors import web_actor
from common.errors import NotFound, Refused
from common.forms import attempt
from oncall.models import ContactMethod, NotificationRule, Urgency
from oncall.operations import contacts, reaching
from oncall.ports import PagerPort, pager_of, pagers, panels
from oncall.web.quiet import quiet_form

_HOME = "notifications"
_ICONS = {"email": "mail", "voice": "phone", "push": "bell"}


class AddressForm(forms.Form):
    """An address of one's own."""

    kind = forms.ChoiceField(label="By what?")
    address = forms.CharField(
        max_length=300,
        label="Address",
        help_text="A code is sent there. A phone number with + and the code of its country.",
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "address_%s", **kwargs})
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if len(kinds) == 1:
            self.fields["kind"].widget = forms.HiddenInput()
            self.fields["kind"].initial = kinds[0][0]


class CodeForm(forms.Form):
    """The code that came."""

    code = forms.CharField(
        max_length=20,
        label="Code",
        help_text=f"Six digits, good for {contacts.CODE_MINUTES} minutes.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class RuleForm(forms.Form):
    """A rule of one's own."""

    urgency = forms.ChoiceField(choices=[(one.value, f"{one.label} urgency") for one in Urgency], label="Pages of")
    method = forms.ModelChoiceField(ContactMethod.objects.none(), empty_label=None, label="Use")
    minutes = forms.IntegerField(
        min_value=0, max_value=contacts.MOST_MINUTES, initial=5, label="Minutes after the page began"
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "rule_%s", **kwargs})
        field: Any = self.fields["method"]
        field.queryset = reaching.usable_methods(user)
        field.label_from_instance = _called


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _mine(request: HttpRequest, pk: int) -> ContactMethod:
    found = reaching.methods_of(_me(request)).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such contact method.")
    return found


def _pager(method: ContactMethod) -> PagerPort | None:
    try:
        return pager_of(method.kind)
    except KeyError:
        return None


def _called(method: ContactMethod) -> str:
    pager = _pager(method)
    return f"{pager.label}, {pager.shown(method.address)}" if pager else method.kind


@require_GET
def notifications(request: HttpRequest) -> HttpResponse:
    """Methods and rules."""
    return _show(request)


def _show(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    user = _me(request)
    methods = list(reaching.methods_of(user))
    rules = {one: list(reaching.rules_of(user, one)) for one in Urgency}
    kinds = [(pager.kind, pager.label) for pager in pagers() if pager.takes_addresses and pager.connection_of("")]
    return render(
        request,
        "oncall/notifications.html",
        {
            "methods": [_row(method) for method in methods],
            "lines": [{"urgency": one, "rules": [_step(rule) for rule in found]} for one, found in rules.items()],
            "is_reachable": any(method.is_usable for method in methods),
            "address_form": AddressForm(kinds=kinds) if kinds else None,
            "panels": panels(),
            "rule_form": RuleForm(user=user),
            "code_form": CodeForm(),
            "quiet_form": quiet_form(user),
            **more,
        },
        status=status,
    )


def _step(rule: NotificationRule) -> dict[str, Any]:
    pager = _pager(rule.method)
    return {"rule": rule, "label": _label(rule.method), "address": pager.shown(rule.method.address) if pager else ""}


def _row(method: ContactMethod) -> dict[str, Any]:
    pager = _pager(method)
    works = pager is not None and pager.connection_of(method.address) is not None
    return {
        "method": method,
        "label": _label(method),
        "address": pager.shown(method.address) if pager else "",
        "works": works,
        "icon": _ICONS.get(method.kind, "message"),
        "awaits_code": method.verified_at is None and bool(method.code_digest),
    }


def _label(method: ContactMethod) -> str:
    pager = _pager(method)
    return pager.label if pager else method.kind


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Enter an address; a code goes there."""
    kinds = [(pager.kind, pager.label) for pager in pagers() if pager.takes_addresses]
    form = AddressForm(request.POST, kinds=kinds)
    by = web_actor(request)

    def act() -> None:
        method = contacts.add_method(kind=form.cleaned_data["kind"], address=form.cleaned_data["address"], by=by)
        _say(request, lambda: contacts.send_code(method=method, by=by), "A code is on its way. Enter it below.")

    if form.is_valid() and attempt(form, act):
        return redirect(_HOME)
    return _show(request, 400, address_form=form)


@require_POST
def change(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    """Send a new code, enter it, or send a test."""
    method, by = _mine(request, pk), web_actor(request)
    if do == "code":
        _say(request, lambda: contacts.send_code(method=method, by=by), "A new code is on its way.")
    elif do == "test":
        _say(request, lambda: contacts.test_method(method=method, by=by), "The test is sent. Did it arrive?")
    elif do == "verify":
        form = CodeForm(request.POST)
        if not (
            form.is_valid()
            and attempt(form, lambda: contacts.verify_method(method=method, code=form.cleaned_data["code"], by=by))
        ):
            return _show(request, 400, code_form=form, code_of=method.pk)
        messages.success(request, "Verified: pages may go there from now on.")
    else:
        raise NotFound("There is no such button.")
    return redirect(_HOME)


def _say(request: HttpRequest, act: Callable[[], Any], words: str) -> None:
    """Do it and say so; a refusal is said as plainly, and the page stays what it is."""
    try:
        act()
    except Refused as refused:
        messages.error(request, f"{refused.message} {refused.hint}".strip())
    else:
        messages.success(request, words)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what goes with it; the button takes it away."""
    method = _mine(request, pk)
    refused = ""
    if request.method == "POST":
        try:
            lost = contacts.remove_method(method=method, by=web_actor(request))
        except Refused as error:
            refused = f"{error.message} {error.hint}".strip()
        else:
            messages.success(request, " ".join(["Removed.", *lost]))
            return redirect(_HOME)
    words = {"row": _row(method), "lost": contacts.left_without(method), "refused": refused}
    return render(request, "oncall/contact_remove.html", words, status=409 if refused else 200)


@require_POST
def add_rule(request: HttpRequest) -> HttpResponse:
    """Use a method some minutes after a page began."""
    form = RuleForm(request.POST, user=_me(request))

    def act() -> None:
        data = form.cleaned_data
        by = web_actor(request)
        contacts.add_rule(method=data["method"], urgency=data["urgency"], minutes=data["minutes"], by=by)

    if form.is_valid() and attempt(form, act, {"delay_minutes": "minutes"}):
        messages.success(request, "Added.")
        return redirect(_HOME)
    return _show(request, 400, rule_form=form)


@require_POST
def remove_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a rule away."""
    rule = NotificationRule.objects.filter(pk=pk, user=_me(request)).first()
    if rule is None:
        raise NotFound("There is no such rule.")
    contacts.remove_rule(rule=rule, by=web_actor(request))
    messages.success(request, "Removed.")
    return redirect(_HOME)
