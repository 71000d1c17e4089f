"""What a reaction stands for. Which signs mean what is a setting (`WARROOM_REACTIONS`)."""

import functools
from collections.abc import Mapping, Sequence
from enum import StrEnum

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

#: makes an emoji a picture; the same sign is typed with and without it
_PICTURE = "\N{VARIATION SELECTOR-16}"


class Meaning(StrEnum):
    """What can be said by reacting to a line."""

    PIN = "pin"
    TASK = "task"
    FOLLOW_UP = "followup"
    UPDATE = "update"
    QUESTION = "question"
    SEEN = "seen"


def meaning_of(emoji: str) -> Meaning | None:
    """What a reaction stands for; None for the many that are only a reaction."""
    return _by_sign(settings.REACTIONS).get(emoji.replace(_PICTURE, ""))


def meanings() -> Mapping[Meaning, Sequence[str]]:
    """The signs of each meaning."""
    found: dict[Meaning, list[str]] = {meaning: [] for meaning in Meaning}
    for sign, meaning in _by_sign(settings.REACTIONS).items():
        found[meaning].append(sign)
    return found


@functools.cache
def _by_sign(setting: str) -> Mapping[str, Meaning]:
    """Read `pin=📌,task=✅+✔`.

    :raises ImproperlyConfigured: an unknown meaning, or a sign that would mean two things.
    """
    found: dict[str, Meaning] = {}
    for pair in setting.split(","):
        name, _, signs = pair.strip().partition("=")
        if name not in list(Meaning):
            raise ImproperlyConfigured(f"WARROOM_REACTIONS: {name or 'nothing'} is none of {', '.join(Meaning)}.")
        for sign in filter(None, (part.strip().replace(_PICTURE, "") for part in signs.split("+"))):
            if sign in found:
                raise ImproperlyConfigured(f"WARROOM_REACTIONS: {sign} means {found[sign]} and {name}.")
            found[sign] = Meaning(name)
    return found
