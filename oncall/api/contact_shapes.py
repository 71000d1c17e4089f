"""Contact methods and notification rules as the API takes and gives them."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import Input, Text, Time, Whole, Word
from oncall.models import ContactMethod, NotificationRule, Urgency
from oncall.ports import pager_of


class ContactIn(Input):
    """An address of one's own; it is used once its code is entered."""

    kind = Text(max_length=20)
    address = Text(max_length=300)


class CodeIn(Input):
    """The six digits that were sent there."""

    code = Text(max_length=40)


class ContactSeen(serializers.Serializer):
    """What administrators see of how somebody is reached: no address."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.CharField()
    verified = serializers.SerializerMethodField()

    def get_verified(self, row: ContactMethod) -> bool:
        return row.verified_at is not None


class ContactOut(ContactSeen):
    """A contact method of one's own."""

    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    address = serializers.SerializerMethodField()
    verified_at = Time(allow_null=True)
    tested_at = Time(allow_null=True)
    created_at = Time()

    def get_label(self, row: ContactMethod) -> str:
        return _pager(row, "label", row.kind)

    def get_address(self, row: ContactMethod) -> str:
        return _pager(row, "shown", row.address)


def _pager(row: ContactMethod, name: str, otherwise: str) -> str:
    try:
        found: Any = getattr(pager_of(row.kind), name)
    except KeyError:
        return otherwise
    return str(found(row.address) if callable(found) else found)


class ContactRemoved(serializers.Serializer):
    """What is not reached any more, in words; empty: nothing was lost."""

    lost = serializers.ListField(child=serializers.CharField())


class RuleIn(Input):
    """Use a contact method so many minutes after a page began, as long as nobody has answered."""

    method = Whole()
    urgency = Word("Urgency", Urgency.values)
    delay_minutes = Whole(min_value=0, required=False, default=0)


class RuleOut(serializers.Serializer):
    """A notification rule."""

    id = serializers.IntegerField(source="pk")
    urgency = Word("Urgency", Urgency.values)
    delay_minutes = serializers.IntegerField()
    method = serializers.IntegerField(source="method_id")
    kind = serializers.SerializerMethodField()

    def get_kind(self, row: NotificationRule) -> str:
        return row.method.kind
