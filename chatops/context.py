"""What a command is told about who typed it and where."""

from dataclasses import dataclass, field

from accounts.actors import Actor
from incidents.models import Incident


@dataclass
class Context:
    """Who typed, where, and which incident this room belongs to (None: no incident room).

    `room_kind` is web, slack, bridge or palette. `typed` is the line as typed. `outside_id` makes what the
    command writes unique, so that a repeat does nothing twice. `people` maps mention tokens of the
    surface (Slack's `<@U1>`) to handles before parsing. `shows_forms`: this surface can open a form in
    front of who typed; elsewhere the page that does the same is named.
    """

    by: Actor
    typed: str
    incident: Incident | None = None
    room_kind: str = "web"
    outside_id: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    shows_forms: bool = False
