"""Writing a command line that reads the same again: for undo, buttons and typed forms under buttons."""

import re
from collections.abc import Mapping
from datetime import timedelta

from chatops.grammar.binding import FILLERS, Bound
from chatops.grammar.readers import Value
from chatops.grammar.shapes import Shape
from chatops.grammar.times import When, write_duration, write_when
from chatops.grammar.tokens import quoted
from chatops.grammar.values import IncidentRef, UserRef

#: text that can stand in a line as it is: nothing in it could be read as anything else
_PLAIN = re.compile(r"[A-Za-z0-9.,;:!?()/%+=<>'&*_-]+(?: [A-Za-z0-9.,;:!?()/%+=<>'&*_-]+)+")
_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9._/:-]*")
_RISKY = re.compile(r"(?:^| )(?:--|inc-[0-9])", re.IGNORECASE)


def write_text(text: str) -> str:
    """Write free text: as it is where that is safe, in quotes otherwise."""
    return text if _PLAIN.fullmatch(text) and not _RISKY.search(text) else quoted(text)


def write_word(text: str) -> str:
    """Write a word argument, in quotes where needed."""
    plain = _PLAIN_WORD.fullmatch(text) and text.casefold() not in FILLERS and not _RISKY.search(text)
    return text if plain else quoted(text)


def write_value(value: Value) -> str:
    """Write one value in its plain form."""
    if isinstance(value, IncidentRef):
        return "this" if value.number is None else f"#{value.number}"
    if isinstance(value, UserRef):
        return "me" if value.is_me else write_handle(value.text)
    if isinstance(value, When):
        return write_when(value.at)
    if isinstance(value, timedelta):
        return write_duration(value)
    return write_word(value) if isinstance(value, str) else str(value)


def write_handle(text: str) -> str:
    """Write a person: @handle, or a quoted name."""
    return f"@{text}" if re.fullmatch(r"[\w.+-]+(?:@[\w.-]+)?", text, re.ASCII) else quoted(f"@{text}")


def write_bound(shape: Shape, bound: Bound) -> str:
    """Write what was read after the command's words; reading that gives the same values."""
    parts = _flags(shape, bound.values)
    if bound.incident is not None:
        parts.append(f"--incident {write_value(bound.incident)}")
    parts += _places(shape, bound.values)
    text = shape.text
    if text is not None and text.name in bound.values:
        parts.append(write_text(str(bound.values[text.name])))
    parts += [_marked(bound.values[arg.name]) for arg in shape.riders if arg.name in bound.values]
    return " ".join(parts)


def _places(shape: Shape, values: Mapping[str, Value]) -> list[str]:
    """The arguments in order; one that follows a gap keeps its small word (`merge into #142`)."""
    parts: list[str] = []
    is_gap = False
    for arg in shape.places:
        if arg.name not in values:
            is_gap = True
            continue
        parts += [arg.fillers[0]] if is_gap and arg.fillers else []
        parts.append(write_value(values[arg.name]))
        is_gap = False
    return parts


def _marked(value: Value) -> str:
    """A person beside free text: only with an @ it counts."""
    return "@me" if isinstance(value, UserRef) and value.is_me else write_value(value)


def _flags(shape: Shape, values: Mapping[str, Value]) -> list[str]:
    parts: list[str] = []
    for flag in shape.flags:
        value = values.get(flag.name)
        if value is None:
            continue
        if flag.kind is None:
            parts.append(f"--{flag.name}" if value else f"--{flag.name}=no")
        elif isinstance(value, list):
            parts += [f"--{flag.name}={write_word(item)}" for item in value]
        else:
            parts.append(f"--{flag.name}={write_value(value)}")
    return parts


def command_line(command: str, *parts: str, incident: int | None = None, text: str | None = None) -> str:
    """Write a typed line: `command_line("/incident sev", "2", incident=142)` is `/incident sev 2 #142`.

    `parts` are written already. `text` is free text; None leaves it out, "" writes an empty one. Behind a
    reference it stands in quotes, so that nobody has to guess whether the reference belongs to it.
    """
    line = [command, *parts]
    if incident is not None:
        line.append(f"#{incident}")
    if text is not None:
        line.append(write_text(text) if incident is None else quoted(text))
    return " ".join(line)
