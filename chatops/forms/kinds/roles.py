"""Who holds which role."""

from collections.abc import Sequence

from chatops.dialogs import Input, Kind
from chatops.forms.registry import Asked, FormKind, Values, first, register_form
from chatops.grammar.writing import command_line, write_handle
from incidents.models import RoleAssignment
from incidents.models.people import SINGLE_ROLES


def draw(asked: Asked) -> Sequence[Input]:
    held = _held(asked)
    return [
        Input(
            role, role.capitalize(), Kind.PERSON, placeholder="Nobody yet", initial=asked.said(role, held.get(role, ""))
        )
        for role in SINGLE_ROLES
    ]


def write(asked: Asked, values: Values) -> Sequence[str]:
    held, lines = _held(asked), []
    for role in SINGLE_ROLES:
        chosen, was = first(values, role), held.get(role, "")
        if chosen and chosen != was:
            lines.append(command_line("/incident assign", role, write_handle(chosen), incident=asked.about.pk))
        elif was and not chosen:
            lines.append(command_line("/incident drop", role, incident=asked.about.pk))
    return lines


def _held(asked: Asked) -> dict[str, str]:
    rows = RoleAssignment.objects.filter(incident=asked.about, role__in=SINGLE_ROLES, ended_at__isnull=True)
    return dict(rows.values_list("role", "user__handle"))


FORM = register_form(FormKind("incident", "roles", "Roles", "Set", draw, write))
