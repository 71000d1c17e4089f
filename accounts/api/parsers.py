"""JSON in, with limits: depth, number of values, no NaN, no lone surrogates, no duplicate keys.

Every refusal is an `Invalid` that names the field, or the body as a whole.
"""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from common.errors import Invalid

_MOST_BYTES = 1_048_576
_MOST_DEPTH = 64
_MOST_VALUES = 100_000


class TooLarge(Invalid):
    """The body is over the limit."""

    code = "too-large"
    status = 413


class StrictJSON(BaseParser):
    """`application/json`, at most 1 MB, 64 levels and 100,000 values."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise TooLarge("The body is larger than 1 MB.", field="body")
        if not raw:
            return {}
        try:
            value = json.loads(
                raw.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_without_duplicates
            )
        except RecursionError:
            raise Invalid(f"The body is nested deeper than {_MOST_DEPTH} levels.", field="body")
        except ValueError as error:
            raise Invalid(f"The body is not JSON: {error}", field="body")
        check_shape(value)
        return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Invalid("A name stands twice in one object.", field=key[:60])
        found[key] = value
    return found


def check_shape(value: Any) -> None:
    """Refuse what is too deep or too large, and text with NUL or lone surrogates, naming where.

    :raises Invalid: naming the field.
    """
    stack: list[tuple[Any, int, str]] = [(value, 1, "body")]
    seen = 0
    while stack:
        item, depth, where = stack.pop()
        seen += 1
        if depth > _MOST_DEPTH:
            raise Invalid(f"{where} is nested deeper than {_MOST_DEPTH} levels.", field=where)
        if seen > _MOST_VALUES:
            raise Invalid(f"The body has more than {_MOST_VALUES:,} values.", field=where)
        if isinstance(item, dict):
            for key, inner in item.items():
                _check_text(key, where)
                stack.append((inner, depth + 1, key[:60] if depth == 1 else where))
        elif isinstance(item, list):
            stack.extend((inner, depth + 1, where) for inner in item)
        elif isinstance(item, str):
            _check_text(item, where)


def _check_text(text: str, where: str) -> None:
    if "\x00" in text:
        raise Invalid(f"{where} holds a NUL character.", field=where)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Invalid(f"{where} holds a broken character (a lone surrogate).", field=where)
