"""It is over: what fixed it, since when, and what is left to do."""

from collections.abc import Sequence

from chatops.dialogs import Input, Kind
from chatops.forms.pieces import flag
from chatops.forms.registry import Asked, FormKind, Values, first, register_form
from chatops.grammar.writing import command_line


def draw(asked: Asked) -> Sequence[Input]:
    inputs = [Input("text", "What fixed it?", Kind.TEXT, initial=asked.said("text"))]
    if asked.about.mitigated_at is None:
        hint = "Empty for now; else 14:05, 14:05Z or -20m"
        inputs.append(Input("at", "The harm stopped at", hint=hint, placeholder="now", most=40))
    inputs.append(Input("followup", "A follow-up", placeholder="What would have made this shorter?", most=500))
    return inputs


def write(asked: Asked, values: Values) -> Sequence[str]:
    number, lines = asked.about.pk, []
    if first(values, "at"):
        lines.append(command_line("/incident mitigated", flag("at", first(values, "at")), incident=number))
    if first(values, "followup"):
        lines.append(command_line("/incident followup add", incident=number, text=first(values, "followup")))
    lines.append(command_line("/incident resolve", incident=number, text=first(values, "text") or None))
    return lines


FORM = register_form(FormKind("incident", "resolve", "Resolve", "Resolve", draw, write))
