"""Connections, what came in and what goes out, as the API takes and gives them."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import Flag, Input, Text, Time, Word
from connections.catalogue import entry
from connections.changes import being_rotated
from connections.models import Connection, Delivery

DELIVERY_STATES = ["waiting", "shown", "failed"]
OUTCOMES = ["new", "done", "ignored", "failed"]


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]},
        "description": "By the names that the kind's fields have. Secrets are encrypted and never given back.",
    }
)
class SettingsIn(serializers.DictField):
    """Plain values by name."""

    default_error_messages = {"plain": "{name} must be text, a number, true or false."}

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        for name, value in values.items():
            if value is not None and not isinstance(value, (str, int, float, bool)):
                raise serializers.ValidationError({name: "Text, a number, true or false."})
            if isinstance(value, str) and len(value) > 10_000:
                raise serializers.ValidationError({name: "At most 10,000 characters."})
        return values


class FieldOut(serializers.Serializer):
    """One value to enter."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    hint = serializers.CharField()
    is_secret = serializers.BooleanField()
    required = serializers.BooleanField()  # type: ignore[assignment]
    several = serializers.BooleanField()


class KindOut(serializers.Serializer):
    """What can be connected."""

    kind = serializers.CharField()
    name = serializers.CharField()
    summary = serializers.CharField()
    can_be_added = serializers.BooleanField()
    settings = FieldOut(many=True, source="fields")


class ConnectionRef(serializers.Serializer):
    """A connection, in short."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.CharField()
    name = serializers.CharField()


class ConnectionOut(ConnectionRef):
    """A configured integration, without its secrets."""

    is_installed = serializers.SerializerMethodField()
    on = serializers.BooleanField(source="is_on")
    from_environment = serializers.BooleanField()
    settings = serializers.DictField()
    secrets_set = serializers.SerializerMethodField()
    secrets_rotating = serializers.SerializerMethodField()
    hook_url = serializers.SerializerMethodField()
    hook_urls = serializers.SerializerMethodField()
    trouble = serializers.CharField()
    trouble_since = Time(allow_null=True)
    refused_count = serializers.IntegerField()
    last_event_at = Time(allow_null=True)
    last_ping_at = Time(allow_null=True)
    created_at = Time()
    removed_at = Time(allow_null=True)

    def get_is_installed(self, row: Connection) -> bool:
        """False: “integration not installed”."""
        return entry(row.kind) is not None

    def get_secrets_set(self, row: Connection) -> list[str]:
        """Names of the secrets that are set."""
        found = entry(row.kind)
        names = {field.name for field in found.fields if field.is_secret} if found else set()
        return sorted(names & row.secrets.keys()) if row.sealed_secrets and not row.has_lost_key else []

    def get_secrets_rotating(self, row: Connection) -> list[str]:
        """Names of the secrets whose former value is still good; `key` is the key of the address."""
        return being_rotated(row)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_hook_url(self, row: Connection) -> str | None:
        """Where the other side sends to. A keyed address is shown whole once, when it is made."""
        return getattr(row, "made_url", "") or next(iter(self.get_hook_urls(row)), None)

    def get_hook_urls(self, row: Connection) -> list[str]:
        """Every address; `…` stands for the key."""
        found = entry(row.kind)
        if found is None:
            return []
        keyed = [f"{settings.BASE_URL}/hooks/{door}/…" for door in found.keyed_doors]
        return [*keyed, *(f"{settings.BASE_URL}/hooks/{door}" for door in found.doors)]


class ConnectionMade(ConnectionOut):
    """A new connection with what is shown this once."""

    secrets = serializers.DictField(child=serializers.CharField())


class ConnectionIn(Input):
    """A new connection."""

    kind = Text(max_length=40)
    name = Text(default="", max_length=80)
    settings = SettingsIn(default=dict)


class ConnectionChangeIn(Input):
    """What is given changes; a setting that is null goes."""

    name = Text(required=False, max_length=80, allow_blank=False)
    on = Flag(required=False)
    settings = SettingsIn(required=False)
    keep_former = serializers.ListField(
        child=Text(max_length=60),
        required=False,
        max_length=20,
        help_text="Secrets among the settings whose former value stays good beside the new one.",
    )


class EndFormerIn(Input):
    """Which secret; `key` is the key of the address."""

    secret = Text(max_length=60)


class Tested(serializers.Serializer):
    """Whether it works, in words."""

    ok = serializers.BooleanField()
    text = serializers.CharField()


class EventOut(serializers.Serializer):
    """Something that came in. What belongs to an incident that one may not see keeps its kind and time only."""

    id = serializers.IntegerField(source="pk")
    door = serializers.CharField()
    received_at = Time()
    size = serializers.IntegerField()
    state = serializers.CharField()
    outcome = serializers.SerializerMethodField()
    hidden = serializers.SerializerMethodField()
    outside_id = serializers.SerializerMethodField()
    outcome_text = serializers.SerializerMethodField()
    incident = serializers.SerializerMethodField()

    def get_outcome(self, row: Any) -> str:
        """new, done, ignored or failed."""
        return row.outcome or "new"

    def get_hidden(self, row: Any) -> bool:
        """It belongs to a private incident."""
        return bool(row.is_hidden)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_outside_id(self, row: Any) -> str | None:
        return None if row.is_hidden else row.outside_id

    def get_outcome_text(self, row: Any) -> str:
        """What became of it."""
        return "" if row.is_hidden else row.outcome_text or row.last_error

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_incident(self, row: Any) -> int | None:
        return None if row.is_hidden else row.incident_number


class EventDetail(EventOut):
    """With its headers and body as they came (text, at most 1 MB)."""

    headers = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()

    def get_headers(self, row: Any) -> dict[str, str]:
        return {} if row.is_hidden else {str(key): str(value) for key, value in dict(row.headers).items()}

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_body(self, row: Any) -> str | None:
        """null: purged, or not yours to see."""
        if row.is_hidden or not row.sealed_body:
            return None
        return row.body[:1_048_576].decode("utf-8", "replace")


class AttemptOut(serializers.Serializer):
    """One try. `ok` null: no answer came, its result is unclear."""

    version = serializers.IntegerField()
    started_at = Time()
    ended_at = Time(allow_null=True)
    ok = serializers.BooleanField(allow_null=True)
    error = serializers.CharField()


class DeliveryOut(serializers.Serializer):
    """This thing shown at that place."""

    id = serializers.IntegerField(source="pk")
    connection = ConnectionRef(source="lane.connection")
    place = serializers.CharField(source="lane.key")
    thing_kind = serializers.CharField()
    thing_id = serializers.IntegerField()
    incident = serializers.IntegerField(source="incident_number", allow_null=True)
    state = Word("DeliveryState", DELIVERY_STATES)
    wanted = serializers.IntegerField()
    shown = serializers.IntegerField()
    attempt_count = serializers.IntegerField()
    last_error = serializers.CharField()
    created_at = Time()
    shown_at = Time(allow_null=True)
    failed_at = Time(source="dead_at", allow_null=True)


class DeliveryDetail(DeliveryOut):
    """With every try, newest first (at most 50)."""

    attempts = serializers.SerializerMethodField()

    @extend_schema_field(AttemptOut(many=True))
    def get_attempts(self, row: Delivery) -> Any:
        return AttemptOut(row.attempts.all()[:50], many=True).data


class DeadLetter(serializers.Serializer):
    """A thing that was given up after too many tries."""

    table = serializers.CharField()
    id = serializers.IntegerField()
    what = serializers.CharField()
    incident = serializers.IntegerField(allow_null=True)
    attempts = serializers.IntegerField()
    last_error = serializers.CharField()
    due_at = Time(allow_null=True)
