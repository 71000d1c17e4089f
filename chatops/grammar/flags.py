"""Taking the flags out of a line; their order and place are free."""

from collections.abc import Sequence
from functools import lru_cache

from chatops.grammar.errors import Choice, Span, Unreadable
from chatops.grammar.readers import Here, Value, read_arg, static_choices
from chatops.grammar.shapes import Flag, Kind, Shape, Takes
from chatops.grammar.suggest import either, nearest
from chatops.grammar.tokens import Sort, Token

#: names the incident where a reference could be mistaken for text
INCIDENT = Flag("incident", Kind.INCIDENT)
_YES = {"", "yes", "true", "on", "1"}
_NO = {"no", "false", "off", "0"}


def pick_flags(
    tokens: Sequence[Token], shape: Shape, here: Here, values: dict[str, Value], spans: dict[str, Span]
) -> list[Token]:
    """Put the values of the shape's flags into `values` and return the tokens that are left.

    A flag that the command does not know stays where it is as text, if the command takes text.

    :raises Unreadable: a flag without its value, or one that is nearly known.
    """
    left: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.sort is not Sort.FLAG:
            left.append(token)
            at += 1
            continue
        used = _take(tokens, at, shape, here, values, spans)
        if not used:
            left.append(token)
        at += used or 1
    return left


def _take(
    tokens: Sequence[Token],
    at: int,
    shape: Shape,
    here: Here,
    values: dict[str, Value],
    spans: dict[str, Span],
) -> int:
    """Take one flag; returns how many tokens it used, 0 when it is text."""
    token = tokens[at]
    if token.text == INCIDENT.name and shape.takes is not Takes.NONE:
        return _take_incident(tokens, at, here, values)
    flag = shape.flag(token.text)
    if flag is None:
        _refuse_near_miss(token, shape)
        return 0
    if flag.kind is None:
        values[flag.name] = _switch(token, flag)
        spans[flag.name] = token.span
        return 1
    value, used = _value(tokens, at, flag, here)
    spans[flag.name] = token.start, tokens[at + used - 1].end
    if flag.many:
        kept = values.setdefault(flag.name, [])
        if isinstance(kept, list):
            kept.append(str(value))
    else:
        values[flag.name] = value
    return used


def _take_incident(tokens: Sequence[Token], at: int, here: Here, values: dict[str, Value]) -> int:
    """`--incident 142`; anything that is no reference leaves it as text."""
    try:
        value, used = _value(tokens, at, INCIDENT, here)
    except Unreadable:
        return 0
    values[INCIDENT.name] = value
    return used


def _value(tokens: Sequence[Token], at: int, flag: Flag, here: Here) -> tuple[Value, int]:
    token = tokens[at]
    if token.value is not None:
        inline = Token(Sort.QUOTED if token.value_quoted else Sort.WORD, token.value, token.start, token.end)
        if not token.value and not token.value_quoted:
            raise _needs_value(token, flag)
        try:
            return read_arg(flag.as_arg(), [inline], 0, here)[0], 1
        except Unreadable as trouble:
            raise _again_as_flag(trouble, flag)
    following = tokens[at + 1 : at + 2]
    if not following or following[0].sort is Sort.FLAG:
        raise _needs_value(token, flag)
    value, used = read_arg(flag.as_arg(), tokens, at + 1, here)
    return value, used + 1


def _again_as_flag(trouble: Unreadable, flag: Flag) -> Unreadable:
    """The choices of `--sev=x` take the place of the whole flag."""
    choices = [Choice(choice.label, f"--{flag.name}={choice.value}") for choice in trouble.choices]
    return Unreadable(trouble.message, hint=trouble.hint, span=trouble.span, choices=choices, wants=flag.name)


def _needs_value(token: Token, flag: Flag) -> Unreadable:
    example = f", for example --{flag.name} {flag.example}" if flag.example else ""
    known = static_choices(flag.as_arg())
    return Unreadable(
        f"--{flag.name} needs a {flag.kind}{example}.",
        span=token.span,
        choices=[Choice(choice.label, f"--{flag.name} {choice.value}") for choice in known],
        wants=flag.name,
    )


def _switch(token: Token, flag: Flag) -> bool:
    said = (token.value or "").casefold()
    if said not in _YES | _NO:
        raise Unreadable(
            f"--{flag.name} is a switch: write it alone, or --{flag.name}=no.",
            span=token.span,
            choices=[Choice(f"--{flag.name}", f"--{flag.name}")],
        )
    return said in _YES


@lru_cache(maxsize=256)
def _near(name: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Remembered, because a line may hold thousands of words that look like flags."""
    return tuple(nearest(name, names))


def _refuse_near_miss(token: Token, shape: Shape) -> None:
    names = tuple(flag.name for flag in shape.flags)
    meant = _near(token.text, names)
    if meant:
        rest = f"={token.value}" if token.value is not None else ""
        raise Unreadable(
            f"No --{token.text}.",
            hint=f"Did you mean {either([f'--{name}' for name in meant])}?",
            span=token.span,
            choices=[Choice(f"--{name}", f"--{name}{rest}") for name in meant],
        )
    if shape.text is None:
        hint = f"It takes {either([f'--{name}' for name in names])}." if names else "It takes no flags."
        raise Unreadable(f"No --{token.text} here.", hint=hint, span=token.span)
