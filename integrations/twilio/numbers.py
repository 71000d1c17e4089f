"""Phone numbers as they are kept and shown. Pure."""

import re

from common.errors import Invalid

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_BETWEEN = re.compile(r"[\s\-./()\u00a0]")


def read_number(text: str) -> str:
    """Return a number as E.164 has it, from how people write it.

    :raises Invalid: it can't be one, naming `address`.
    """
    clean = _BETWEEN.sub("", text.strip().removeprefix("tel:"))
    if clean.startswith("00"):
        clean = f"+{clean[2:]}"
    if not clean.isascii() or not _NUMBER.fullmatch(clean):
        raise Invalid(
            "Write the number with + and the code of the country, as in +49 170 1234567.",
            field="address",
        )
    return clean


def is_number(text: str) -> bool:
    """Tell whether it is one already."""
    return text.isascii() and bool(_NUMBER.fullmatch(text))
