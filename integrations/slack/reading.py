"""Careful access to what came in: every helper either gives the type it promises or raises Unreadable."""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qs

from connections.intake import Unreadable
from integrations.slack.moments import moment

_ID = re.compile(r"[A-Za-z0-9]{1,40}")
_TS = re.compile(r"\d{9,10}\.\d{1,9}")
#: what no database takes and no reader needs
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MOST_FIELDS = 100
_DEEPEST = 64


def read_json(raw: bytes) -> dict[str, Any]:
    """:raises Unreadable: not an object of JSON."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {str(error)[:200]}") from error
    if not isinstance(value, dict):
        raise Unreadable("the JSON is no object")
    cleaned: dict[str, Any] = _cleaned(value)
    return cleaned


def _cleaned(value: Any, depth: int = 0) -> Any:
    """The same without control characters and lone surrogates, which JSON can spell."""
    if depth > _DEEPEST:
        raise Unreadable("it is nested too deeply")
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, list):
        return [_cleaned(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _cleaned(item, depth + 1) for key, item in value.items()}
    return value


def _clean(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.encode("utf-8", "replace").decode())


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def read_form(raw: bytes) -> dict[str, str]:
    """:raises Unreadable: not a form."""
    try:
        fields = parse_qs(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise Unreadable(f"not a form: {str(error)[:200]}") from error
    return {name: _clean(values[0]) for name, values in fields.items()}


def part(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    """An object inside, empty when absent.

    :raises Unreadable: something else stands there.
    """
    found = value.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Unreadable(f"{key} is no object")
    return found


def words(value: Mapping[str, Any], key: str) -> str:
    """Text, "" when absent or something else."""
    found = value.get(key)
    return found if isinstance(found, str) else ""


def an_id(value: Mapping[str, Any], key: str) -> str:
    """An id of Slack's.

    :raises Unreadable: absent or not shaped like one.
    """
    found = value.get(key)
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise Unreadable(f"{key} is no id")
    return found


def is_an_id(value: object) -> bool:
    """Tell whether it is shaped like an id of Slack's."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def maybe_id(value: Mapping[str, Any], key: str) -> str:
    """An id, or "" when it is absent.

    :raises Unreadable: something else stands there.
    """
    return an_id(value, key) if value.get(key) is not None and value.get(key) != "" else ""


def a_ts(value: Mapping[str, Any], key: str) -> str:
    """The time that is a message's id.

    :raises Unreadable: absent, or no time.
    """
    found = value.get(key)
    if not isinstance(found, str) or not _TS.fullmatch(found) or not found.isascii():
        raise Unreadable(f"{key} is no message time")
    try:
        moment(found)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    return found


def maybe_ts(value: Mapping[str, Any], key: str) -> str:
    """A message's time, or "" when it is absent.

    :raises Unreadable: something else stands there.
    """
    return a_ts(value, key) if value.get(key) else ""
