"""Your profile: words, looks, tokens, linked chat accounts. People, for administrators."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import linking, operations
from accounts.models import Identity, Role, Token, User
from accounts.permissions import Right, require
from accounts.web.actors import web_actor
from common.errors import Refused

_ZONES = [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


class ProfileForm(forms.ModelForm):
    """What a person sets for themselves."""

    time_zone = forms.ChoiceField(choices=_ZONES, help_text="Times are shown in it, with UTC beside them.")

    class Meta:
        model = User
        fields = operations.PROFILE


class TokenForm(forms.Form):
    """A new token."""

    name = forms.CharField(max_length=80, label="What is it for?")
    scopes = forms.MultipleChoiceField(
        choices=[(key, f"{key}: {words}") for key, words in Token.SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        initial=["read"],
    )
    days = forms.IntegerField(required=False, min_value=1, max_value=3650, label="Days until it ends", initial=90)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # It stands on one page with the profile, which has a name too.
        kwargs["auto_id"] = "token_%s"
        super().__init__(*args, **kwargs)


class InvitationForm(forms.Form):
    """Somebody new."""

    email = forms.EmailField(label="E-mail")
    name = forms.CharField(required=False, max_length=120)
    role = forms.ChoiceField(choices=Role.choices, initial=Role.RESPONDER)


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """The profile page."""
    user = _me(request)
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=user.pk))
    if request.method == "POST" and form.is_valid():
        operations.change_profile(user=user, values=form.cleaned_data, by=web_actor(request))
        messages.success(request, "Saved.")
        return redirect("me")
    return render(request, "accounts/me.html", _context(user, form=form), status=400 if form.errors else 200)


def _context(user: User, **more: Any) -> dict[str, Any]:
    return {
        "tokens": Token.objects.filter(user=user, revoked_at__isnull=True),
        "token_form": TokenForm(),
        "identities": Identity.objects.filter(user=user),
        **more,
    }


@require_POST
def make_token(request: HttpRequest) -> HttpResponse:
    """Make a token; its secret is on the page this once."""
    user = _me(request)
    form = TokenForm(request.POST)
    secret = ""
    if form.is_valid():
        data = form.cleaned_data
        try:
            _, secret = operations.make_token(
                user=user, name=data["name"], scopes=data["scopes"], days=data["days"], by=web_actor(request)
            )
            form = TokenForm()
        except Refused as error:
            form.add_error(None, error.message)
    context = _context(user, form=ProfileForm(instance=user), secret=secret)
    context["token_form"] = form
    return render(request, "accounts/me.html", context, status=201 if secret else 400)


@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own tokens."""
    token = get_object_or_404(Token, pk=pk, user=_me(request))
    operations.revoke_token(token=token, by=web_actor(request))
    messages.success(request, f"The token “{token.name}” is revoked.")
    return redirect("me")


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the chat account of a signed link is the person's; only the button links it."""
    identity = linking.read_link(token)
    if request.method == "POST":
        linking.link_chat_account(token=token, by=web_actor(request))
        messages.success(request, f"{identity.name or identity.outside_id} is you now. Type your command again.")
        return redirect("me")
    return render(request, "accounts/link.html", {"identity": identity})


@require_POST
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """Unlink one of one's own chat accounts."""
    linking.unlink_chat_account(identity=get_object_or_404(Identity, pk=pk), by=web_actor(request))
    messages.success(request, "Unlinked.")
    return redirect("me")


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with an account; administrators invite, change roles, deactivate."""
    is_admin = _me(request).is_admin
    form = InvitationForm(request.POST or None)
    link = ""
    if request.method == "POST":
        by = web_actor(request)
        require(by, Right.ADMINISTER, "invite people")
        if form.is_valid():
            try:
                link = operations.invite_person(by=by, **form.cleaned_data)
                form = InvitationForm()
            except Refused as error:
                form.add_error(None, error.message)
    return render(
        request,
        "accounts/people.html",
        {
            "people": User.objects.order_by("-is_active", "name"),
            "form": form,
            "link": link,
            "is_admin": is_admin,
            "roles": Role.choices,
        },
        status=400 if form.is_bound and form.errors else 200,
    )


@require_POST
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a role, deactivate, reactivate, or make a one-time link for a new password."""
    user = get_object_or_404(User, pk=pk)
    by = web_actor(request)
    require(by, Right.ADMINISTER, "change people")
    verb = request.POST.get("do", "")
    if verb == "role":
        operations.set_role(user=user, role=request.POST.get("role", ""), by=by)
        messages.success(request, f"{user.name} is {user.get_role_display().lower()} now.")
    elif verb == "deactivate":
        operations.deactivate_person(user=user, by=by)
        messages.success(request, f"{user.name} is deactivated; roles and tokens have ended.")
    elif verb == "reactivate":
        link = operations.reactivate_person(user=user, by=by)
        messages.success(request, f"{user.name} is back. One-time link for a password: {link}")
    elif verb == "link":
        messages.success(request, f"One-time link for {user.name}: {operations.hand_out_link(user=user, by=by)}")
    return redirect("people-list")
