"""Something that happened, for the timeline."""

from collections.abc import Sequence

from chatops.dialogs import Input, Kind
from chatops.forms.pieces import flag
from chatops.forms.registry import Asked, FormKind, Values, first, register_form
from chatops.grammar.writing import command_line


def draw(asked: Asked) -> Sequence[Input]:
    hint = "Empty for now; else 14:05, 14:05Z or -20m"
    return [
        Input("text", "What happened?", Kind.TEXT, required=True, initial=asked.said("text")),
        Input("at", "When?", hint=hint, placeholder="now", most=40, initial=asked.said("at")),
    ]


def write(asked: Asked, values: Values) -> Sequence[str]:
    parts = [flag("at", first(values, "at"))] if first(values, "at") else []
    return [command_line("/incident note", *parts, incident=asked.about.pk, text=first(values, "text"))]


FORM = register_form(FormKind("incident", "note", "Note", "Add", draw, write, opens_without=("text",)))
