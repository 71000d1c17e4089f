"""Severity as people write it, and the words of an incident's life."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import Word
from incidents.models import Severity, Status

STATUSES = Status.values
STATES = ["open", "ended", *STATUSES]

_WORDS = {label: int(value) for value, label in Severity.choices}


def read_severity(value: Any) -> int | None:
    """Return 1 to 5 for 2, "2", "sev2", "SEV-2" or "major"; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    text = str(value).strip().lower()
    if text in _WORDS:
        return _WORDS[text]
    text = text.removeprefix("sev").lstrip(" -_")
    return int(text) if len(text) == 1 and text in "12345" else None


@extend_schema_field(
    {
        "oneOf": [{"type": "integer", "minimum": 1, "maximum": 5}, {"type": "string"}],
        "description": "1 (worst) to 5, or sev1 … sev5, or critical, major, minor, low, notice",
    }
)
class SeverityIn(serializers.Field):
    """How bad it is, as a number or a word."""

    default_error_messages = {"invalid": "severity is 1 to 5, sev1 to sev5, or one of " + ", ".join(_WORDS) + "."}

    def to_internal_value(self, data: Any) -> int:
        found = read_severity(data)
        if found is None:
            self.fail("invalid")
        return found

    def to_representation(self, value: Any) -> Any:
        return value


def status_field(**kwargs: Any) -> Word:
    """A status, by its one name in the schema."""
    return Word("Status", STATUSES, **kwargs)
