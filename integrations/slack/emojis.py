"""Slack's reaction names as characters."""

import emoji

_TONES = {f"skin-tone-{n}": chr(0x1F3FB + n - 2) for n in range(2, 7)}


def emoji_of(name: str) -> str:
    """`+1::skin-tone-2` → 👍🏻; a name of the workspace's own stays `:name:`."""
    base, _, tone = name.partition("::")
    found = emoji.emojize(f":{base}:", language="alias")
    if not base or found == f":{base}:":
        return f":{name[:60]}:"
    return found + _TONES.get(tone, "")
