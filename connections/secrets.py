"""Secrets at rest: encrypted with the first key, readable with any of them."""

import base64
import functools
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


@functools.cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])


def _current() -> MultiFernet:
    return _box(tuple(settings.ENCRYPTION_KEYS))


def seal(raw: bytes) -> bytes:
    """Encrypt bytes for the database."""
    return _current().encrypt(raw)


def unseal(sealed: bytes) -> bytes:
    """Decrypt what `seal` made.

    :raises LostKey: when none of the configured keys opens it.
    """
    try:
        return _current().decrypt(sealed)
    except InvalidToken:
        raise LostKey("no key in WARROOM_ENCRYPTION_KEYS opens this; add the old key behind the new one")


class LostKey(Exception):
    """A secret was encrypted with a key that is not configured any more."""


def seal_json(value: dict[str, Any]) -> str:
    """Encrypt a small mapping; an empty one stays empty text."""
    return seal(json.dumps(value).encode()).decode() if value else ""


def unseal_json(sealed: str) -> dict[str, Any]:
    """Decrypt a mapping made by `seal_json`."""
    result: dict[str, Any] = json.loads(unseal(sealed.encode())) if sealed else {}
    return result
