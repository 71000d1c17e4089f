"""How bad it is."""

from collections.abc import Sequence

from chatops.dialogs import Input, Kind
from chatops.forms.pieces import severities
from chatops.forms.registry import Asked, FormKind, Values, first, register_form
from chatops.grammar.writing import command_line


def draw(asked: Asked) -> Sequence[Input]:
    return [
        Input(
            "severity",
            "Severity",
            Kind.CHOICE,
            options=severities(),
            initial=asked.said("severity", str(int(asked.about.severity))),
            required=True,
        ),
        Input("reason", "Why", placeholder="38 % of checkouts fail", most=500, initial=asked.said("reason")),
    ]


def write(asked: Asked, values: Values) -> Sequence[str]:
    reason = first(values, "reason") or None
    return [command_line("/incident sev", first(values, "severity"), incident=asked.about.pk, text=reason)]


FORM = register_form(FormKind("incident", "sev", "Severity", "Set", draw, write, opens_without=("severity",)))
