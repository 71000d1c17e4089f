"""Reading one argument at a place in the line: each kind says its value and how many tokens it took."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from chatops.grammar import values
from chatops.grammar.errors import Choice, Unreadable
from chatops.grammar.shapes import Arg, Kind
from chatops.grammar.times import When, explain, read_duration, read_when, write_when
from chatops.grammar.tokens import Token

#: what an argument can be
Value = str | int | bool | timedelta | When | values.IncidentRef | values.UserRef | list[str]
Read = tuple[Value, int]

_MOST_WORDS = 4


@dataclass(frozen=True)
class Here:
    """What reading must know: the present and the time zone of the one who types."""

    now: datetime
    zone: tzinfo


def read_arg(arg: Arg, tokens: Sequence[Token], at: int, here: Here) -> Read:
    """Read one argument from the token at `at`; returns the value and the number of tokens used.

    :raises Unreadable: with the span of what was looked at.
    """
    token = tokens[at]
    if token.is_word and arg.kind is not Kind.CHOICE and token.folded in arg.choices:
        return arg.choices[token.folded], 1
    try:
        if arg.kind in _LONG:
            return _longest(arg, tokens, at, here)
        return _SHORT[arg.kind](arg, token.text), 1
    except Unreadable as trouble:
        raise trouble.at(token.span, arg.name)


_SHORT: dict[Kind, Callable[[Arg, str], Value]] = {
    Kind.WORD: lambda arg, word: word,
    Kind.SERVICE: lambda arg, word: word,
    Kind.SCHEDULE: lambda arg, word: word,
    Kind.TARGET: lambda arg, word: word,
    Kind.INCIDENT: lambda arg, word: values.read_incident(word),
    Kind.USER: lambda arg, word: values.read_user(word),
    Kind.PEOPLE: lambda arg, word: values.read_user(word),
    Kind.SEVERITY: lambda arg, word: values.read_severity(word),
    Kind.STATUS: lambda arg, word: values.read_status(word),
    Kind.ROLE: lambda arg, word: values.read_role(word),
    Kind.NUMBER: lambda arg, word: values.read_number(word),
    Kind.CHOICE: lambda arg, word: values.read_choice(word, arg.choices, arg.name),
}
_LONG: dict[Kind, Callable[[Arg, str, Here], Value]] = {
    Kind.DURATION: lambda arg, text, here: read_duration(text),
    Kind.WHEN: lambda arg, text, here: read_when(text, now=here.now, zone=here.zone, lean=arg.lean),
    Kind.DUE: lambda arg, text, here: _due(text, here),
}


def _longest(arg: Arg, tokens: Sequence[Token], at: int, here: Here) -> Read:
    """Times may be several words ("tomorrow 9", "10 min"): the longest that reads wins."""
    read = _LONG[arg.kind]
    words = 1
    if tokens[at].is_word:
        while words < _MOST_WORDS and at + words < len(tokens) and tokens[at + words].is_word:
            words += 1
    first: Unreadable | None = None
    for count in range(words, 0, -1):
        text = " ".join(token.text for token in tokens[at : at + count])
        try:
            value = read(arg, text, here)
        except Unreadable as trouble:
            first = trouble
            continue
        return _sure(value, (tokens[at].start, tokens[at + count - 1].end)), count
    raise first or Unreadable("Nothing to read.")


def _sure(value: Value, span: tuple[int, int]) -> Value:
    """A time that had to be guessed is asked about, never used."""
    if isinstance(value, When) and value.is_guess:
        raise Unreadable(f"{value.note} OK?", span=span, choices=[Choice("OK", write_when(value.at))])
    return value


def _due(text: str, here: Here) -> When:
    """A due time: a length from now, or a moment."""
    try:
        at = here.now + read_duration(text)
    except Unreadable:
        return read_when(text, now=here.now, zone=here.zone)
    return When(at, text, explain(text, at, here.now, here.zone))


def static_choices(arg: Arg) -> list[Choice]:
    """The choices that need no look-up."""
    if arg.kind is Kind.SEVERITY:
        return [values.severity_choice(name) for name in values.SEVERITIES]
    if arg.kind is Kind.STATUS:
        return [Choice(name, name) for name in values.STATUSES if name != "cancelled"]
    if arg.kind is Kind.ROLE:
        return [Choice(name, name) for name in values.ROLES]
    if arg.kind in (Kind.DURATION, Kind.DUE):
        return [Choice(length, length) for length in ("15m", "30m", "1h")]
    return [Choice(name, name) for name in dict.fromkeys(arg.choices.values())]
