"""PagerDuty's V3 webhook signatures.

Source: PagerDuty developer documentation, "Webhooks v3 > Verifying signatures": the header holds one
`v1=<hex>` per active secret, each the HMAC-SHA256 of the raw body. No time is signed.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any


def secrets_of(secrets: Mapping[str, Any]) -> list[bytes]:
    """Return the webhook secrets, several separated by commas or spaces (rotation); empty ones are refused."""
    raw = str(secrets.get("webhook_secret", ""))
    return [part.encode() for part in raw.replace(",", " ").split() if part]


def verify(headers: Mapping[str, str], raw: bytes, secrets: Mapping[str, Any], now: float) -> bool:
    """Tell whether one of the signatures in the header was made with one of our secrets."""
    header = headers.get("x-pagerduty-signature", "")
    given = [part.strip()[3:] for part in header.split(",") if part.strip().startswith("v1=")]
    good = False
    for secret in secrets_of(secrets):
        wanted = hmac.new(secret, raw, hashlib.sha256).hexdigest()
        for signature in given[:20]:
            good |= hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace"))
    return good


def outside_id(headers: Mapping[str, str], raw: bytes) -> str:
    """The webhook's id: the same on every try of one delivery."""
    return headers.get("x-webhook-id", "")
