"""When a typed line opens a form: what it must have is missing, or it says `--form`."""

from collections.abc import Sequence
from dataclasses import replace

from chatops.commands.kit.resolve import resolve
from chatops.context import Context
from chatops.forms.registry import form_of
from chatops.grammar.binding import Bound, bind
from chatops.grammar.readers import Here
from chatops.grammar.shapes import Flag, Shape
from chatops.grammar.tokens import Token
from chatops.grammar.values import IncidentRef, UserRef
from chatops.grammar.writing import write_value
from chatops.registry import Command, shown
from chatops.replies import FormAsk, Reply
from common.errors import Invalid

_FORM = Flag("form")


def asked_form(
    context: Context, command: Command, source: str, tokens: Sequence[Token], here: Here, *, end: int
) -> Reply | None:
    """Return the answer that opens the command's form, or None when the line is to be run as it is.

    The actor must be allowed what the form would do.

    :raises Unreadable: what was typed besides can't be read. :raises NoIncident: no room, and none is named.
    :raises Refused: not theirs to do.
    """
    kind = form_of(command.root, command.name)
    if kind is None:
        return None
    bound = bind(source, tokens, _lenient(command.shape), here, end=end)
    asked = bool(bound.values.pop(_FORM.name, False))
    lacks = bool(kind.opens_without) and not any(bound.values.get(name) for name in kind.opens_without)
    if not asked and not (context.shows_forms and lacks):
        return None
    args = resolve(context, replace(command, shape=_lenient(command.shape)), bound)
    incident = args.incident_or_none
    here_too = f" #{incident.pk}" if incident is not None else ""
    if not context.shows_forms:
        raise Invalid("A form can't be opened here.", field="form", hint=f"Type it: `{command.shown_form()}`")
    return Reply(
        text=f"Fill in the form, or type `{command.typed}{here_too} …` (`/{shown(command.root)} help {command.name}`).",
        incident=incident.pk if incident else None,
        form=FormAsk(kind.name, incident.pk if incident else None, _given(bound)),
    )


def _lenient(shape: Shape) -> Shape:
    """The same with nothing required, and `--form`."""
    return replace(shape, args=tuple(replace(arg, required=False) for arg in shape.args), flags=(*shape.flags, _FORM))


def _given(bound: Bound) -> dict[str, list[str]]:
    """What was typed, as the inputs take it."""
    given: dict[str, list[str]] = {}
    for name, value in bound.values.items():
        if isinstance(value, list):
            given[name] = [str(item) for item in value]
        elif isinstance(value, UserRef):
            given[name] = ["me" if value.is_me else value.text]
        elif isinstance(value, str):
            given[name] = [value]
        elif not isinstance(value, IncidentRef):
            given[name] = [write_value(value)]
    return given
