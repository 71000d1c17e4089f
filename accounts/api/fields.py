"""Fields that take exactly one kind of JSON value, and name themselves when they get another."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from django.db.models import Q
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User

_MOST = 2**63 - 1


def iso(at: Any) -> str | None:
    """Write a time as UTC ISO 8601 with a Z."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


class Text(serializers.CharField):
    """Text and nothing else (no numbers made into text). What may stand in it is asked by the operations."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("allow_blank", True)
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false, nothing that looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:40])
        return data


class Whole(serializers.IntegerField):
    """A whole number that the database can hold."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 1)
        kwargs.setdefault("max_value", _MOST)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Time(serializers.DateTimeField):
    """ISO 8601; in answers UTC with a Z. A time without a zone is taken as UTC, whoever asks."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default_timezone", UTC)
        super().__init__(**kwargs)

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")
        return super().to_internal_value(value)

    def to_representation(self, value: Any) -> str:
        return iso(value) or ""


class Word(serializers.CharField):
    """One word of a fixed set; the set has a name in the schema."""

    default_error_messages = {"word": "“{given}” is none of {words}."}

    def __init__(self, name: str, words: Iterable[str], **kwargs: Any) -> None:
        self.schema_name = name
        self.words = list(words)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.words:
            self.fail("word", given=str(data)[:40], words=", ".join(self.words))
        return data


class _WordSchema(OpenApiSerializerFieldExtension):
    target_class = Word

    def get_name(self) -> str | None:
        return str(self.target.schema_name)

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        return {"type": "string", "enum": self.target.words}


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}], "description": "id, @handle, e-mail or me"})
class PersonRef(serializers.Field):
    """A person: id, `@handle`, e-mail address, or `me`."""

    default_error_messages = {
        "invalid": "Name a person by id, @handle or e-mail.",
        "unknown": "There is no person “{given}”.",
    }

    def to_internal_value(self, data: Any) -> User:
        if isinstance(data, bool) or not isinstance(data, (int, str)):
            self.fail("invalid")
        if isinstance(data, str) and data.strip().lower() == "me":
            me: User = self.context["request"].user
            return me
        found = find_person(data)
        if found is None:
            self.fail("unknown", given=str(data)[:80])
        return found

    def to_representation(self, value: User) -> Any:
        return value.pk


def find_person(ref: int | str) -> User | None:
    """Return who is meant by an id, a handle or an e-mail address."""
    text = str(ref).strip().removeprefix("@")
    if re.fullmatch(r"\d{1,18}", text):
        return User.objects.filter(pk=int(text)).first()
    return User.objects.filter(Q(handle__iexact=text) | Q(email__iexact=text)).first() if text else None


class Input(serializers.Serializer):
    """A request's body. What it does not know it refuses by name: a field spelt wrong is no silent no."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = {key: ["There is no such field."] for key in data if key not in self.fields}
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


class Person(serializers.Serializer):
    """A person, as others' answers name them."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    handle = serializers.CharField()


__all__ = [
    "Flag",
    "Input",
    "Person",
    "PersonRef",
    "Text",
    "Time",
    "Whole",
    "Word",
    "find_person",
    "iso",
]
