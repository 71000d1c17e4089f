"""Slack's reaction names as characters."""

import emoji

_TONES = {f"skin-tone-{n}": chr(0x1F3FB + n - 2) for n in range(2, 7)}


def name_of(character: str) -> str:
    """The reverse: 👍🏻 → `+1::skin-tone-2`, `:name:` → `name`; "" for what is no emoji."""
    if character.startswith(":") and character.endswith(":"):
        return character.strip(":")
    tone = next((name for name, sign in _TONES.items() if sign in character), "")
    bare = character.replace(_TONES[tone], "") if tone else character
    found = emoji.demojize(bare, language="alias")
    if not (found.startswith(":") and found.endswith(":")) or found.count(":") != 2:
        return ""
    name = found.strip(":")
    return f"{name}::{tone}" if tone else name


def emoji_of(name: str) -> str:
    """`+1::skin-tone-2` → 👍🏻; a name of the workspace's own stays `:name:`."""
    base, _, tone = name.partition("::")
    found = emoji.emojize(f":{base}:", language="alias")
    if not base or found == f":{base}:":
        return f":{name[:60]}:"
    return found + _TONES.get(tone, "")
