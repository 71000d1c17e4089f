"""Declaring: only the title is needed."""

from collections.abc import Sequence

from chatops.dialogs import Input, Kind, Option
from chatops.forms.pieces import flag, severities
from chatops.forms.registry import Asked, FormKind, Values, first, register_form
from chatops.grammar.writing import command_line, write_word
from incidents.rules import texts
from oncall.models import Service

_MOST_SERVICES = 1000
_SWITCHES = (("private", "Private: only members see it"), ("drill", "Drill: nobody outside is told"))


def draw(asked: Asked) -> Sequence[Input]:
    services = Service.objects.order_by("name").values_list("slug", "name")[:_MOST_SERVICES]
    return [
        Input("title", "What broke?", required=True, most=texts.TITLE_LENGTH, initial=asked.said("title")),
        Input(
            "sev",
            "How bad is it?",
            Kind.CHOICE,
            placeholder="Not sure yet: SEV3 until somebody says",
            options=severities(),
            initial=asked.said("sev"),
        ),
        Input(
            "service",
            "Services",
            Kind.CHOICES,
            options=[Option(slug, name) for slug, name in services],
            initial=asked.said("service"),
        ),
        Input("impact", "Who is hurt, and how much?", Kind.TEXT, initial=asked.said("impact")),
        Input("summary", "What is known", Kind.TEXT, initial=asked.said("summary")),
        Input(
            "more",
            "More",
            Kind.CHOICES,
            options=[Option(name, label) for name, label in _SWITCHES],
            initial=[name for name, _ in _SWITCHES if asked.given.get(name)],
        ),
    ]


def write(asked: Asked, values: Values) -> Sequence[str]:
    parts = [f"--sev={first(values, 'sev')}"] if first(values, "sev") else []
    parts += [f"--service={write_word(slug)}" for slug in values.get("service", [])]
    parts += [flag(name, first(values, name)) for name in ("impact", "summary") if first(values, name)]
    parts += [f"--{name}" for name, _ in _SWITCHES if name in values.get("more", [])]
    return [command_line("/incident create", *parts, text=first(values, "title"))]


FORM = register_form(
    FormKind("incident", "create", "Declare an incident", "Declare", draw, write, opens_without=("title",))
)
