"""What may be written at all. Pure: text in, clean text out, or a clear refusal that names the field."""

import re
import unicodedata

from common.errors import Invalid
from common.redaction import redacted

#: control characters, and those that turn the direction of what follows
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def clean(value: object, field: str, *, most: int, least: int = 0, one_line: bool = False) -> str:
    """Return the text in NFC without surrounding space and without secrets of known shapes.

    :raises Invalid: not text, control characters, lone surrogates, too long or too short; names the field.
    """
    if not isinstance(value, str):
        raise Invalid(f"{field} must be text.", field=field)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Invalid(f"{field} holds a broken character (a lone surrogate).", field=field)
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if one_line:
        text = " ".join(text.split())
    if CONTROL.search(text):
        raise Invalid(f"{field} holds a control character; remove it and send again.", field=field)
    if len(text) > most:
        raise Invalid(f"{field} has {len(text):,} characters; at most {most:,} fit.", field=field)
    if len(text) < least:
        raise Invalid(f"{field} can't be empty.", field=field)
    return redacted(text)[:most]
