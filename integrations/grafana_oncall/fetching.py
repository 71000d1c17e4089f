"""Asking Grafana OnCall's public API for what there is to bring along."""

from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

from django.conf import settings

from common.errors import PartnerTrouble
from integrations.grafana_oncall.moving import LISTS
from integrations.kit.fetching import get_pages
from integrations.kit.reading import Json, words
from oncall.moving.shapes import KNOWN


def fetch(start: int, end: int) -> dict[str, list[Json]]:
    """Return its lists, with its own shifts for the days of [start, end), seconds since 1970.

    :raises PartnerTrouble: there is no address or token, or it refuses or does not answer.
    """
    if not settings.GRAFANA_ONCALL_URL or not settings.GRAFANA_ONCALL_TOKEN:
        raise PartnerTrouble(
            "Set GRAFANA_ONCALL_URL (the address of its API, without /api/v1) and GRAFANA_ONCALL_TOKEN, "
            "or name a folder with an export."
        )
    base, headers = settings.GRAFANA_ONCALL_URL.rstrip("/"), {"authorization": settings.GRAFANA_ONCALL_TOKEN}
    pages = partial(get_pages, "Grafana OnCall", headers=headers, rows="results", following="next")
    found = {name: pages(f"{base}/api/v1/{name}/") for name in LISTS}
    days = [datetime.fromtimestamp(edge, UTC).date().isoformat() for edge in (start, end)]
    window = f"start_date={days[0]}&end_date={days[1]}"
    for row in found["schedules"]:
        if words(row, "type") != "ical":
            shifts = pages(f"{base}/api/v1/schedules/{quote(words(row, 'id'), safe='')}/final_shifts/?{window}")
            row |= {"final_shifts": shifts, KNOWN: [start, end]}
    return found
