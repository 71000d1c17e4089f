"""What stands for the outside, in the admin: to look at. Secrets and raw bodies are not shown."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from common.admin import ReadOnly
from connections.api.access import hidden_numbers, shown_rows
from connections.models import Attempt, Connection, Delivery, Lane, Received, Restore


def _hidden(request: HttpRequest) -> "QuerySet[Any]":
    assert isinstance(request.user, User)
    return hidden_numbers(request.user)


@admin.register(Connection)
class ConnectionAdmin(ReadOnly):
    """What is connected. It is set up, changed and switched on the Connections page."""

    list_display = ("name", "kind", "is_on", "from_environment", "trouble", "refused_count", "last_event_at")
    list_filter = ("kind", "is_on", "from_environment")
    search_fields = ("name", "kind", "trouble")
    fields = (
        *("kind", "name", "settings", "is_on", "from_environment", "trouble", "trouble_since", "refused_count"),
        *("last_event_at", "last_ping_at", "created_at", "removed_at", "paused_at", "paused_by"),
    )


@admin.register(Received)
class ReceivedAdmin(ReadOnly):
    """What came in, without its body, and what became of it."""

    list_display = ("received_at", "connection", "door", "outside_id", "size", "state", "outcome", "outcome_text")
    list_filter = ("outcome", "state", "door", "connection")
    search_fields = ("outside_id", "outcome_text")
    date_hierarchy = "received_at"
    list_select_related = ("connection",)
    exclude = ("sealed_body", "headers", "is_private")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Received]":
        assert isinstance(request.user, User)
        # A private one whose incident is not known is nobody's to see.
        return (
            shown_rows(Received, request.user)
            .exclude(is_private=True, incident_number__isnull=True)
            .order_by(*self.get_ordering(request) or ["-id"])
        )


@admin.register(Lane)
class LaneAdmin(ReadOnly):
    """What goes one at a time, and when it may go next."""

    list_display = ("key", "kind", "connection", "is_open", "due_at", "next_at", "attempts", "last_error")
    list_filter = ("kind", "is_open", "state", "connection")
    search_fields = ("key", "last_error")
    list_select_related = ("connection",)
    exclude = ("address",)  # a reply address is good for whoever knows it

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Lane]":
        assert isinstance(request.user, User)
        return shown_rows(Lane, request.user).order_by("-id")


class AttemptInline(admin.TabularInline):
    """Every try of one delivery, newest first."""

    model = Attempt
    extra = 0
    can_delete = False
    fields = ("started_at", "ended_at", "version", "ok", "outside_ref", "error")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    """What should be shown where, with every try. Failed ones are tried again on the Health page."""

    list_display = ("id", "thing_kind", "thing_id", "lane", "wanted", "shown", "incident_number", "dead_at")
    list_filter = ("thing_kind", ("dead_at", admin.EmptyFieldListFilter), "lane__connection")
    search_fields = ("outside_ref", "last_error", "incident_number")
    date_hierarchy = "created_at"
    list_select_related = ("lane",)
    inlines = (AttemptInline,)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Delivery]":
        return super().get_queryset(request).exclude(incident_number__in=_hidden(request))


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    """Single tries."""

    list_display = ("started_at", "ended_at", "delivery", "version", "ok", "error")
    list_filter = ("ok",)
    search_fields = ("outside_ref", "error")
    date_hierarchy = "started_at"
    list_select_related = ("delivery__lane",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Attempt]":
        return super().get_queryset(request).exclude(delivery__incident_number__in=_hidden(request))


@admin.register(Restore)
class RestoreAdmin(ReadOnly):
    """When backups were put back, and when what they held was released."""

    list_display = ("restored_at", "made_at", "released_at")
    date_hierarchy = "restored_at"
