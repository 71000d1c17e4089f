"""A status update: now, doing, need."""

from collections.abc import Sequence

from chatops.dialogs import Input, Kind
from chatops.forms.pieces import flag, lengths
from chatops.forms.registry import Asked, FormKind, Values, first, register_form
from chatops.grammar.writing import command_line
from incidents.models import Incident

_FIELDS = (
    ("now", "Now", "What you think is wrong"),
    ("doing", "Doing", "What is being tried, by whom"),
    ("need", "Need", "What would help"),
)
_MOST = 500


def draw(asked: Asked) -> Sequence[Input]:
    incident = asked.about
    fields = [
        Input(name, label, placeholder=hint, most=_MOST, initial=asked.said(name, _known(incident, name)))
        for name, label, hint in _FIELDS
    ]
    return [
        *fields,
        Input("text", "Anything else", Kind.TEXT, initial=asked.said("text")),
        Input(
            "next",
            "Next update in",
            Kind.CHOICE,
            placeholder="As its severity asks",
            options=lengths(15, 30, 60, 120, 240, 480),
            initial=asked.said("next"),
        ),
    ]


def write(asked: Asked, values: Values) -> Sequence[str]:
    incident = asked.about
    parts = [flag(name, first(values, name)) for name, _, _ in _FIELDS if first(values, name) != _known(incident, name)]
    parts += [f"--next={first(values, 'next')}"] if first(values, "next") else []
    if not parts and not first(values, "text"):
        # Nothing was changed: what stands there is said again, as an update.
        parts = [flag(name, _known(incident, name)) for name, _, _ in _FIELDS if _known(incident, name)]
    return [command_line("/incident update", *parts, incident=incident.pk, text=first(values, "text") or None)]


def _known(incident: Incident, name: str) -> str:
    return str(getattr(incident, f"{name}_text"))


FORM = register_form(
    FormKind(
        "incident", "update", "Status update", "Publish", draw, write, opens_without=("text", "now", "doing", "need")
    )
)
