"""Incidents as the API takes and gives them."""

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import Flag, Input, Person, Text, Time, Whole
from incidents.api.fields import SeverityIn, status_field
from incidents.models import Incident, Severity
from incidents.queries import commander_of
from incidents.rules.texts import SHORT_LENGTH, TITLE_LENGTH

_LONG = 10_000


class ServiceRef(serializers.Serializer):
    """A service of the catalogue."""

    slug = serializers.CharField()
    name = serializers.CharField()


class LinkOut(serializers.Serializer):
    """A web address."""

    url = serializers.CharField()
    title = serializers.CharField()


class RoleHeld(serializers.Serializer):
    """Who is what."""

    role = serializers.CharField()
    user = Person()
    assigned_at = Time()


class IncidentOut(serializers.Serializer):
    """An incident as it stands now."""

    number = serializers.IntegerField(source="pk")
    reference = serializers.SerializerMethodField()
    title = serializers.CharField()
    url = serializers.SerializerMethodField()
    status = status_field()
    is_open = serializers.BooleanField()
    severity = serializers.IntegerField(min_value=1, max_value=5)
    severity_name = serializers.SerializerMethodField()
    severity_confirmed = serializers.SerializerMethodField()
    private = serializers.BooleanField(source="is_private")
    drill = serializers.BooleanField(source="is_drill")
    summary = serializers.CharField()
    impact = serializers.CharField()
    now = serializers.CharField(source="now_text")
    doing = serializers.CharField(source="doing_text")
    need = serializers.CharField(source="need_text")
    services = ServiceRef(many=True, source="services.all")
    tags = serializers.ListField(child=serializers.CharField())
    links = LinkOut(many=True)
    commander = serializers.SerializerMethodField()
    roles = serializers.SerializerMethodField()
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True)
    started_at = Time(allow_null=True)
    detected_at = Time(allow_null=True)
    declared_at = Time()
    mitigated_at = Time(allow_null=True)
    resolved_at = Time(allow_null=True)
    closed_at = Time(allow_null=True)
    update_due_at = Time(allow_null=True)
    last_update_at = Time(allow_null=True)
    declared_by = serializers.CharField(source="declared_by_name")
    last_sequence = serializers.IntegerField()
    last_event_at = Time()

    def get_reference(self, incident: Incident) -> str:
        """`INC-142`."""
        return f"INC-{incident.pk}"

    def get_url(self, incident: Incident) -> str:
        """The web room."""
        return urljoin(settings.BASE_URL + "/", f"incidents/{incident.pk}")

    def get_severity_name(self, incident: Incident) -> str:
        """critical, major, minor, low or notice."""
        return str(Severity(incident.severity).label)

    def get_severity_confirmed(self, incident: Incident) -> bool:
        """Somebody said so; otherwise it is a guess."""
        return incident.severity_confirmed_at is not None

    @extend_schema_field(Person(allow_null=True))
    def get_commander(self, incident: Incident) -> Any:
        lead = commander_of(incident)
        return Person(lead).data if lead else None

    @extend_schema_field(RoleHeld(many=True))
    def get_roles(self, incident: Incident) -> Any:
        commander_of(incident)
        return RoleHeld(incident.roles_held, many=True).data  # type: ignore[attr-defined]


class DeclareIn(Input):
    """A new incident; the title is enough."""

    title = Text(max_length=TITLE_LENGTH)
    severity = SeverityIn(required=False, allow_null=True)
    summary = Text(required=False, max_length=_LONG)
    impact = Text(required=False, max_length=_LONG)
    services = serializers.ListField(child=Text(), required=False, max_length=50)
    tags = serializers.ListField(child=Text(), required=False, max_length=50)
    private = Flag(default=False)
    drill = Flag(default=False)
    page = Text(
        required=False,
        max_length=254,
        help_text="who is paged: none, or as in /page; whom its services' policies say when left out",
    )


class ChangeIn(Input):
    """What is known about an incident; only what is given changes, each as an event of its own."""

    title = Text(required=False, max_length=TITLE_LENGTH)
    summary = Text(required=False, max_length=_LONG)
    impact = Text(required=False, max_length=_LONG)
    now = Text(required=False, max_length=SHORT_LENGTH)
    doing = Text(required=False, max_length=SHORT_LENGTH)
    need = Text(required=False, max_length=SHORT_LENGTH)
    severity = SeverityIn(required=False)
    status = status_field(required=False)
    tags = serializers.ListField(child=Text(), required=False, max_length=50)
    started_at = Time(required=False, allow_null=True)
    detected_at = Time(required=False, allow_null=True)
    declared_at = Time(required=False)
    mitigated_at = Time(required=False, allow_null=True)
    resolved_at = Time(required=False, allow_null=True)
    closed_at = Time(required=False, allow_null=True)


class StatusIn(Input):
    """Where it stands now."""

    status = status_field()
    text = Text(default="")
    at = Time(required=False, allow_null=True)


class SeverityChangeIn(Input):
    """How bad it is. The same severity again confirms it."""

    severity = SeverityIn()
    reason = Text(default="")


class MomentIn(Input):
    """What to say about it, and when it happened (default: now)."""

    text = Text(default="")
    at = Time(required=False, allow_null=True)


class CloseIn(Input):
    """Closing; a reason where a required role is empty."""

    waive_reason = Text(default="")


class ReasonIn(Input):
    """Why."""

    reason = Text()


class MergeIn(Input):
    """The incident that goes on."""

    into = Whole()


class AccessIn(Input):
    """Who sees it."""

    private = Flag()
    reason = Text(default="")


class LinkIn(Input):
    """A web address, http or https."""

    url = Text(max_length=2000)
    title = Text(default="", max_length=200)


class TouchedIn(Input):
    """A service by slug or name."""

    service = Text()


class TagIn(Input):
    """One word."""

    tag = Text()


class RelateIn(Input):
    """Another incident."""

    incident = Whole()


class Numbers(serializers.Serializer):
    """Numbers of incidents."""

    related = serializers.ListField(child=serializers.IntegerField())


class Links(serializers.Serializer):
    """Every link of an incident."""

    links = LinkOut(many=True)
