"""What may be written into an incident. Pure: text in, clean text out, or a clear refusal."""

import re
import unicodedata

from common.cleaning import CONTROL, clean
from common.errors import Invalid
from common.redaction import redact, redacted

__all__ = [
    "LINE_LENGTH",
    "SHORT_LENGTH",
    "TITLE_LENGTH",
    "clean",
    "legible",
    "line",
    "link",
    "mild",
    "role",
    "short",
    "tag",
    "title",
]

TITLE_LENGTH = 200
LINE_LENGTH = 12_000
SHORT_LENGTH = 500


def title(value: object) -> str:
    """A title: one line, 1 to 200 characters."""
    return clean(value, "title", most=TITLE_LENGTH, least=1, one_line=True)


def line(value: object, field: str = "text") -> str:
    """A chat line: 1 to 12,000 characters."""
    return clean(value, field, most=LINE_LENGTH, least=1)


def short(value: object, field: str) -> str:
    """A short field on one line, may be empty."""
    return clean(value, field, most=SHORT_LENGTH, one_line=True)


def legible(value: object) -> str:
    """Text of a machine or another chat: never refused, what can't be kept is replaced. Secrets are still in it."""
    text = value if isinstance(value, str) else str(value)
    text = text.encode("utf-8", "replace").decode()
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))[:LINE_LENGTH]


def mild(value: object) -> str:
    """The same without secrets of known shapes: for what is kept as it is."""
    return redacted(legible(value))[:LINE_LENGTH]


def tag(value: object) -> str:
    """A tag: lower case letters, digits, `-_.:/`, at most 40."""
    text = clean(value, "tag", most=40, least=1, one_line=True).lower().lstrip("#")
    if not re.fullmatch(r"[\w.:/-]+", text):
        raise Invalid("A tag is one word of letters, digits and - _ . : /", field="tag")
    return text


def role(value: object) -> str:
    """A role's name: letters and digits of any script, spaces and -, at most 40, in lower case."""
    text = clean(value, "role", most=40, least=1, one_line=True).lower()
    if not text[0].isalnum() or any(unicodedata.category(char)[0] not in "LMN" and char not in " -" for char in text):
        raise Invalid("A role is named by letters, digits, spaces and - only.", field="role")
    return text


def link(value: object) -> str:
    """A web address people may follow: http or https only."""
    _, secrets = redact(value if isinstance(value, str) else "")
    if secrets:
        raise Invalid(f"That address holds a secret ({secrets[0]}); link to something without it.", field="url")
    text = clean(value, "url", most=2000, least=1, one_line=True)
    if not re.match(r"^https?://[^\s/@]+\.?[^\s@]*$", text, re.IGNORECASE) or " " in text:
        raise Invalid("A link starts with http:// or https:// and names a host, without a user in it.", field="url")
    return text
