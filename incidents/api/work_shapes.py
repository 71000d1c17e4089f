"""People, action items, updates, postmortem and files of an incident as the API takes and gives them."""

from rest_framework import serializers

from accounts.api.fields import Flag, Input, Person, PersonRef, Text, Time, Whole, Word
from incidents.models import ActionItem, Postmortem
from incidents.rules.texts import LINE_LENGTH, SHORT_LENGTH

_KINDS = [ActionItem.TASK, ActionItem.FOLLOW_UP]
_STATES = [state for state, _ in Postmortem.STATES]


class RoleIn(Input):
    """A person for a role: commander (or lead), comms, scribe, or any other word."""

    role = Text(max_length=40)
    user = PersonRef()
    note = Text(default="")


class MemberOut(serializers.Serializer):
    """A person in the room."""

    user = Person()
    joined_at = Time()
    reason = serializers.CharField()
    is_watching = serializers.BooleanField()


class MemberIn(Input):
    """Who comes in."""

    user = PersonRef()


class WatchIn(Input):
    """Whether I follow it."""

    on = Flag(default=True)


class ActionItemOut(serializers.Serializer):
    """Work that somebody owns."""

    number = serializers.IntegerField()
    kind = Word("ActionItemKind", _KINDS)
    text = serializers.CharField()
    owner = Person(allow_null=True)
    done = serializers.BooleanField(source="is_done")
    done_at = Time(allow_null=True)
    due_at = Time(allow_null=True)
    created_at = Time()
    created_by = Person(allow_null=True)
    origin = serializers.IntegerField(source="origin.sequence", allow_null=True, default=None)


class ActionItemIn(Input):
    """New work; `origin` is the sequence of the line it came from."""

    text = Text(max_length=500)
    kind = Word("ActionItemKind", _KINDS, default=ActionItem.TASK)
    owner = PersonRef(required=False, allow_null=True)
    due_at = Time(required=False, allow_null=True)
    origin = Whole(required=False, allow_null=True)


class ActionItemChangeIn(Input):
    """Done or not, who does it, what it is and until when; only what is given changes."""

    done = Flag(required=False)
    owner = PersonRef(required=False, allow_null=True)
    text = Text(required=False, max_length=500)
    due_at = Time(required=False, allow_null=True)


class UpdateOut(serializers.Serializer):
    """A status update."""

    id = serializers.IntegerField(source="pk")
    sequence = serializers.IntegerField(source="event.sequence")
    at = Time()
    by = serializers.CharField(source="by_name")
    text = serializers.CharField()
    now = serializers.CharField(source="now_text")
    doing = serializers.CharField(source="doing_text")
    need = serializers.CharField(source="need_text")
    public_text = serializers.CharField()
    next_due_at = Time(allow_null=True)


class UpdateIn(Input):
    """Where it stands. `next_in` is in minutes; without it the severity says."""

    text = Text(required=False, max_length=LINE_LENGTH)
    now = Text(required=False, allow_null=True, max_length=SHORT_LENGTH)
    doing = Text(required=False, allow_null=True, max_length=SHORT_LENGTH)
    need = Text(required=False, allow_null=True, max_length=SHORT_LENGTH)
    public_text = Text(required=False, max_length=LINE_LENGTH)
    next_in = Whole(required=False, allow_null=True, max_value=10_080)


class Offer(serializers.Serializer):
    """What the timeline gained since the draft."""

    at = Time()
    who = serializers.CharField()
    text = serializers.CharField()
    sequence = serializers.IntegerField()


class PostmortemOut(serializers.Serializer):
    """What is learned, in markdown. Saving names the `version` that one started from."""

    incident = serializers.IntegerField(source="incident_id")
    state = Word("PostmortemState", _STATES)
    body = serializers.CharField()
    version = serializers.IntegerField()
    created_at = Time()
    edited_at = Time()
    edited_by = Person(allow_null=True)
    due_at = Time(allow_null=True)
    published_at = Time(allow_null=True)
    published_by = Person(allow_null=True)
    offers = Offer(many=True)


class PostmortemIn(Input):
    """The text, and the version that it started from."""

    body = Text(max_length=200_000)
    version = Whole()


class PostmortemStateIn(Input):
    """To review, published, or back to draft."""

    state = Word("PostmortemState", _STATES)


class OffersIn(Input):
    """Take them into the story, or wave them away."""

    insert = Flag()
