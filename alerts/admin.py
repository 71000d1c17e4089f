"""Alerts in the admin: to look at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from alerts.api.access import visible_alerts, visible_groups
from alerts.models import Alert, AlertGroup
from common.admin import ReadOnly


@admin.register(AlertGroup)
class AlertGroupAdmin(ReadOnly):
    """Signals of one trouble, and how they stand."""

    list_display = ("id", "title", "state", "severity", "service_name", "connection", "count", "last_at")
    list_filter = ("state", "severity", "connection")
    search_fields = ("title", "key", "service_name")
    date_hierarchy = "last_at"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[AlertGroup]":
        assert isinstance(request.user, User)
        return visible_groups(request.user).order_by("-last_at", "-id")


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    """Single signals, with what became of them."""

    list_display = ("occurred_at", "kind", "outside_id", "connection", "group", "outcome")
    list_filter = ("kind", "connection")
    search_fields = ("outside_id", "group__title", "outcome")
    date_hierarchy = "occurred_at"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Alert]":
        assert isinstance(request.user, User)
        return visible_alerts(request.user).order_by("-occurred_at", "-id")
