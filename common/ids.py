"""Ids and secrets that leave the product."""

import hashlib
import secrets
import uuid


def new_secret(prefix: str = "") -> str:
    """Return 256 random bits as text, with a readable prefix such as `wr_`."""
    return prefix + secrets.token_urlsafe(32)


def digest(value: str | bytes) -> str:
    """Return the SHA-256 of a secret as hex: what is stored in its place."""
    raw = value.encode() if isinstance(value, str) else value
    return hashlib.sha256(raw).hexdigest()


def new_id() -> str:
    """Return a random id without meaning."""
    return uuid.uuid4().hex
