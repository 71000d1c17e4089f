"""What can be connected. The integrations register what they are; this package knows no vendor."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connections.models import Connection


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
    #: yes or no instead of a text; kept as "1" or not at all
    is_switch: bool = False
    #: a required one may be left out when these others are given
    unless: Sequence[str] = ()


@dataclass(frozen=True)
class Guide:
    """How a kind is set up, step by step, beside the form.

    `template` shows what `steps(way)` gives; `way` is one of the kind's ways in as the address of the page
    names it, "" for the one that suits. It may name fields: `needed` that way, `hidden` because that way has
    no use for them, and `later`, which are folded away. `after(connection)` says how it stands with a
    connection that is made: what its page shows of it, from the database alone.
    """

    template: str
    steps: Callable[[str], Mapping[str, Any]]
    after: Callable[[Connection], Mapping[str, Any]]
    after_template: str


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
    is_chat: bool = False
    guide: Guide | None = None

    def missing(self, values: Mapping[str, object]) -> list[EntryField]:
        """The required fields that these values leave empty."""
        return [each for each in self.fields if self._is_missing(each, values)]

    def _is_missing(self, field: EntryField, values: Mapping[str, object]) -> bool:
        if not field.required or _is_given(values, field.name):
            return False
        return not (field.unless and all(_is_given(values, other) for other in field.unless))


def _is_given(values: Mapping[str, object], name: str) -> bool:
    return bool(str(values.get(name) or "").strip())


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
