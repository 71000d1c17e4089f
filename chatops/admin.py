"""Rooms and heard commands in the admin: to look at, and only what the reader may see."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import User
from chatops.models import Announcement, Heard, Home, HomesRound, OpenForm, Room, RoomStep, Telling, Whisper
from common.admin import ReadOnly
from incidents.models import Incident


def _visible(request: HttpRequest) -> "QuerySet[Any]":
    assert isinstance(request.user, User)
    return Incident.objects.visible_to(request.user).values("pk")


class StepInline(admin.TabularInline):
    """The steps of making one room."""

    model = RoomStep
    extra = 0
    can_delete = False
    fields = ("name", "state", "detail", "attempts", "due_at", "done_at", "last_error")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Room)
class RoomAdmin(ReadOnly):
    """Channels of incidents in connected chats."""

    list_display = ("name", "incident_id", "connection", "is_private", "is_current", "archived_at", "created_at")
    list_filter = ("connection", "is_private", "is_current")
    search_fields = ("name", "outside_id")
    date_hierarchy = "created_at"
    list_select_related = ("connection",)
    inlines = (StepInline,)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Room]":
        return super().get_queryset(request).filter(incident__in=_visible(request))


@admin.register(RoomStep)
class RoomStepAdmin(ReadOnly):
    """Single steps. Failed ones are tried again in the room or on the Health page."""

    list_display = ("room", "name", "state", "detail", "attempts", "due_at", "last_error")
    list_filter = ("name", "state")
    search_fields = ("detail", "last_error")
    list_select_related = ("room",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[RoomStep]":
        return super().get_queryset(request).filter(room__incident__in=_visible(request))


@admin.register(Announcement)
class AnnouncementAdmin(ReadOnly):
    """Which incidents are announced where."""

    list_display = ("incident_id", "connection", "lane")
    list_filter = ("connection",)
    list_select_related = ("connection", "lane")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Announcement]":
        return super().get_queryset(request).filter(incident__in=_visible(request))


@admin.register(Heard)
class HeardAdmin(ReadOnly):
    """Commands that were typed.

    A command may name what only its writer sees, so one without an incident is shown to its writer alone,
    and so is every answer that was for one person only.
    """

    list_display = ("at", "source", "actor_name", "text", "incident_number")
    list_filter = ("connection",)
    search_fields = ("text", "actor_name")
    date_hierarchy = "at"
    fields = ("at", "source", "outside_id", "connection", "user", "actor_name", "text", "answered", "incident_number")
    readonly_fields = ("answered",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Heard]":
        mine = Q(user=request.user.pk)
        return super().get_queryset(request).filter(mine | Q(incident_number__in=_visible(request)))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.read_by = request.user.pk
        return found

    @admin.display(description="answer")
    def answered(self, heard: Heard) -> str:
        if heard.answer.get("visibility") == "room" or heard.user_id == getattr(heard, "read_by", None):
            return str(heard.answer.get("text", ""))
        return "(for the one who asked)"


@admin.register(OpenForm)
class OpenFormAdmin(ReadOnly):
    """Forms in front of people. What they typed into them is theirs alone."""

    list_display = ("asked_at", "name", "person_name", "incident_id", "sent_at")
    list_filter = ("connection", "name")
    fields = ("asked_at", "name", "connection", "user", "realm", "person", "person_name", "incident", "sent_at")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[OpenForm]":
        rows = super().get_queryset(request)
        return rows.filter(Q(incident__isnull=True) | Q(incident__in=_visible(request)))


@admin.register(Whisper)
class WhisperAdmin(ReadOnly):
    """What was said to one person in a chat: about what, not the words."""

    list_display = ("at", "kind", "identity", "incident_id")
    list_filter = ("connection", "kind")
    list_select_related = ("identity",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Whisper]":
        return super().get_queryset(request).filter(incident__in=_visible(request))


@admin.register(Telling)
class TellingAdmin(ReadOnly):
    """Updates on their way to those who follow."""

    list_display = ("incident_id", "connection", "state", "told", "due_at", "last_error")
    list_filter = ("state", "connection")
    list_select_related = ("connection",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Telling]":
        return super().get_queryset(request).filter(incident__in=_visible(request))


@admin.register(Home)
class HomeAdmin(ReadOnly):
    """Who has looked at our app's home in a chat."""

    list_display = ("identity", "connection", "looked_at")
    list_filter = ("connection",)
    list_select_related = ("identity", "connection")
    exclude = ("drawn",)
    ordering = ("-looked_at",)


@admin.register(HomesRound)
class HomesRoundAdmin(ReadOnly):
    """When the homes are drawn anew."""

    list_display = ("name", "state", "due_at", "is_last", "everybody", "last_error")
