"""Asking another system for its lists, page by page, at an address that the operator has given."""

import json
from collections.abc import Mapping
from typing import Any

from common import outbound
from common.errors import PartnerTrouble
from integrations.kit.reading import Json

_SECONDS, _MOST_BYTES, _MOST_PAGES = 20.0, 20_000_000, 1_000


def get_json(name: str, url: str, headers: Mapping[str, str]) -> Json:
    """Return the object at an address of a system called `name`.

    :raises PartnerTrouble: it refuses, does not answer, or answers something else.
    """
    answer = outbound.request(
        "GET",
        url,
        headers={**headers, "accept": "application/json"},
        seconds=_SECONDS,
        most_bytes=_MOST_BYTES,
        anywhere=True,
    )
    if answer.status in (401, 403):
        raise PartnerTrouble(f"{name} does not accept the key ({answer.status}).", permanent=True)
    if answer.status != 200:
        raise PartnerTrouble(f"{name} answers {answer.status} for {url.partition('?')[0]}.")
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise PartnerTrouble(f"{name}'s answer for {url.partition('?')[0]} is no JSON.") from error
    if not isinstance(said, dict):
        raise PartnerTrouble(f"{name}'s answer for {url.partition('?')[0]} is no object.")
    return said


def get_pages(name: str, url: str, headers: Mapping[str, str], *, rows: str, following: str) -> list[Json]:
    """Return the rows of a list through all its pages. `rows` names them, `following` where the next page's address is,
    as in `paging.next`.

    :raises PartnerTrouble: as `get_json`; or its pages have no end.
    """
    found: list[Json] = []
    host = url.split("/")[2]
    for _ in range(_MOST_PAGES):
        said = get_json(name, url, headers)
        values = said.get(rows)
        found += [row for row in values if isinstance(row, dict)] if isinstance(values, list) else []
        following_url: Any = said
        for step in following.split("."):
            following_url = following_url.get(step) if isinstance(following_url, dict) else None
        if not isinstance(following_url, str) or not following_url:
            return found
        if following_url.split("/")[2:3] != [host]:
            raise PartnerTrouble(f"{name} names a next page at another address than its own.", permanent=True)
        url = following_url
    raise PartnerTrouble(f"{name}'s list has more than {_MOST_PAGES} pages.", permanent=True)
