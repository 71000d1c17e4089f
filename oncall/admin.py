"""The catalogue, schedules and paging in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from accounts.web.actors import web_actor
from common.admin import Guarded, ReadOnly
from oncall.models import (
    ContactMethod,
    EscalationLevel,
    EscalationPolicy,
    EscalationRun,
    Feed,
    FollowedCalendar,
    Handover,
    Moved,
    Notice,
    NotificationRule,
    Override,
    Page,
    Preflight,
    Probe,
    QuietHours,
    Schedule,
    ScheduleVersion,
    SelfWatch,
    Service,
    ShiftPart,
    ShiftRequest,
    ShiftWatch,
)
from oncall.operations import catalogue
from oncall.ports import subjects


@admin.register(Service)
class ServiceAdmin(Guarded):
    """Services, by the same operations as the API. Which incidents touch one is not asked from here."""

    list_display = ("name", "slug", "team")
    list_filter = ("team",)
    search_fields = ("name", "slug", "description")
    list_select_related = ("team",)
    fields = ("name", "description", "team")
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Service, form: Any, change: bool) -> None:
        by = web_actor(request, "admin")
        if change:
            catalogue.change_service(
                service=Service.objects.get(pk=obj.pk),
                by=by,
                name=obj.name,
                description=obj.description,
                team=obj.team,
            )
        else:
            made = catalogue.add_service(name=obj.name, description=obj.description, team=obj.team, by=by)
            obj.pk, obj.slug = made.pk, made.slug


@admin.register(Schedule)
class ScheduleAdmin(ReadOnly):
    """Schedules; they are made and changed on their own pages."""

    list_display = ("name", "slug", "team", "created_at", "archived_at")
    list_filter = ("team",)
    search_fields = ("name", "slug", "description")
    list_select_related = ("team",)


@admin.register(ScheduleVersion)
class ScheduleVersionAdmin(ReadOnly):
    """What a schedule said from when on."""

    list_display = ("schedule", "number", "effective_from", "superseded_at", "made_by")
    list_select_related = ("schedule", "made_by")


@admin.register(Override)
class OverrideAdmin(ReadOnly):
    """Who was on call instead."""

    list_display = ("schedule", "user", "replaces", "starts_at", "ends_at", "cancelled_at", "made_by")
    list_select_related = ("schedule", "user", "replaces", "made_by")


@admin.register(ShiftRequest)
class ShiftRequestAdmin(ReadOnly):
    """Who asked whom for which shift; answered on their own pages."""

    list_display = ("id", "schedule", "kind", "status", "asked_by", "asked_of", "taken_by", "starts_at", "ends_at")
    list_filter = ("status", "kind")
    list_select_related = ("schedule", "asked_by", "asked_of", "taken_by")


@admin.register(ShiftPart)
class ShiftPartAdmin(ReadOnly):
    """The turns that requests are about."""

    list_display = ("id", "request", "layer", "turn", "giver", "taker", "starts_at", "ends_at")
    list_select_related = ("request__schedule", "giver", "taker")


@admin.register(FollowedCalendar)
class FollowedCalendarAdmin(ReadOnly):
    """Outside calendars; where they are is not shown."""

    list_display = ("id", "schedule", "name", "read_at", "due_at", "last_error", "removed_at")
    list_select_related = ("schedule",)
    exclude = ("sealed_url",)


@admin.register(ShiftWatch)
class ShiftWatchAdmin(ReadOnly):
    """Who was on call when it was last looked."""

    list_display = ("schedule", "on_call", "looked_at", "due_at")
    list_select_related = ("schedule",)


@admin.register(Preflight)
class PreflightAdmin(ReadOnly):
    """Whether people could be reached when their shift began."""

    list_display = ("schedule", "user", "made_at", "findings")
    list_select_related = ("schedule", "user")


@admin.register(Handover)
class HandoverAdmin(ReadOnly):
    """Notes to who is on call next."""

    list_display = ("schedule", "by", "made_at")
    list_select_related = ("schedule", "by")


@admin.register(Feed)
class FeedAdmin(ReadOnly):
    """Calendars that people read elsewhere; what their addresses are made of is not shown."""

    list_display = ("id", "user", "schedule", "made_at", "revoked_at")
    list_select_related = ("user", "schedule")
    exclude = ("digest",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return not lookup.startswith("digest") and super().lookup_allowed(lookup, value, request)


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    """What people were told about shifts."""

    list_display = ("id", "user", "kind", "title", "created_at", "due_at", "told_at")
    list_filter = ("kind",)
    list_select_related = ("user",)


@admin.register(EscalationPolicy)
class EscalationPolicyAdmin(ReadOnly):
    """Policies; they are made and changed by the API."""

    list_display = ("name", "slug", "team", "repeats", "is_catch_all", "archived_at")
    list_filter = ("team",)
    search_fields = ("name", "slug", "description")
    list_select_related = ("team",)


@admin.register(EscalationLevel)
class EscalationLevelAdmin(ReadOnly):
    """Levels, one after another."""

    list_display = ("policy", "position", "wait_minutes", "targets")
    list_select_related = ("policy",)


class _AboutSubjects(ReadOnly):
    """Rows about what the person may see."""

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        known = Q(pk__in=())
        for kind, subject in subjects().items():
            known |= Q(subject_kind=kind, subject_id__in=subject.visible_ids(request.user))  # type: ignore[arg-type]
        return super().get_queryset(request).filter(known)


@admin.register(EscalationRun)
class EscalationRunAdmin(_AboutSubjects):
    """Runs through policies, and what they wait for."""

    list_display = (
        "id",
        "subject_kind",
        "subject_id",
        "policy",
        "urgency",
        "step",
        "started_at",
        "acked_at",
        "ended_at",
    )
    list_select_related = ("policy",)


@admin.register(Page)
class PageAdmin(_AboutSubjects):
    """Pages; what their links are made of is not shown."""

    list_display = ("id", "user", "subject_kind", "subject_id", "status", "urgency", "created_at", "answered_by")
    list_filter = ("status", "urgency")
    list_select_related = ("user", "answered_by")
    exclude = ("token_digest",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return not lookup.startswith("token_digest") and super().lookup_allowed(lookup, value, request)


@admin.register(ContactMethod)
class ContactMethodAdmin(ReadOnly):
    """By what people are reached, and whether it is verified: addresses are their own, and can't be asked for."""

    list_display = ("id", "user", "kind", "verified_at", "tested_at", "removed_at")
    list_filter = ("kind",)
    list_select_related = ("user",)
    fields = ("user", "kind", "verified_at", "tested_at", "created_at", "removed_at")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return not lookup.startswith(("address", "code_")) and super().lookup_allowed(lookup, value, request)


@admin.register(NotificationRule)
class NotificationRuleAdmin(ReadOnly):
    """Which is used when."""

    list_display = ("id", "user", "urgency", "method", "delay_minutes")
    list_select_related = ("user", "method__user")


@admin.register(Probe)
class ProbeAdmin(ReadOnly):
    """The test page: when it was asked for, when it arrived."""

    list_display = ("name", "asked_at", "arrived_at", "missed", "due_at")


@admin.register(SelfWatch)
class SelfWatchAdmin(ReadOnly):
    """What is wrong with paging, and who was told."""

    list_display = ("name", "trouble", "since", "told_at", "beat_at")


@admin.register(Moved)
class MovedAdmin(ReadOnly):
    """What came from another system."""

    list_display = ("source", "kind", "outside_id", "object_id", "moved_at")
    list_filter = ("source", "kind")


@admin.register(QuietHours)
class QuietHoursAdmin(ReadOnly):
    """When low urgency waits for whom."""

    list_select_related = ("user",)
