"""Asking Opsgenie's REST API v2 for what there is to bring along."""

from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

from django.conf import settings

from common.errors import PartnerTrouble
from integrations.kit.fetching import get_json, get_pages
from integrations.kit.reading import Json, part, parts, words
from oncall.moving.shapes import KNOWN

_DAY = 86_400


def fetch(start: int, end: int) -> dict[str, list[Json]]:
    """Return its lists, with its own shifts for [start, end), seconds since 1970.

    :raises PartnerTrouble: there is no key, or Opsgenie refuses or does not answer.
    """
    if not settings.OPSGENIE_API_KEY:
        raise PartnerTrouble("Set OPSGENIE_API_KEY to a key that may read, or name a folder with an export.")
    base, headers = settings.OPSGENIE_API_URL.rstrip("/"), {"authorization": f"GenieKey {settings.OPSGENIE_API_KEY}"}
    pages = partial(get_pages, "Opsgenie", headers=headers, rows="data", following="paging.next")
    found = {
        "users": pages(f"{base}/v2/users?limit=100"),
        "schedules": [],
        "overrides": [],
        "escalations": pages(f"{base}/v2/escalations"),
        "services": pages(f"{base}/v1/services?limit=100"),
    }
    date = quote(datetime.fromtimestamp(start, UTC).isoformat())
    days = -(-(end - start) // _DAY)
    for row in pages(f"{base}/v2/schedules?expand=rotation"):
        at = f"{base}/v2/schedules/{quote(words(row, 'id'), safe='')}"
        said = get_json("Opsgenie", f"{at}/timeline?interval={days}&intervalUnit=days&date={date}", headers)
        found["schedules"].append({**row, "timeline": part(said, "data"), KNOWN: [start, end]})
        overrides = parts(get_json("Opsgenie", f"{at}/overrides", headers), "data")
        found["overrides"] += [{**one, "schedule": {"id": words(row, "id")}} for one in overrides]
    return found
