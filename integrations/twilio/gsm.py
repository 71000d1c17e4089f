"""What fits into one text message: the GSM alphabet, and cutting at a length. Pure."""

import unicodedata

MOST = 160
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_LONG = frozenset("^{}\\[~]|€")
_INSTEAD = {
    "–": "-",
    "—": "-",
    "−": "-",
    "‘": "'",
    "’": "'",
    "`": "'",
    "´": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "…": "...",
    "→": "->",
    "·": "-",
    "×": "x",
    "\u00a0": " ",
}


def gsm(text: str) -> str:
    """The text in the GSM alphabet: one other character would halve what fits. What has no likeness is left out."""
    found = "".join(_one(char) for char in text)
    return " ".join(found.split())


def _one(char: str) -> str:
    if char in _BASIC or char in _LONG:
        return char
    if char in _INSTEAD:
        return _INSTEAD[char]
    plain = "".join(each for each in unicodedata.normalize("NFKD", char) if not unicodedata.combining(each))
    return plain if plain and all(each in _BASIC or each in _LONG for each in plain) else " "


def length(text: str) -> int:
    """How much of a message it takes."""
    return sum(2 if char in _LONG else 1 for char in text)


def cut(text: str, most: int) -> str:
    """The text within a length: cut between words where that loses little, and marked."""
    if length(text) <= most:
        return text
    kept = text
    while kept and length(kept) > most - 3:
        kept = kept[:-1]
    space = kept.rfind(" ")
    if space > len(kept) * 2 // 3:
        kept = kept[:space]
    return f"{kept.rstrip(' .,;:-')}..."
