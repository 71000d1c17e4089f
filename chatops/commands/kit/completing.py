"""Completing a line while it is typed: commands, flags and values that the actor may see."""

from collections.abc import Iterable, Sequence

from django.db.models import Q

from accounts.models import User
from chatops.commands.kit import lookup
from chatops.context import Context
from chatops.grammar.completing import Suggestion, flag_in_hand, wanted
from chatops.grammar.errors import Choice
from chatops.grammar.readers import Here, static_choices
from chatops.grammar.shapes import Arg, Kind, Shape
from chatops.grammar.tokens import Line, Token, read_line
from chatops.registry import Command, Registry, shown
from common import clock

MOST = 8
_DASHES = ("-", "—", "–")


def complete(typed: str, context: Context, commands: Registry) -> list[Suggestion]:
    """Suggest how the line could go on, best first, at most eight."""
    line = read_line(typed)
    if line.root is None:
        return []
    is_open = bool(typed) and not typed[-1].isspace()
    if not line.tokens and is_open:
        return _roots(line.root, commands)
    root = commands.root_of(line.root)
    if root is None:
        return []
    done, start = _split(line, is_open)
    word, head = typed[start:], typed[:start]
    found = commands.find(root, [token.text for token in done])
    subs = _commands(commands, root, done, word, head, line)
    if found is None:
        return subs[:MOST]
    command, used = found
    return [*subs, *_arguments(context, command, done[used:], word, head)][:MOST]


def _split(line: Line, is_open: bool) -> tuple[Sequence[Token], int]:
    """The finished tokens, and where the word being typed begins."""
    if is_open and line.tokens:
        return line.tokens[:-1], line.tokens[-1].start
    return line.tokens, len(line.source)


def _roots(word: str, commands: Registry) -> list[Suggestion]:
    names = sorted(shown(root) for root in commands.roots())
    return [Suggestion(f"/{name} ", f"/{name}") for name in names if name.startswith(word)][:MOST]


def _commands(
    commands: Registry, root: str, done: Sequence[Token], word: str, head: str, line: Line
) -> list[Suggestion]:
    """Commands that begin with what stands there."""
    begun = " ".join([*(token.folded for token in done), word.casefold()])
    if len(done) > 1 or not all(token.is_word for token in done):
        return []
    before = line.source[: done[0].start] if done else head
    found = [
        command
        for command in commands.commands(root)
        if command.name and any(name.startswith(begun) for name in command.names)
    ]
    found.sort(key=lambda command: (not command.name.startswith(begun), command.rank or 99, command.name))
    return [Suggestion(f"{before}{command.name} ", command.name, command.summary) for command in found]


def _arguments(context: Context, command: Command, done: Sequence[Token], word: str, head: str) -> Iterable[Suggestion]:
    shape = command.shape
    in_hand = flag_in_hand(done, shape)
    if in_hand is None and word.startswith(_DASHES):
        return _flags(shape, done, word, head)
    if word.startswith("@"):
        return _taken(_people(word[1:]), head)
    if word.startswith("#"):
        return _taken(lookup.incident_choices(context, word[1:]), head)
    arg = in_hand or wanted(shape, done, Here(clock.now(), lookup.zone_of(context)))
    return _taken(_values(context, arg, word), head) if arg is not None else []


def _flags(shape: Shape, done: Sequence[Token], word: str, head: str) -> list[Suggestion]:
    begun = word.lstrip("-—–").casefold()
    used = {token.text for token in done}
    return [
        Suggestion(f"{head}--{flag.name} ", f"--{flag.name}", str(flag.kind or "switch"))
        for flag in shape.flags
        if flag.name.startswith(begun) and (flag.many or flag.name not in used)
    ]


def _values(context: Context, arg: Arg, word: str) -> Sequence[Choice]:
    """Values of an argument that begin so."""
    if arg.kind in (Kind.USER, Kind.PEOPLE):
        return _people(word)
    if arg.kind is Kind.SCHEDULE:
        return lookup.schedule_choices(word)
    if arg.kind is Kind.TARGET:
        return lookup.target_choices(word)
    if arg.kind is Kind.SERVICE:
        return lookup.service_choices(word)
    if arg.kind is Kind.INCIDENT:
        return lookup.incident_choices(context, word)
    begun = word.casefold()
    known = static_choices(arg)
    return [
        choice
        for choice in known
        if choice.value.casefold().startswith(begun)
        or any(part.startswith(begun) for part in choice.label.casefold().split())
    ]


def _people(begun: str) -> list[Choice]:
    active = User.objects.filter(is_active=True)
    rows = active.filter(Q(handle__istartswith=begun) | Q(name__istartswith=begun)) if begun else active
    return lookup.person_choices(list(rows[: lookup.MOST]))


def _taken(choices: Sequence[Choice], head: str) -> list[Suggestion]:
    return [Suggestion(f"{head}{choice.value} ", choice.value, choice.label) for choice in choices]
