"""The catalogue as the API takes and gives it."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import Input, Text
from accounts.models import Team
from oncall.models import EscalationPolicy


class TeamRef(serializers.Serializer):
    """A team."""

    slug = serializers.CharField()
    name = serializers.CharField()


class TeamSlug(Text):
    """A team by its slug."""

    default_error_messages = {"unknown": "There is no team “{given}”."}

    def to_internal_value(self, data: Any) -> Any:
        slug = super().to_internal_value(data)
        found = Team.objects.filter(slug=slug).first()
        if found is None:
            self.fail("unknown", given=slug[:80])
        return found


class PolicySlug(Text):
    """An escalation policy by its slug."""

    default_error_messages = {"unknown": "There is no escalation policy “{given}”."}

    def to_internal_value(self, data: Any) -> Any:
        slug = super().to_internal_value(data)
        found = EscalationPolicy.objects.filter(slug=slug, archived_at__isnull=True).first()
        if found is None:
            self.fail("unknown", given=slug[:80])
        return found


class ServiceOut(serializers.Serializer):
    """A service of the catalogue."""

    id = serializers.IntegerField(source="pk")
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    team = TeamRef(allow_null=True)
    policy = serializers.CharField(source="policy.slug", default=None, allow_null=True, help_text="how it is paged")


class ServiceIn(Input):
    """A service; its slug is made from the first name and stays."""

    name = Text(max_length=80)
    description = Text(required=False, max_length=10_000)
    team = TeamSlug(required=False, allow_null=True)
    policy = PolicySlug(required=False, allow_null=True, help_text="the escalation policy it is paged by")
