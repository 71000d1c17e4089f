"""What can be connected. The integrations register what they are; this package knows no vendor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class EntryField:
    """One value of the set-up form."""

    name: str
    label: str
    hint: str = ""
    is_secret: bool = False
    required: bool = False
    #: a secret that may have two values at once, the newest first: both are good while it is rotated.
    several: bool = False


@dataclass(frozen=True)
class Entry:
    """A kind of connection: its words, fields, and doors (paths under /hooks/)."""

    kind: str
    name: str
    summary: str
    fields: Sequence[EntryField] = ()
    doors: Sequence[str] = ()
    keyed_doors: Sequence[str] = field(default_factory=tuple)
    can_be_added: bool = True


_entries: dict[str, Entry] = {}
_source: Callable[[], Sequence[Entry]] | None = None


def register_source(source: Callable[[], Sequence[Entry]]) -> None:
    """Say where the entries come from (the kit, from the installed manifests)."""
    global _source
    _source = source


def catalogue() -> list[Entry]:
    """Every kind that is installed, by name."""
    if not _entries and _source is not None:
        _entries.update({found.kind: found for found in _source()})
    return sorted(_entries.values(), key=lambda found: found.name)


def entry(kind: str) -> Entry | None:
    """One kind, or None: "integration not installed"."""
    catalogue()
    return _entries.get(kind)
