"""A person's face: two letters in one of twelve hues, the same everywhere."""

import re

HUES = 12
_DRAWABLE = re.compile(r"[A-Za-z0-9]{1,2}")


def initials(name: str) -> str:
    """Return two letters for a face: of first and last word, or the first two of a single word."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    if len(words) == 1:
        return words[0][:2]
    return words[0][0] + words[-1][0]


def hue(name: str) -> int:
    """Return one of the twelve hues, the same for a name everywhere; static/js/people.js counts alike."""
    total = 0
    for letter in name.strip().casefold():
        total = (total * 31 + ord(letter)) % 4_294_967_296
    return total // 7 % HUES


def face_path(name: str) -> str:
    """Where the picture of a face lies; "" for letters that can't be drawn. It tells the two letters and no more."""
    letters = initials(name)
    return f"/faces/{hue(name)}-{letters.lower()}.png" if _DRAWABLE.fullmatch(letters) else ""
