"""Schedules as the API takes and gives them. `docs/reference/schedules.md` has the fine print."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import Input, Person, PersonRef, Text, Time
from oncall.api.serializers import TeamRef, TeamSlug


class WindowJson(serializers.Serializer):
    """Two instants, as in 2026-03-20T00:00Z; at most five years apart."""

    to = serializers.DateTimeField()

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateTimeField(), **super().get_fields()}


class RotateJson(serializers.Serializer):
    """Hand over every so many units, by the calendar of the schedule's zone."""

    unit = serializers.ChoiceField(["hour", "day", "week", "month"])
    every = serializers.IntegerField(min_value=1, default=1)


class AnchorJson(serializers.Serializer):
    """Turns count from here: this group's turn begins at this local time."""

    at = serializers.CharField(help_text="local time, as in 2026-01-05T09:00")
    group = serializers.IntegerField(min_value=0, default=0)


class LayerJson(serializers.Serializer):
    """One rotation."""

    name = serializers.CharField(required=False, allow_blank=True)
    starts_at = serializers.CharField(help_text="local time, as in 2026-01-05T09:00")
    ends_at = serializers.CharField(required=False, allow_null=True, help_text="local time, exclusive")
    participants = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="groups that take turns; [] is nobody, on purpose",
    )
    rotate = RotateJson(required=False, allow_null=True)
    restrictions = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="daily: from and to as 18:00; weekly: from and to as {weekday: sat, time: 00:00}",
    )
    anchor = AnchorJson(required=False, allow_null=True)


class OverrideJson(WindowJson):
    """Somebody is on call instead: of everybody, or of one person."""

    user = serializers.CharField()
    replaces = serializers.CharField(required=False, allow_null=True)


class PreviewIn(serializers.Serializer):
    """A schedule that need not be saved, and the window to look at."""

    time_zone = serializers.CharField()
    layers = LayerJson(many=True)
    overrides = OverrideJson(many=True, required=False)
    window = WindowJson()


class ShiftJson(WindowJson):
    """These people are on call; `source` says by which layer's turn, or by which override."""

    users = serializers.ListField(child=serializers.CharField())
    source = serializers.DictField()  # type: ignore[assignment]
    replaced = serializers.ListField(child=serializers.DictField(), required=False)


class GapJson(WindowJson):
    """Nobody is on call; `deliberate` where an empty group has the turn."""

    deliberate = serializers.BooleanField()


class PreviewOut(serializers.Serializer):
    """Shifts and gaps, each sorted, cut at the window."""

    final = ShiftJson(many=True)
    gaps = GapJson(many=True)


class ScheduleIn(Input):
    """A schedule: layers as in the preview, people by id, handle or e-mail address."""

    name = Text(max_length=200)
    time_zone = Text(max_length=64)
    layers = serializers.JSONField(help_text="a list of layers, low to high")
    team = TeamSlug(required=False, allow_null=True)
    description = Text(required=False, max_length=10_000)
    starts_at = Time(required=False, allow_null=True, help_text="from when on it counts; now when left out")


class ScheduleOut(serializers.Serializer):
    """A schedule as it is now; people by handle."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    team = TeamRef(allow_null=True)
    time_zone = serializers.CharField()
    layers = LayerJson(many=True)
    version = serializers.IntegerField()
    effective_from = Time()


class FinalOut(PreviewOut):
    """Shifts and gaps; people by handle, overrides by id."""


class NowOut(serializers.Serializer):
    """The shift or the gap at an instant; `following` is the shift after it, if one begins within five weeks."""

    shift = ShiftJson(allow_null=True)
    gap = GapJson(allow_null=True)
    following = ShiftJson(allow_null=True)


class OnCallOne(serializers.Serializer):
    """Who is on call on one schedule; without users, `gap` is deliberate or accidental."""

    schedule = serializers.CharField()
    users = serializers.ListField(child=serializers.CharField())
    gap = serializers.CharField(allow_null=True)


class OnCallOut(serializers.Serializer):
    """Every schedule at one instant."""

    at = Time()
    results = OnCallOne(many=True)


class OverrideIn(Input):
    """Somebody is on call instead, to the minute."""

    user = PersonRef()
    replaces = PersonRef(required=False, allow_null=True)
    to = Time()
    reason = Text(required=False, max_length=300)

    def get_fields(self) -> dict[str, Any]:
        return {"from": Time(), **super().get_fields()}


class OverrideOut(serializers.Serializer):
    """An override. One that was taken back before it began is `cancelled`."""

    id = serializers.IntegerField(source="pk")
    user = Person()
    replaces = Person(allow_null=True)
    to = Time(source="ends_at")
    reason = serializers.CharField()
    made_by = Person(allow_null=True)
    cancelled = serializers.SerializerMethodField()

    def get_fields(self) -> dict[str, Any]:
        return {"from": Time(source="starts_at"), **super().get_fields()}

    def get_cancelled(self, row: Any) -> bool:
        return row.cancelled_at is not None


class ChangeIn(Input):
    """A change that is not saved yet; what is left out stays."""

    time_zone = Text(max_length=64, required=False)
    layers = serializers.JSONField(required=False, help_text="a list of layers, low to high")


class ChangedJson(WindowJson):
    """For this stretch it would be others."""

    before = serializers.ListField(child=serializers.CharField())
    after = serializers.ListField(child=serializers.CharField())


class DifferenceOut(serializers.Serializer):
    """Seconds by person (more is positive), accidental gaps, and who would have nights in a row."""

    changes = ChangedJson(many=True)
    seconds = serializers.DictField(child=serializers.IntegerField())
    gap_seconds = serializers.IntegerField()
    nights_in_a_row = serializers.DictField(child=serializers.IntegerField())


class ShareJson(serializers.Serializer):
    """What one person carries."""

    user = serializers.CharField()
    seconds = serializers.IntegerField()
    nights = serializers.IntegerField()
    weekend_seconds = serializers.IntegerField()
    longest_seconds = serializers.IntegerField()


class QualityOut(serializers.Serializer):
    """The share of time that nobody covers by accident, and what each person carries, most first."""

    uncovered = serializers.FloatField()
    people = ShareJson(many=True)


class LayerWhyJson(serializers.Serializer):
    """A layer at the instant; `counts` where it decides."""

    name = serializers.CharField()
    state = serializers.ChoiceField(["open", "closed", "to come", "over"])
    turn = serializers.IntegerField(allow_null=True)
    users = serializers.ListField(child=serializers.CharField())
    until = Time(allow_null=True)
    counts = serializers.BooleanField()


class HandWhyJson(serializers.Serializer):
    """An override or a swap at the instant; `instead_of` nobody in particular is everybody."""

    kind = serializers.ChoiceField(["override", "swap"])
    id = serializers.IntegerField()
    user = serializers.CharField()
    instead_of = serializers.CharField(allow_null=True)
    until = Time(allow_null=True)
    counts = serializers.BooleanField()


class WhyOut(serializers.Serializer):
    """Who it is, and what led to it."""

    users = serializers.ListField(child=serializers.CharField())
    layers = LayerWhyJson(many=True)
    by_hand = HandWhyJson(many=True)
