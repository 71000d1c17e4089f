"""Escalation policies and pages as the API takes and gives them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import Flag, Input, Person, Text, Time, Whole, Word
from oncall.api.serializers import TeamRef, TeamSlug
from oncall.models import Page, Urgency
from oncall.targets import PERSON, SCHEDULE, TEAM

TARGETS = [PERSON, SCHEDULE, TEAM]


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}], "description": "id, @handle, e-mail or slug"})
class Ref(serializers.Field):
    """Who is meant: a number or a name."""

    default_error_messages = {"invalid": "Name it by id, @handle, e-mail address or slug."}

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, bool) or not isinstance(data, int | str) or not 0 < len(str(data).strip()) <= 254:
            self.fail("invalid")
        return str(data).strip()

    def to_representation(self, value: Any) -> Any:
        return value


class TargetIn(Input):
    """A person by id, @handle or e-mail address; a schedule or a team by id or slug."""

    kind = Word("TargetKind", TARGETS)
    ref = Ref()


class TargetOut(serializers.Serializer):
    """A target; `ref` is the handle or the slug."""

    kind = Word("TargetKind", TARGETS)
    id = serializers.IntegerField()
    ref = serializers.CharField()
    name = serializers.CharField()


class LevelIn(Input):
    """Targets that are paged together; after so many minutes without an answer the next level is."""

    wait_minutes = Whole(default=5, max_value=1440)
    targets = TargetIn(many=True)


class LevelOut(serializers.Serializer):
    """A level."""

    wait_minutes = serializers.IntegerField()
    targets = TargetOut(many=True)


class PolicyIn(Input):
    """An escalation policy; its slug is made from the first name and stays."""

    name = Text(max_length=200)
    description = Text(required=False, max_length=10_000)
    team = TeamSlug(required=False, allow_null=True)
    repeats = Whole(required=False, min_value=0, max_value=9, help_text="how often the levels are asked over again")
    ack_minutes = Whole(
        required=False,
        min_value=0,
        max_value=1440,
        help_text="SEV1 and SEV2: so long without a sign of life who has it is asked again; 5 or more, 0: never",
    )
    is_catch_all = Flag(required=False, help_text="used where no level of another policy has anybody")
    levels = LevelIn(many=True)


class PolicyOut(serializers.Serializer):
    """An escalation policy. `warnings` say what would go wrong as things are now."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    team = TeamRef(allow_null=True)
    repeats = serializers.IntegerField()
    ack_minutes = serializers.IntegerField()
    is_catch_all = serializers.BooleanField()
    levels = LevelOut(many=True)
    services = serializers.ListField(child=serializers.CharField())
    warnings = serializers.ListField(child=serializers.CharField())


class AskedPerson(serializers.Serializer):
    """Somebody who would be paged, why, and whether there is a way to reach them."""

    handle = serializers.CharField()
    name = serializers.CharField()
    reason = serializers.CharField()
    reachable = serializers.BooleanField()


class SimulatedStep(serializers.Serializer):
    """At this time these people would be paged; level 0 is the catch-all. `passed`: levels nobody was asked of.

    `why`, of the catch-all: `nobody` is on call, or it is `unanswered`; `again`: from here on all of them, slowly.
    """

    at = Time()
    level = serializers.IntegerField(allow_null=True)
    round = serializers.IntegerField(allow_null=True)
    people = AskedPerson(many=True)
    passed = serializers.ListField(child=serializers.IntegerField())
    why = serializers.CharField(allow_blank=True)


class SimulationOut(serializers.Serializer):
    """Who would be paged when, if nobody answered."""

    at = Time()
    steps = SimulatedStep(many=True)
    never_reaches_anybody = serializers.BooleanField()


class TryOut(serializers.Serializer):
    """One try. `ok` null: no result is known."""

    started_at = Time()
    ended_at = Time(allow_null=True)
    ok = serializers.BooleanField(allow_null=True)
    ref = serializers.CharField(help_text="the provider's id")
    error = serializers.CharField()
    receipt = serializers.CharField(help_text="what the provider said since: queued, sending, sent, delivered, failed")
    receipt_at = Time(allow_null=True)
    receipt_note = serializers.CharField(help_text="the provider's reason, such as an error code")


class ChannelOut(serializers.Serializer):
    """What became of a page on one channel."""

    kind = serializers.CharField()
    state = serializers.ChoiceField(
        ["queued", "sending", "sent", "delivered", "failed", "not sent", "taken back", "perhaps sent"]
    )
    error = serializers.CharField()
    tries = TryOut(many=True)


class AboutOut(serializers.Serializer):
    """What somebody is paged about, as far as the reader may see it."""

    kind = serializers.CharField()
    id = serializers.IntegerField()
    title = serializers.CharField()
    path = serializers.CharField()


class PageOut(serializers.Serializer):
    """A page: one person, asked once."""

    id = serializers.IntegerField()
    status = Word("PageStatus", [word for word, _ in Page.STATUSES])
    urgency = Word("Urgency", Urgency.values)
    about = AboutOut()
    user = Person()
    reason = serializers.CharField()
    text = serializers.CharField()
    step = serializers.IntegerField()
    late_seconds = serializers.IntegerField()
    created_at = Time()
    seen_at = Time(allow_null=True)
    snoozed_at = Time(allow_null=True)
    answered_at = Time(allow_null=True)
    answered_by = Person(allow_null=True)
    answered_from = serializers.CharField()
    channels = ChannelOut(many=True)


class SnoozeIn(Input):
    """How long the page waits; once."""

    minutes = Whole(default=5, max_value=60)
