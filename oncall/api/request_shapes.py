"""Requests about shifts as the API takes and gives them."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import Input, Person, PersonRef, Text, Time
from oncall.api.schedule_shapes import DifferenceOut
from oncall.models import ShiftPart, ShiftRequest
from oncall.shift_refs import ref_of


class RequestIn(Input):
    """Without `user` anybody may take it; with `user` that person is asked and has to say yes.

    What it is about: one shift by its name, or what you have of a stretch of time.
    """

    shift = Text(required=False, max_length=300, help_text="as in shop-primary:primary:12")
    to = Time(required=False)
    user = PersonRef(required=False, allow_null=True)
    in_return = Text(required=False, max_length=300, help_text="a shift of theirs that you take")
    reason = Text(required=False, max_length=300)

    def get_fields(self) -> dict[str, Any]:
        return {"from": Time(required=False), **super().get_fields()}


class PartOut(serializers.Serializer):
    """A turn of a layer that goes from one person to another, or the part of it between two instants."""

    shift = serializers.SerializerMethodField()
    giver = Person()
    taker = Person(allow_null=True)
    to = Time(source="ends_at", allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        return {"from": Time(source="starts_at", allow_null=True), **super().get_fields()}

    def get_shift(self, row: ShiftPart) -> str | None:
        return ref_of(row.request.schedule, row.layer, row.turn) if row.layer else None


class RequestOut(serializers.Serializer):
    """A request. `from` and `to` are where its shifts lie now; they follow the shifts."""

    id = serializers.IntegerField(source="pk")
    schedule = serializers.CharField(source="schedule.slug")
    kind = serializers.ChoiceField([ShiftRequest.COVER, ShiftRequest.SWAP])
    status = serializers.ChoiceField(list(ShiftRequest.STATUSES))
    asked_by = Person()
    asked_of = Person(allow_null=True)
    taken_by = Person(allow_null=True)
    to = Time(source="ends_at")
    reason = serializers.CharField()
    parts = PartOut(many=True)
    closed_why = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        return {"from": Time(source="starts_at"), **super().get_fields()}


class EffectOut(DifferenceOut):
    """What it would change if you took it, and what to think of before."""

    warnings = serializers.ListField(child=serializers.CharField())
