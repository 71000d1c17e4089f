"""Incidents in the admin: to look at, and only what the reader may see. Administrators are no members."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import say_which_incidents_are_hidden
from accounts.models import User
from alerts.api.access import visible_groups
from common.admin import ReadOnly
from incidents.api.privacy import hidden_incidents
from incidents.models import (
    ActionItem,
    Attachment,
    Incident,
    IncidentAlert,
    Member,
    OutsideFile,
    Postmortem,
    Reminder,
    RoleAssignment,
    TimelineEvent,
    Update,
)

say_which_incidents_are_hidden(lambda user: hidden_incidents(user).values_list("pk", flat=True))


def _visible(request: HttpRequest) -> "QuerySet[Any]":
    assert isinstance(request.user, User)
    return Incident.objects.visible_to(request.user).values("pk")


class OfIncident(ReadOnly):
    """Rows that belong to an incident are shown to who may see that incident."""

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return super().get_queryset(request).filter(incident__in=_visible(request))


@admin.register(Incident)
class IncidentAdmin(ReadOnly):
    """The present state. It is changed in the room, by commands and by the API, where it leaves a line."""

    list_display = ("number", "title", "severity", "status", "is_private", "is_drill", "declared_at", "declared_by")
    list_filter = ("status", "severity", "is_private", "is_drill", "services")
    search_fields = ("number", "title", "summary")
    date_hierarchy = "declared_at"
    exclude = ("related", "merged_into")
    readonly_fields = ("merged_with", "related_numbers")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Incident]":
        assert isinstance(request.user, User)
        return Incident.objects.visible_to(request.user)

    # By number: another incident's title is not this reader's to see just because this one is.
    @admin.display(description="merged into")
    def merged_with(self, incident: Incident) -> str:
        return f"#{incident.merged_into_id}" if incident.merged_into_id else "-"

    @admin.display(description="related")
    def related_numbers(self, incident: Incident) -> str:
        return ", ".join(f"#{number}" for number in incident.related.values_list("pk", flat=True)) or "-"


@admin.register(TimelineEvent)
class TimelineEventAdmin(OfIncident):
    """The log, line by line. What was deleted since shows no words here either."""

    list_display = ("incident_id", "sequence", "kind", "actor_name", "surface", "recorded_at", "words")
    list_filter = ("surface", "kind")
    search_fields = ("shown_text", "actor_name")
    date_hierarchy = "recorded_at"
    fields = (
        *("incident", "sequence", "kind", "words", "occurred_at", "recorded_at", "actor", "actor_name", "surface"),
        *("outside_id", "content_digest", "version", "edited_at", "deleted_at", "pinned_at", "is_hidden"),
    )
    readonly_fields = ("words",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[TimelineEvent]":
        return super().get_queryset(request).select_related("target")

    @admin.display(description="text")
    def words(self, event: TimelineEvent) -> str:
        gone = event.deleted_at or (event.target is not None and event.target.deleted_at)
        return "(deleted)" if gone else event.shown_text[:2000]


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(OfIncident):
    """Who held which role, and when."""

    list_display = ("incident_id", "role", "user", "assigned_at", "ended_at")
    list_filter = ("role",)
    search_fields = ("user__name", "user__email")
    date_hierarchy = "assigned_at"
    list_select_related = ("user",)


@admin.register(Member)
class MemberAdmin(OfIncident):
    """Who is in which room. An administrator joins in the room itself, where everybody sees it."""

    list_display = ("incident_id", "user", "reason", "joined_at", "left_at")
    search_fields = ("user__name", "user__email")
    date_hierarchy = "joined_at"
    list_select_related = ("user",)


@admin.register(IncidentAlert)
class IncidentAlertAdmin(OfIncident):
    """Which alerts belong to which incident."""

    list_display = ("incident_id", "group", "attached_at", "detached_at")
    date_hierarchy = "attached_at"
    list_select_related = ("group",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[IncidentAlert]":
        assert isinstance(request.user, User)
        return super().get_queryset(request).filter(group__in=visible_groups(request.user))


@admin.register(ActionItem)
class ActionItemAdmin(OfIncident):
    """Tasks and follow-ups."""

    list_display = ("incident_id", "number", "kind", "text", "owner", "due_at", "done_at")
    list_filter = ("kind", ("done_at", admin.EmptyFieldListFilter))
    search_fields = ("text", "owner__name")
    date_hierarchy = "created_at"
    list_select_related = ("owner",)
    exclude = ("origin",)


@admin.register(Update)
class UpdateAdmin(OfIncident):
    """Status updates as they were published."""

    list_display = ("incident_id", "at", "by_name", "text", "next_due_at")
    search_fields = ("text", "by_name")
    date_hierarchy = "at"
    exclude = ("event",)


@admin.register(Attachment)
class AttachmentAdmin(OfIncident):
    """Files, by name. They are read in the room, where access is asked again."""

    list_display = ("incident_id", "name", "content_type", "size", "uploaded_by", "created_at")
    list_filter = ("content_type",)
    search_fields = ("name",)
    date_hierarchy = "created_at"
    list_select_related = ("uploaded_by",)
    exclude = ("file", "event")


@admin.register(OutsideFile)
class OutsideFileAdmin(ReadOnly):
    """Files of other chats: which are kept here, and why the others are not."""

    list_display = ("event_id", "name", "size", "note", "attachment_id")
    search_fields = ("name",)
    exclude = ("event", "attachment")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Only of incidents that the reader may see."""
        return super().get_queryset(request).filter(event__incident__in=_visible(request))


@admin.register(Postmortem)
class PostmortemAdmin(OfIncident):
    """Postmortems and where they stand."""

    list_display = ("incident_id", "state", "version", "edited_at", "edited_by", "due_at", "published_at")
    list_filter = ("state",)
    search_fields = ("body",)
    date_hierarchy = "edited_at"
    list_select_related = ("edited_by",)


@admin.register(Reminder)
class ReminderAdmin(OfIncident):
    """What Warroom will say by itself, and when."""

    list_display = ("incident_id", "kind", "due_at", "count", "state", "last_error")
    list_filter = ("kind", "state")
