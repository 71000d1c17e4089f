"""Accounts in the admin: names and teams can be put right; the audit and secrets' owners can be looked at."""

from collections.abc import Callable, Iterable
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import FilteredSelectMultiple
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts import audit, operations
from accounts.models import AuditEntry, AuditLink, Identity, Team, Token, User
from accounts.web.actors import web_actor
from common.admin import Guarded, ReadOnly

#: a person → the numbers of the incidents that are hidden from them.
Hidden = Callable[[User], Iterable[int]]
_hidden: Hidden | None = None


def say_which_incidents_are_hidden(hidden: Hidden) -> None:
    """Register who knows (called once, by the package that owns incidents)."""
    global _hidden
    _hidden = hidden


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@admin.register(User)
class UserAdmin(Guarded):
    """Names and zones. Roles, invitations and leaving are on the People page, where they are audited whole."""

    list_display = ("name", "email", "handle", "role", "is_active", "time_zone")
    list_filter = ("role", "is_active")
    search_fields = ("name", "email", "handle")
    fields = ("name", "time_zone", "email", "handle", "role", "is_active", "created_at", "last_login")
    readonly_fields = ("email", "handle", "role", "is_active", "created_at", "last_login")
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        before = User.objects.get(pk=obj.pk)
        obj.save(update_fields=["name", "time_zone"])
        changed = {name for name in ("name", "time_zone") if getattr(before, name) != getattr(obj, name)}
        if changed:
            audit.record(
                web_actor(request, "admin"),
                "person.changed",
                "user",
                obj.pk,
                before={name: getattr(before, name) for name in changed},
                after={name: getattr(obj, name) for name in changed},
            )


class TeamForm(forms.ModelForm):
    """A team's name and its people."""

    people = forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True),
        required=False,
        widget=FilteredSelectMultiple("people", is_stacked=False),
    )

    class Meta:
        model = Team
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["people"].initial = self.instance.members.all()


@admin.register(Team)
class TeamAdmin(Guarded):
    """Teams, by the same operations as everywhere."""

    form = TeamForm
    list_display = ("name", "slug", "size")
    search_fields = ("name",)
    actions = None

    @admin.display(description="people")
    def size(self, team: Team) -> int:
        return team.members.count()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        by, people = web_actor(request, "admin"), list(form.cleaned_data["people"])
        if change:
            operations.change_team(team=Team.objects.get(pk=obj.pk), name=obj.name, members=people, by=by)
        else:
            made = operations.make_team(name=obj.name, members=people, by=by)
            obj.pk, obj.slug = made.pk, made.slug


@admin.register(Token)
class TokenAdmin(ReadOnly):
    """Who holds which tokens. The secrets are not kept; the hashes are not shown."""

    list_display = ("name", "user", "scopes", "trusts_emails", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_filter = ("trusts_emails", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "user__name", "user__email")
    list_select_related = ("user",)
    exclude = ("digest",)

    def get_actions(self, request: HttpRequest) -> Any:
        return {"revoke": (TokenAdmin.revoke, "revoke", "Revoke now")}

    @admin.action(description="Revoke now", permissions=["view"])
    def revoke(self, request: HttpRequest, rows: "QuerySet[Token]") -> None:
        for token in rows.filter(revoked_at__isnull=True):
            operations.revoke_token(token=token, by=web_actor(request, "admin"))
        self.message_user(request, "Revoked.")


@admin.register(Identity)
class IdentityAdmin(ReadOnly):
    """Who is who in other chats. People link and unlink themselves."""

    list_display = ("realm", "outside_id", "name", "is_bot", "user", "linked_at", "seen_at")
    list_filter = ("is_bot", ("user", admin.EmptyFieldListFilter))
    search_fields = ("outside_id", "name", "email", "user__name", "user__email")
    list_select_related = ("user",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    """What people did. An entry about an incident that one may not see is not shown."""

    list_display = ("at", "actor_name", "surface", "action", "subject_kind", "subject_id")
    list_filter = ("surface", "subject_kind", "action")
    search_fields = ("actor_name", "action", "subject_id")
    date_hierarchy = "at"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[AuditEntry]":
        rows = super().get_queryset(request)
        if _hidden is None:
            return rows.exclude(subject_kind="incident")
        hidden = [str(number) for number in _hidden(_me(request))]
        return rows.exclude(subject_kind="incident", subject_id__in=hidden)


@admin.register(AuditLink)
class AuditLinkAdmin(ReadOnly):
    """The chain over the audit; `manage.py doctor` checks it."""

    list_display = ("position", "entry_id", "hash", "sealed_at")
    fields = ("position", "entry_id", "hash", "sealed_at")
    readonly_fields = ("entry_id",)
    date_hierarchy = "sealed_at"


class SecondFactorAdmin(ReadOnly):
    """Who has a second factor. Its secret is not shown; deleting one lets a person set up another."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__name", "user__email")
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        audit.record(
            web_actor(request, "admin"), "person.second_factor.removed", "user", obj.user_id, before={"type": obj.type}
        )
        obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Authenticator]") -> None:
        for factor in queryset:
            self.delete_model(request, factor)


# What allauth and Django register by themselves: the first shows secrets, the others do nothing here.
admin.site.unregister(Authenticator)
admin.site.register(Authenticator, SecondFactorAdmin)
for _unused in (EmailAddress, EmailConfirmation, Group):
    if admin.site.is_registered(_unused):
        admin.site.unregister(_unused)
