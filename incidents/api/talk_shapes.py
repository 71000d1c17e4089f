"""Lines and timeline items as the API takes and gives them."""

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from accounts.api.fields import Flag, Input, Text, Time, Whole
from incidents.rules.texts import LINE_LENGTH


class ActorOut(serializers.Serializer):
    """Who did it: a name always, the person where there is an account."""

    name = serializers.CharField()
    user = serializers.IntegerField(allow_null=True)
    handle = serializers.CharField(allow_null=True)
    is_machine = serializers.BooleanField()


class Version(serializers.Serializer):
    """What it was before: an earlier text, or an earlier time."""

    text = serializers.CharField(required=False)
    occurred_at = serializers.CharField(required=False)
    until = Time()


class Reaction(serializers.Serializer):
    """Who reacted with what."""

    emoji = serializers.CharField()
    count = serializers.IntegerField()
    names = serializers.ListField(child=serializers.CharField())


class AttachmentOut(serializers.Serializer):
    """A file. `url` is where the browser reads it, `api_url` where a token does."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    alt = serializers.CharField()
    content_type = serializers.CharField()
    is_image = serializers.BooleanField()
    size = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    api_url = serializers.SerializerMethodField()

    def get_url(self, attachment: object) -> str:
        return f"/incidents/{attachment.incident_id}/files/{attachment.pk}"  # type: ignore[attr-defined]

    def get_api_url(self, attachment: object) -> str:
        return f"/api/v1/incidents/{attachment.incident_id}/attachments/{attachment.pk}"  # type: ignore[attr-defined]


class ItemFile(serializers.Serializer):
    """A file of an item."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    alt = serializers.CharField()
    content_type = serializers.CharField()
    is_image = serializers.BooleanField()
    size = serializers.IntegerField()
    url = serializers.CharField()


class FileElsewhere(serializers.Serializer):
    """A file that still lies only in the chat where it was said."""

    name = serializers.CharField()
    url = serializers.CharField(help_text="its page there; empty where it has none")
    state = serializers.CharField(help_text="on its way, or why it stays there")


class TimelineItem(serializers.Serializer):
    """One item of the timeline, as edits and corrections have left it."""

    sequence = serializers.IntegerField()
    kind = serializers.CharField()
    family = serializers.CharField(help_text="message, command, state, system or change")
    text = serializers.CharField()
    occurred_at = Time(help_text="when it happened, as corrected")
    recorded_at = Time(help_text="when it was written down")
    actor = ActorOut()
    surface = serializers.CharField(help_text="web, api, slack, bridge, system …")
    outside_id = serializers.CharField(allow_null=True)
    thread_of = serializers.IntegerField(allow_null=True)
    reply_count = serializers.IntegerField()
    pinned = serializers.BooleanField()
    edited = serializers.BooleanField()
    deleted = serializers.BooleanField()
    hidden = serializers.BooleanField(help_text="left out of the postmortem")
    versions = Version(many=True)
    reactions = Reaction(many=True)
    attachments = ItemFile(many=True)
    files_elsewhere = FileElsewhere(many=True)
    data = serializers.DictField()  # type: ignore[assignment]


class LogEvent(serializers.Serializer):
    """One event of the log as it was recorded; `target` is the sequence of what it changes."""

    sequence = serializers.IntegerField()
    kind = serializers.CharField()
    family = serializers.CharField()
    target = serializers.IntegerField(allow_null=True)
    thread_of = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]
    occurred_at = Time()
    recorded_at = Time()
    actor = ActorOut()
    surface = serializers.CharField()
    outside_id = serializers.CharField(allow_null=True)
    digest = serializers.CharField()


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="TimelineItemOrLogEvent",
        serializers=[TimelineItem, LogEvent],
        resource_type_field_name=None,
        many=True,
    )
)
class _Results(serializers.ListField):
    """Items of the folded timeline, or events of the log."""


class TimelinePage(serializers.Serializer):
    """Items in the order in which they happened; or the log, every event after a sequence number without a
    hole: ask again with `next_after`."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = _Results()
    next_after = serializers.IntegerField(required=False)
    last_sequence = serializers.IntegerField(required=False)


class MessageIn(Input):
    """A line. `outside_id`: the same id by the same person gives the line that is there already."""

    text = Text(default="", max_length=LINE_LENGTH)
    thread_of = Whole(required=False, allow_null=True)
    outside_id = Text(required=False, max_length=120)
    attachments = serializers.ListField(child=Whole(), required=False, max_length=20)


class EditIn(Input):
    """The line's new text."""

    text = Text(max_length=LINE_LENGTH)


class ReactionIn(Input):
    """An emoji, put on or taken away."""

    emoji = Text(max_length=64)
    on = Flag(default=True)


class OnIn(Input):
    """On or off."""

    on = Flag(default=True)


class NoteIn(Input):
    """Something for the story, now or at an earlier time."""

    text = Text(max_length=LINE_LENGTH)
    occurred_at = Time(required=False, allow_null=True)


class CorrectIn(Input):
    """When it really happened; whether the postmortem leaves it out."""

    occurred_at = Time(required=False)
    hidden = Flag(required=False)


class UploadIn(Input):
    """A file and what it shows."""

    file = serializers.FileField()
    alt = serializers.CharField(required=False, allow_blank=True, max_length=300)
