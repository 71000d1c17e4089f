"""Twilio's signatures, and what its requests say.

Source: Twilio's documentation, "Webhooks security": X-Twilio-Signature is the base64 of the HMAC-SHA1, keyed with the
Auth Token, over the full address followed by each form parameter, sorted by name, name and value without anything
between. No time is signed: a request that comes again has the same ids, and does nothing again.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.urls import reverse

SMS, STATUS = "twilio/sms", "twilio/status"
_EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
_MOST_FIELDS = 200
_PORTS = {"https": 443, "http": 80}


def address_of(door: str) -> str:
    """The full address of one of our doors, as Twilio is told it."""
    return f"{settings.BASE_URL}/hooks/{door}"


def key_address(page: int, method: int) -> str:
    """The full address that answers the keys of one call: an ordinary view, because the answer is what became of it."""
    return f"{settings.BASE_URL}{reverse('twilio-key', args=[page, method])}"


def tokens_of(secrets: Mapping[str, Any]) -> list[str]:
    """The auth tokens, the newest first (several while it is rotated); empty ones are refused."""
    return [part for part in str(secrets.get("auth_token", "")).replace(",", " ").split() if part]


def read_form(raw: bytes) -> dict[str, str]:
    """The parameters of a request.

    :raises ValueError: it is no form, or has far too many fields.
    """
    pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    return dict(pairs)


def is_signed(signature: str, url: str, form: Mapping[str, str], secrets: Mapping[str, Any]) -> bool:
    """Tell whether the signature over this address and form was made with one of our tokens."""
    said = "".join(f"{name}{form[name]}" for name in sorted(form))
    good = False
    for token in tokens_of(secrets):
        for each in _spellings(url):
            made = hmac.new(token.encode(), f"{each}{said}".encode(), hashlib.sha1).digest()
            good |= hmac.compare_digest(base64.b64encode(made), signature.encode("utf-8", "replace"))
    return good


def _spellings(url: str) -> list[str]:
    """With and without the usual port: Twilio signs calls with it, where the address has it."""
    parts = urlsplit(url)
    if parts.port is not None or parts.scheme not in _PORTS:
        return [url]
    return [url, parts._replace(netloc=f"{parts.netloc}:{_PORTS[parts.scheme]}").geturl()]


def verify_at(door: str) -> Callable[[Mapping[str, str], bytes, Mapping[str, Any], float], bool]:
    """Return the check of one door: its own address is what is signed."""

    def verify(headers: Mapping[str, str], raw: bytes, secrets: Mapping[str, Any], now: float) -> bool:
        try:
            form = read_form(raw)
        except ValueError:
            return False
        return is_signed(headers.get("x-twilio-signature", ""), address_of(door), form, secrets)

    return verify


def outside_id(headers: Mapping[str, str], raw: bytes) -> str:
    """The message or call, and what is said of it: the same on every try."""
    form = read_form(raw)
    parts = [
        form.get("MessageSid") or form.get("SmsSid") or form.get("CallSid", ""),
        form.get("MessageStatus") or form.get("CallStatus", ""),
        form.get("AnsweredBy", ""),
        form.get("ErrorCode", ""),
    ]
    return ":".join(parts) if parts[0] else ""


def empty_answer(raw: bytes) -> tuple[int, str, bytes]:
    """Nothing is to be done at once: what we have to say goes out by itself."""
    return 200, "text/xml", _EMPTY
