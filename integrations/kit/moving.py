"""Who can read the export of another system: registered by its integration, used by `manage.py move_in`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oncall.moving.shapes import Export

Lists = Mapping[str, Sequence[dict[str, Any]]]


@dataclass(frozen=True)
class Reader:
    """`lists`: the names of its lists, each a file `<name>.json` of an export. `read` is pure."""

    lists: Sequence[str]
    read: Callable[[Lists], Export]


#: asks the system itself for its lists; its own shifts for [start, end), in seconds since 1970
Fetcher = Callable[[int, int], dict[str, list[dict[str, Any]]]]

_readers: dict[str, Reader] = {}
_fetchers: dict[str, Fetcher] = {}


def register_reader(source: str, reader: Reader, fetcher: Fetcher) -> None:
    """Say who reads a system's export, and who asks the system for it."""
    _readers[source] = reader
    _fetchers[source] = fetcher


def readers() -> dict[str, Reader]:
    """Every system that people can move in from."""
    return dict(_readers)


def fetchers() -> dict[str, Fetcher]:
    """How each of them is asked by its API."""
    return dict(_fetchers)
