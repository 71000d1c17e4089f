"""The Test button of a PagerDuty connection: what is set, what arrived, and what to do next."""

from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.pagerduty.door import secrets_of
from integrations.pagerduty.upstream import upstream_of

_UNSIGNED = (
    "The webhook signing secret is not set, so every webhook is refused: enter the one that PagerDuty showed when "
    "the webhook was made; if it is lost, make the webhook anew."
)
_SIGNED_OTHERWISE = (
    "No webhook came yet, and requests were refused ({count}): the webhook signing secret here is another than the "
    "webhook's. Enter the one that PagerDuty showed; if it is lost, make the webhook anew."
)
_NONE_YET = (
    "The webhook signing secret is set, but no webhook came yet: "
    "in PagerDuty open the webhook and choose Send Test Event."
)
_NO_KEY = "There is no API access key; webhooks need none."


def check(connection: Connection) -> str:
    """Say what works.

    :raises PartnerTrouble: something does not; says what to do about it.
    """
    webhook = _webhook(connection)
    if not str(connection.secrets.get("api_key", "")).strip():
        return f"{webhook} {_NO_KEY}"
    try:
        return f"{webhook} {upstream_of(connection).test()}"
    except PartnerTrouble as trouble:
        text = f"{trouble.message} Webhooks need no key and go on."
        raise PartnerTrouble(
            text,
            permanent=trouble.permanent,
            retry_after=trouble.retry_after,
            unclear=trouble.unclear,
            code=trouble.code,
        ) from trouble


def _webhook(connection: Connection) -> str:
    """:raises PartnerTrouble: none can be accepted, or none was."""
    if not secrets_of(connection.secrets):
        raise PartnerTrouble(_UNSIGNED, permanent=True, needs_hands=True, code="no_secret")
    if connection.last_event_at is not None:
        return f"The webhook works: the last one came on {connection.last_event_at:%Y-%m-%d at %H:%M} UTC."
    if connection.refused_count:
        text = _SIGNED_OTHERWISE.format(count=connection.refused_count)
        raise PartnerTrouble(text, permanent=True, needs_hands=True, code="other_secret")
    return _NONE_YET
