"""Alerts and their groups as the API gives them."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import Time, Word
from alerts.models import Alert, AlertGroup

STATES = [state for state, _ in AlertGroup.STATES]


class SourceRef(serializers.Serializer):
    """The connection that it came through."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.CharField()
    name = serializers.CharField()


class GroupRef(serializers.Serializer):
    """A group, in short."""

    id = serializers.IntegerField(source="pk")
    title = serializers.CharField()
    state = Word("AlertState", STATES)


class GroupOut(GroupRef):
    """All signals of one trouble."""

    connection = SourceRef()
    key = serializers.CharField()
    severity = serializers.IntegerField(allow_null=True)
    service = serializers.CharField(source="service_name")
    url = serializers.CharField()
    count = serializers.IntegerField()
    first_at = Time()
    last_at = Time()


class AlertOut(serializers.Serializer):
    """One signal, and what became of it."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.CharField()
    outside_id = serializers.CharField()
    occurred_at = Time()
    outcome = serializers.CharField()
    connection = SourceRef()
    group = GroupRef(allow_null=True)


class AlertDetail(AlertOut):
    """With what the source said."""

    data = serializers.SerializerMethodField()  # type: ignore[assignment]

    def get_data(self, alert: Alert) -> dict[str, Any]:
        """The source's own values."""
        return alert.data if isinstance(alert.data, dict) else {"value": alert.data}


class Step(serializers.Serializer):
    """One step on its way."""

    at = Time(allow_null=True)
    text = serializers.CharField()


class Why(serializers.Serializer):
    """Why it did, or did not do, something: each step from the door on."""

    alert = serializers.IntegerField(allow_null=True)
    group = serializers.IntegerField(allow_null=True)
    outcome = serializers.CharField()
    steps = Step(many=True)
