"""What a bridge hands over, and rooms with their steps, as the API takes and gives them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import Input, Text, Time, Word
from chatops.models import RoomStep
from incidents.rules.texts import LINE_LENGTH

STEP_STATES = [state for state, _ in RoomStep._meta.get_field("state").choices or []]


@extend_schema_field({"oneOf": [{"type": "string", "minLength": 1, "maxLength": 120}, {"type": "integer"}]})
class OutsideId(serializers.Field):
    """An id of the other chat: text or a whole number."""

    default_error_messages = {"invalid": "An id is text of 1 to 120 printable characters, or a whole number."}

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, int) and not isinstance(data, bool) and abs(data) < 2**63:
            return str(data)
        if not isinstance(data, str) or not 0 < len(data.strip()) <= 120 or not data.isprintable():
            self.fail("invalid")
        return str(data).strip()

    def to_representation(self, value: Any) -> Any:
        return value


class Author(serializers.Serializer):
    """Who typed it, as the other chat knows them. A name is shown, never trusted."""

    id = OutsideId()
    name = Text(default="", max_length=1000)
    email = Text(default="", max_length=1000, allow_null=True)
    is_bot = serializers.BooleanField(default=False)


class RoomRef(serializers.Serializer):
    """Where."""

    id = OutsideId()
    name = Text(default="", max_length=1000, allow_null=True)


class SaidIn(serializers.Serializer):
    """A line or a command. Other members are let pass: bots hand over what their chat gives them."""

    text = Text(max_length=LINE_LENGTH, allow_blank=False)
    user = Author()
    message_id = OutsideId()
    occurred_at = Time(required=False, allow_null=True)


class CommandIn(SaidIn):
    """A command, typed in a room or to the bot alone."""

    room = RoomRef(required=False, allow_null=True)


class LineIn(SaidIn):
    """A line of a bound room."""

    room = RoomRef()
    thread_id = OutsideId(required=False, allow_null=True)


class Answer(serializers.Serializer):
    """What to say, and to whom."""

    visibility = Word("Visibility", ["room", "user"])
    text = serializers.CharField()
    incident = serializers.IntegerField(allow_null=True)


class Mirrored(serializers.Serializer):
    """The incident that has the line now."""

    incident = serializers.IntegerField()


class StepOut(serializers.Serializer):
    """One step of making a room."""

    name = serializers.CharField()
    state = Word("StepState", STEP_STATES)
    detail = serializers.CharField()
    attempts = serializers.IntegerField()
    last_error = serializers.CharField()
    due_at = Time(allow_null=True)
    done_at = Time(allow_null=True)


class FetchIn(Input):
    """From when on a channel is read again."""

    since = Time(required=False, allow_null=True)


class ReadingOut(serializers.Serializer):
    """How reading a channel again stands."""

    state = Word("ReadingState", ["never", "reading", "done", "failed"])
    since = Time(allow_null=True)
    found = serializers.IntegerField()
    trouble = serializers.CharField()
    done_at = Time(allow_null=True)


class RoomOut(serializers.Serializer):
    """A channel of an incident in a connected chat."""

    id = serializers.IntegerField(source="pk")
    chat = serializers.CharField(source="connection.kind")
    connection = serializers.CharField(source="connection.name")
    name = serializers.CharField()
    outside_id = serializers.CharField()
    url = serializers.CharField()
    private = serializers.BooleanField(source="is_private")
    is_current = serializers.BooleanField()
    archived_at = Time(allow_null=True)
    created_at = Time()
    steps = StepOut(many=True, source="steps.all")
