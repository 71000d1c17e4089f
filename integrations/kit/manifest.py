"""What an integration says of itself. The form on the Connections page is drawn from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string

Headers = Mapping[str, str]
Secrets = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One value a user enters to set the integration up."""

    name: str
    label: str
    hint: str = ""
    is_secret: bool = False
    required: bool = False
    #: a secret that may have two values at once, the newest first: both are good while it is rotated.
    several: bool = False
    #: yes or no instead of a text; kept as "1" or not at all
    is_switch: bool = False
    #: a required one may be left out when these others are given
    unless: Sequence[str] = ()


@dataclass(frozen=True)
class Door:
    """One entrance under /hooks/. All functions are pure over the request.

    `verify(headers, raw, secrets, now)` checks that the request is genuine (`now`: unix seconds).
    `outside_id(headers, raw)` is the sender's own id of it; a repeat has the same one.
    `answer(raw)` gives (status, content type, body) where something must be answered at once.
    Header names are lower case. `path` is relative to /hooks/: `slack/events`; with `by_key` the address
    ends in a secret key instead of being signed.
    """

    path: str
    verify: Callable[[Headers, bytes, Secrets, float], bool]
    outside_id: Callable[[Headers, bytes], str]
    answer: Callable[[bytes], tuple[int, str, bytes] | None] | None = None
    by_key: bool = False
    accepted_status: int = 202
    is_alert_source: bool = False


@dataclass(frozen=True)
class GuidePaths:
    """A guide by the names of its parts, because a manifest is read before any model."""

    template: str
    after_template: str
    steps: str
    after: str


@dataclass(frozen=True)
class Manifest:
    """An integration: its slug is the `kind` of its connections."""

    slug: str
    name: str
    summary: str
    fields: Sequence[Field] = ()
    capabilities: Sequence[str] = ()
    #: true: every installation has one
    is_built_in: bool = False
    #: false: only the environment makes it, because it may go where no address of a person may
    can_be_added: bool = True
    doors: Sequence[Door] = field(default_factory=tuple)
    #: steps for whoever sets it up: the template, and functions named by their dotted path (see Guide).
    guide: "GuidePaths | None" = None
    #: a function by its dotted path that tells the doctor, line by line, what is set up wrongly here.
    complaints: str = ""
    #: settings names → field names: a connection made by the environment.
    environment: Mapping[str, str] = field(default_factory=dict)


def manifests() -> dict[str, Manifest]:
    """Every installed integration's manifest by slug, found by name: `<package>.manifest.MANIFEST`."""
    found: dict[str, Manifest] = {}
    for config in apps.get_app_configs():
        if config.name.startswith("integrations."):
            try:
                manifest: Manifest = import_string(f"{config.name}.manifest.MANIFEST")
            except ImportError:
                continue
            found[manifest.slug] = manifest
    return found
