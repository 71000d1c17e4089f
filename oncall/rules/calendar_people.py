"""Who is meant by an event of an outside calendar, and what its events come to as stretches of time."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from oncall.rules.calendars import Entry

#: from, to, people
Piece = tuple[int, int, tuple[str, ...]]
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_HANDLE = re.compile(r"(?<![\w.])@([\w-]{1,60})(?!\.\w)")
_APART = re.compile(r"\s*(?:[,;/&+:()\[\]|–—]|(?<!\S)-(?!\S)|\band\b|\bon[- ]call\b)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Directory:
    """People by what calendars call them, in lower case. A name that two people have is in none."""

    emails: Mapping[str, str]
    handles: Mapping[str, str]
    names: Mapping[str, str]


@dataclass(frozen=True)
class Followed:
    """What a calendar comes to, and whom we don't know: each with the event's words."""

    pieces: list[Piece] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def people_in(entry: Entry, known: Directory) -> tuple[list[str], list[str]]:
    """Return who is meant by an event, and which of its words look like people that we don't know."""
    addresses = [*entry.attendees, *_EMAIL.findall(entry.summary)]
    rest = _EMAIL.sub(" ", entry.summary)
    handles = _HANDLE.findall(rest)
    found = [known.emails.get(each.casefold()) for each in addresses]
    found += [known.handles.get(each.casefold()) for each in handles]
    people = [user for user in found if user is not None]
    missing = [each for each, user in zip([*addresses, *handles], found, strict=True) if user is None]
    if not found:
        for words in _APART.split(_HANDLE.sub(" ", rest)):
            user = known.names.get(words.strip().casefold()) or known.handles.get(words.strip().casefold())
            if user is not None:
                people.append(user)
        if not people:
            missing.append(entry.summary.strip() or "an event without words")
    return list(dict.fromkeys(people)), missing


def followed(entries: Iterable[Entry], known: Directory) -> Followed:
    """Return who is on call when: events at the same time are together. Nobody is left out without a word."""
    edges: dict[int, list[tuple[int, str]]] = {}
    unknown: dict[str, None] = {}
    for entry in entries:
        people, missing = people_in(entry, known)
        unknown.update(dict.fromkeys(missing))
        for user in people:
            edges.setdefault(entry.start, []).append((1, user))
            edges.setdefault(entry.end, []).append((-1, user))
    pieces: list[Piece] = []
    held: dict[str, int] = {}
    last = 0
    for at in sorted(edges):
        users = tuple(sorted((user for user, times in held.items() if times), key=str))
        if users:
            _add(pieces, (last, at, users))
        for change, user in edges[at]:
            held[user] = held.get(user, 0) + change
        last = at
    return Followed(pieces, list(unknown)[:50])


def kept(before: Iterable[Piece], after: Iterable[Piece], now: int, oldest: int) -> list[Piece]:
    """Return what a fresh copy makes of it: what was stays as it was, and from now on the new one counts."""
    pieces: list[Piece] = []
    for start, end, users in before:
        if end > oldest and start < now:
            _add(pieces, (start, min(end, now), users))
    for start, end, users in after:
        if end > now:
            _add(pieces, (max(start, now), end, users))
    return pieces


def _add(pieces: list[Piece], piece: Piece) -> None:
    if pieces and pieces[-1][1] == piece[0] and pieces[-1][2] == piece[2]:
        pieces[-1] = (pieces[-1][0], piece[1], piece[2])
    else:
        pieces.append(piece)
