"""What is wanted next in a line that is being typed."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatops.grammar.binding import FILLERS
from chatops.grammar.errors import Unreadable
from chatops.grammar.flags import pick_flags
from chatops.grammar.readers import Here, read_arg
from chatops.grammar.shapes import Arg, Shape
from chatops.grammar.tokens import Sort, Token
from chatops.grammar.values import marked_incident


@dataclass(frozen=True)
class Suggestion:
    """One way to go on: `line` is the whole line after taking it."""

    line: str
    label: str
    detail: str = ""


def flag_in_hand(tokens: Sequence[Token], shape: Shape) -> Arg | None:
    """The flag whose value comes next."""
    if not tokens or tokens[-1].sort is not Sort.FLAG or tokens[-1].value is not None:
        return None
    flag = shape.flag(tokens[-1].text)
    return flag.as_arg() if flag is not None and flag.kind is not None else None


def wanted(shape: Shape, tokens: Sequence[Token], here: Here) -> Arg | None:
    """The argument that comes next; None inside free text, or when what stands there can't be read."""
    try:
        rest = pick_flags(tokens, shape, here, {}, {})
    except Unreadable:
        return None
    at = 0
    for arg in shape.places:
        while at < len(rest) and (rest[at].folded in FILLERS | {*arg.fillers} or marked_incident(rest[at].text)):
            at += 1
        if at >= len(rest):
            return arg
        try:
            at += read_arg(arg, rest, at, here)[1]
        except Unreadable:
            if arg.required:
                return None
    return shape.text if at >= len(rest) else None
