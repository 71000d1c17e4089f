"""Asking PagerDuty for what there is to bring along: by the environment's key, else by that of a connection."""

from django.conf import settings

from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.pagerduty.reading import Json
from integrations.pagerduty.upstream import PagerDuty, upstream_of


def fetch(start: int, end: int) -> dict[str, list[Json]]:
    """Return its lists, with its own shifts for [start, end), seconds since 1970.

    :raises PartnerTrouble: there is no key, or PagerDuty refuses or does not answer.
    """
    return _client().lists(start, end)


def _client() -> PagerDuty:
    if settings.PAGERDUTY_API_KEY:
        return PagerDuty(settings.PAGERDUTY_API_KEY)
    rows = Connection.objects.present().filter(kind="pagerduty").order_by("pk")
    connection = next((row for row in rows if row.secrets.get("api_key")), None)
    if connection is None:
        text = "Set PAGERDUTY_API_KEY to a key that may read, or name a folder with an export."
        raise PartnerTrouble(text, permanent=True)
    return upstream_of(connection)
