"""Single values in a line: incident references, people, severities, statuses, numbers, words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatops.grammar.errors import Choice, Unreadable, shortened
from chatops.grammar.suggest import either, nearest

SEVERITIES = {"critical": 1, "major": 2, "minor": 3, "low": 4, "notice": 5}
STATUSES = ("triage", "investigating", "fixing", "monitoring", "resolved", "closed", "cancelled")
_STATUS_WORDS = {
    **{name: name for name in STATUSES},
    "merged": "merged",
    "investigate": "investigating",
    "fix": "fixing",
    "monitor": "monitoring",
    "resolve": "resolved",
    "close": "closed",
    "cancel": "cancelled",
    "canceled": "cancelled",
}
ROLES = ("commander", "comms", "scribe", "responder")
_ROLE_WORDS = {
    **{name: name for name in ROLES},
    "lead": "commander",
    "leader": "commander",
    "ic": "commander",
    "communications": "comms",
    "responders": "responder",
}
_MARKED = re.compile(r"(?:#|inc-)([0-9]{1,12})[:,;.]?", re.IGNORECASE)
_BARE = re.compile(r"[0-9]{1,12}")
_SEV = re.compile(r"(?:sev|s|p)?[\s-]?([1-5])", re.IGNORECASE)
_HANDLE = re.compile(r"@?[\w.+-]+(?:@[\w.-]+)?", re.ASCII)


@dataclass(frozen=True)
class IncidentRef:
    """An incident by number; None is "this", the one of the room."""

    number: int | None


@dataclass(frozen=True)
class UserRef:
    """A person as typed, without the @; `is_me` for "me"."""

    text: str
    is_me: bool = False


def marked_incident(word: str) -> IncidentRef | None:
    """Read #142 or INC-142: what is a reference wherever it stands."""
    match = _MARKED.fullmatch(word)
    return IncidentRef(int(match[1])) if match else None


def bare_incident(word: str) -> IncidentRef | None:
    """Read 142 or `this` as well: a reference only where nothing else could stand."""
    if word.casefold() == "this":
        return IncidentRef(None)
    return IncidentRef(int(word)) if _BARE.fullmatch(word) else marked_incident(word)


def read_incident(word: str) -> IncidentRef:
    """:raises Unreadable: it is no reference."""
    found = bare_incident(word)
    if found is None:
        said = shortened(word)
        raise Unreadable(f'I can\'t read "{said}" as an incident.', hint="Write #142, INC-142 or this.")
    return found


def read_severity(word: str) -> int:
    """Read 1..5, sev1..sev5 or a name.

    :raises Unreadable: with the five as choices, or the name that was probably meant.
    """
    match = _SEV.fullmatch(word)
    if match:
        return int(match[1])
    folded = word.casefold()
    if folded in SEVERITIES:
        return SEVERITIES[folded]
    meant = nearest(folded, SEVERITIES)
    names = meant or list(SEVERITIES)
    usual = "Write 1 to 5, sev1, or critical, major, minor, low, notice."
    raise Unreadable(
        f'I can\'t read "{shortened(word)}" as a severity.',
        hint=f"Did you mean {either(meant)}?" if meant else usual,
        choices=[severity_choice(name) for name in names],
    )


def severity_choice(name: str) -> Choice:
    """A choice such as `SEV1 critical`."""
    return Choice(f"SEV{SEVERITIES[name]} {name}", str(SEVERITIES[name]))


def read_status(word: str) -> str:
    """:raises Unreadable: with the statuses as choices."""
    found = _STATUS_WORDS.get(word.casefold())
    if found is None:
        raise no_such(word, STATUSES, "status")
    return found


def is_status(word: str) -> bool:
    """Tell whether the word names a status."""
    return word.casefold() in _STATUS_WORDS


def read_role(word: str) -> str:
    """Return the role; any word can be one, so a near miss of a usual role is asked about.

    :raises Unreadable: it looks like a slip of a usual role.
    """
    folded = " ".join(word.casefold().split())
    found = _ROLE_WORDS.get(folded)
    if found:
        return found
    if meant := nearest(folded, _ROLE_WORDS, most=1):
        names = sorted({_ROLE_WORDS[name] for name in meant})
        raise Unreadable(
            f'No role "{shortened(word)}".',
            hint=f"Did you mean {either(names)}?",
            choices=[Choice(name, name) for name in names],
        )
    if not folded or len(folded) > 40 or "@" in folded:
        raise Unreadable(f'"{shortened(word)}" is no role.', hint=f"Usual roles: {', '.join(ROLES)}.")
    return folded


def is_usual_role(word: str) -> bool:
    """Tell whether the word names a role that every incident knows."""
    return word.casefold() in _ROLE_WORDS


def read_user(word: str) -> UserRef:
    """Read @handle, me, a name or an e-mail address. Whether somebody is called so is not asked here."""
    text = word.removeprefix("@").rstrip(",;:")
    if text.casefold() in ("me", "myself"):
        return UserRef("me", is_me=True)
    if not text.strip():
        raise Unreadable("Whom? An @ alone names nobody.", hint="Write @handle, me, or a name.")
    return UserRef(text)


def looks_like_user(word: str) -> bool:
    """True for @something: a person wherever it stands."""
    return len(word) > 1 and word[0] == "@" and _HANDLE.fullmatch(word.rstrip(",;:.")) is not None


def read_number(word: str) -> int:
    """:raises Unreadable: not a plain number below a million million."""
    bare = word.removeprefix("#")
    if not _BARE.fullmatch(bare):
        raise Unreadable(f'I can\'t read "{shortened(word)}" as a number.')
    return int(bare)


def read_choice(word: str, choices: Mapping[str, str], what: str) -> str:
    """Read one of several words (alias → what it means).

    :raises Unreadable: with the words as choices.
    """
    found = choices.get(word.casefold())
    if found is None:
        raise no_such(word, list(dict.fromkeys(choices.values())), what)
    return found


def no_such(word: str, known: Sequence[str], what: str) -> Unreadable:
    """The complaint about an unknown word: `No "fixd". Did you mean fixing?`"""
    meant = nearest(word, known)
    hint = f"Did you mean {either(meant)}?" if meant else f"The {what} is one of: {', '.join(known)}."
    choices = [Choice(name, name) for name in meant or known]
    return Unreadable(f'No "{shortened(word)}".', hint=hint, choices=choices)
