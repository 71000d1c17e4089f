"""The register of forms. Each belongs to one command and writes that command's lines.

A form is one `FormKind` in a module of `chatops.forms.kinds` or in `<app>.chat_forms`; adding one edits
nothing else.
"""

import importlib
import pkgutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.module_loading import autodiscover_modules

from accounts.actors import Actor
from chatops.dialogs import Input
from incidents.models import Incident

#: what stands in a form's inputs, by their names; a choice of several is several values
Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Asked:
    """What a form is drawn from: who asks, about which incident, and what they had typed already."""

    by: Actor
    incident: Incident | None = None
    given: Values = field(default_factory=dict)

    def said(self, name: str, otherwise: str = "") -> Sequence[str]:
        """What an input begins with: what was typed, else this."""
        return self.given.get(name) or ([otherwise] if otherwise else [])

    @property
    def about(self) -> Incident:
        """The incident of a form that needs one."""
        if self.incident is None:
            raise TypeError("this form is about no incident")
        return self.incident


@dataclass(frozen=True)
class FormKind:
    """One form.

    `opens_without` names the arguments of which one must be there, or it opens; where that is empty only
    `--form` opens it.
    `write` gives the typed lines that say what was filled in, in the order they are run.
    """

    root: str
    command: str
    title: str
    submit: str
    draw: Callable[[Asked], Sequence[Input]]
    write: Callable[[Asked, Values], Sequence[str]]
    opens_without: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name in rows: the command it writes."""
        return f"{self.root} {self.command}"


_forms: dict[str, FormKind] = {}
_loaded = False
_loading = threading.Lock()


def register_form(kind: FormKind) -> FormKind:
    """Add a form.

    :raises ValueError: its command has one already.
    """
    if kind.name in _forms:
        raise ValueError(f"/{kind.name} has a form already")
    _forms[kind.name] = kind
    return kind


def forms() -> Mapping[str, FormKind]:
    """Every form by its name."""
    global _loaded
    if not _loaded:
        with _loading:
            if not _loaded:
                _discover()
                _loaded = True
    return _forms


def form_of(root: str, command: str) -> FormKind | None:
    """The form of a command, if it has one."""
    return forms().get(f"{root} {command}")


def first(values: Values, name: str) -> str:
    """The one value of an input, without blanks around it; "" when nothing stands there."""
    found = values.get(name) or [""]
    return str(found[0]).strip()


def _discover() -> None:
    package = importlib.import_module("chatops.forms.kinds")
    for module in pkgutil.walk_packages(package.__path__, "chatops.forms.kinds."):
        importlib.import_module(module.name)
    autodiscover_modules("chat_forms")
