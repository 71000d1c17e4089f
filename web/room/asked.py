"""What a browser hands in, as values; a form or JSON."""

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from common.errors import Invalid


def body_of(request: HttpRequest) -> tuple[dict[str, Any], bool]:
    if request.content_type != "application/json":
        return request.POST.dict(), False
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Invalid("The body is not JSON.", field="body")
    if not isinstance(data, dict):
        raise Invalid("The body must be an object.", field="body")
    return data, True


def whole(value: Any, field: str) -> int | None:
    if value in (None, ""):
        return None
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise Invalid(f"{field} must be a number.", field=field)
    if not 0 <= number < 1 << 62:
        raise Invalid(f"{field} is out of range.", field=field)
    return number


def ids(value: Any) -> list[int]:
    if value in (None, ""):
        return []
    if not isinstance(value, list) or len(value) > 20:
        raise Invalid("attachments is a list of at most 20 file ids.", field="attachments")
    return [number for number in (whole(entry, "attachments") for entry in value) if number is not None]


def time_of(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise Invalid("at is a time, like 2026-03-04T10:15:00Z.", field="at")
    if at.tzinfo is None:
        at = timezone.make_aware(at)
    return at
