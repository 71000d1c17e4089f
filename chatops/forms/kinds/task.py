"""Work that somebody should do, now or afterwards."""

from collections.abc import Sequence
from functools import partial

from chatops.dialogs import Input, Kind
from chatops.forms.pieces import lengths
from chatops.forms.registry import Asked, FormKind, Values, first, register_form
from chatops.grammar.writing import command_line, write_handle

_DUE = {"task": (30, 60, 240, 1440), "followup": (1440, 4320, 10080, 20160)}


def draw(group: str, asked: Asked) -> Sequence[Input]:
    return [
        Input("text", "What should be done?", required=True, most=500, initial=asked.said("text")),
        Input("user", "Who does it?", Kind.PERSON, placeholder="Nobody yet", initial=asked.said("user")),
        Input("due", "Due in", Kind.CHOICE, placeholder="No date", options=lengths(*_DUE[group])),
    ]


def write(group: str, asked: Asked, values: Values) -> Sequence[str]:
    parts = [f"--due={first(values, 'due')}"] if first(values, "due") else []
    parts += [f"--from={line}" for line in asked.said("from")]
    line = command_line(f"/incident {group} add", *parts, incident=asked.about.pk, text=first(values, "text"))
    return [f"{line} {write_handle(first(values, 'user'))}" if first(values, "user") else line]


TASK = register_form(
    FormKind(
        "incident", "task add", "Task", "Add", partial(draw, "task"), partial(write, "task"), opens_without=("text",)
    )
)
FOLLOW_UP = register_form(
    FormKind(
        "incident",
        "followup add",
        "Follow-up",
        "Add",
        partial(draw, "followup"),
        partial(write, "followup"),
        opens_without=("text",),
    )
)
