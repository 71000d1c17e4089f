"""Which word did they mean?"""

from collections.abc import Iterable

MOST = 2


def distance(one: str, other: str, most: int = MOST) -> int:
    """Count insertions, deletions, changes and swaps of neighbours; anything over `most` is `most + 1`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)


def leeway_of(word: str) -> int:
    """How many slips a word of this length may hold: short words are too near to each other for two."""
    return MOST if len(word) >= 5 else 1 if len(word) >= 3 else 0


def nearest(word: str, known: Iterable[str], limit: int = 3, most: int = MOST) -> list[str]:
    """Return the known words that were probably meant, best first.

    A word within `most` slips (fewer for short words), else a known word of which it is the beginning.
    """
    word = word.casefold()
    if not word or len(word) > 40:
        return []
    names, leeway = sorted(set(known)), min(most, leeway_of(word))
    close = sorted((score, name) for name in names if (score := distance(word, name, leeway)) <= leeway)
    if close:
        best = close[0][0]
        return [name for score, name in close if score == best][:limit]
    return [name for name in names if len(word) >= 3 and name.startswith(word)][:limit]


def either(words: list[str]) -> str:
    """Write `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
