"""What Slack still owes us, in the admin: to look at, and only what the reader may see."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from common.admin import ReadOnly
from incidents.models import Incident
from integrations.slack.models import Backfill, FileFetch


@admin.register(FileFetch)
class FileFetchAdmin(ReadOnly):
    """Files that are being fetched, and how far that has come."""

    list_display = ("file", "connection", "state", "attempts", "due_at", "last_error")
    list_filter = ("state", "connection")
    list_select_related = ("file", "connection")
    exclude = ("address", "file")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Only of incidents that the reader may see."""
        assert isinstance(request.user, User)
        visible = Incident.objects.visible_to(request.user).values("pk")
        return super().get_queryset(request).filter(file__event__incident__in=visible)


@admin.register(Backfill)
class BackfillAdmin(ReadOnly):
    """Channels whose history is read again after a gap."""

    list_display = ("room", "since", "state", "found", "detail", "due_at", "done_at", "last_error")
    list_filter = ("state",)
    list_select_related = ("room",)
    exclude = ("reading", "room")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Only of incidents that the reader may see."""
        assert isinstance(request.user, User)
        visible = Incident.objects.visible_to(request.user).values("pk")
        return super().get_queryset(request).filter(room__incident__in=visible)
