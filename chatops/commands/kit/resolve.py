"""From what was read to what it means: references become rows, checked against what the actor sees."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatops.commands.kit import lookup
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.binding import Bound
from chatops.grammar.errors import Choice, Unreadable, splice
from chatops.grammar.readers import Value
from chatops.grammar.shapes import Arg, Kind, Takes
from chatops.grammar.values import IncidentRef, UserRef
from chatops.port import Button
from chatops.registry import Command
from common.errors import NotFound
from incidents.models import Incident
from incidents.permissions import Doing, can_see, require
from incidents.queries import find_incident


@dataclass(frozen=True)
class Typed:
    """A line on its way: what was typed, as a full command line, and where the command's words end."""

    source: str
    words_end: int
    words_start: int = 0

    @property
    def words(self) -> str:
        """The command's own words: `/incident resolve`."""
        return self.source[self.words_start : self.words_end]

    def with_incident(self, number: int) -> str:
        """The same line, naming an incident."""
        return splice(self.source, (self.words_end, self.words_end), f"#{number}")


class NoIncident(Exception):
    """The command needs an incident, and neither the line nor the room names one."""


class Unsure(Exception):
    """A reference before free text: does it name the incident, or is it part of the text?"""

    def __init__(self, other: Incident, here: Incident) -> None:
        super().__init__()
        self.other, self.here = other, here


def resolve(context: Context, command: Command, bound: Bound) -> Args:
    """Look up what was read, asking first whether the actor may do this.

    :raises NoIncident: none is named and the room has none. :raises Unsure: ask which is meant.
    :raises Refused: not there (or not for them to see), or not allowed.
    :raises Unreadable: a person or service that is not there, or several that are.
    """
    if command.by_number:
        return Args(bound.values, number=_number(context, bound))
    incident = _incident(context, command, bound)
    if incident is not None and command.shape.takes in (Takes.MARKED, Takes.BARE):
        _require(context, command, incident)
    values = {name: _value(context, command, name, value, bound) for name, value in bound.values.items()}
    return Args(values, incident=incident)


def _require(context: Context, command: Command, incident: Incident) -> None:
    if isinstance(command.who, Doing):
        require(context.by, command.who, incident)


def _number(context: Context, bound: Bound) -> int:
    if bound.incident is not None and bound.incident.number is not None:
        return bound.incident.number
    return room_incident(context).pk


def _incident(context: Context, command: Command, bound: Bound) -> Incident | None:
    takes = command.shape.takes
    if takes is Takes.NONE:
        return None
    if bound.incident is not None and bound.incident.number is not None:
        found = find_incident(bound.incident.number, context.by)
        here = _seen_room(context)
        if bound.is_unsure and here is not None and here.pk != found.pk:
            raise Unsure(found, here)
        return found
    if takes is Takes.MAYBE and bound.incident is None:
        return _seen_room(context)
    return room_incident(context)


def room_incident(context: Context) -> Incident:
    """The incident of the room; in the room of a merged incident, the one it went into.

    :raises NoIncident: the room has none that the actor may see.
    """
    found = _seen_room(context)
    if found is None:
        raise NoIncident
    return found


def _seen_room(context: Context) -> Incident | None:
    incident = context.incident
    if incident is None:
        return None
    if not context.by.is_machine and not can_see(context.by.user, incident):
        return None
    if incident.merged_into_id is None:
        return incident
    try:
        return find_incident(incident.merged_into_id, context.by)
    except NotFound:
        return incident


def _value(context: Context, command: Command, name: str, value: Value, bound: Bound) -> object:
    span = bound.spans.get(name, (0, 0))
    if isinstance(value, UserRef) and kind_of(command, name) is Kind.PEOPLE:
        return lookup.find_people(value, context, span, name)
    if isinstance(value, UserRef):
        return lookup.find_person(value, context, span, name)
    if isinstance(value, IncidentRef):
        return room_incident(context) if value.number is None else find_incident(value.number, context.by)
    kind = kind_of(command, name)
    if kind is Kind.SCHEDULE and isinstance(value, str):
        return lookup.find_schedule(value, span, name)
    if kind is Kind.TARGET and isinstance(value, str):
        return lookup.find_targets(value, context, span, name)
    if kind is Kind.SERVICE and isinstance(value, str):
        return lookup.find_service(value, span, name)
    if kind is Kind.SERVICE and isinstance(value, list):
        return [lookup.find_service(item, span, name) for item in value]
    return value


def kind_of(command: Command, name: str) -> Kind | None:
    """The kind of an argument or flag."""
    arg = argument(command, name)
    return arg.kind if arg else None


def argument(command: Command, name: str) -> Arg | None:
    """The argument, or the flag as one."""
    flag = command.shape.flag(name)
    return next((arg for arg in command.shape.args if arg.name == name), flag.as_arg() if flag else None)


# --- buttons --------------------------------------------------------------------------------------


def choices_for(context: Context, command: Command, trouble: Unreadable) -> Sequence[Choice]:
    """What to offer for a missing argument: what the grammar knows, else people, services or incidents."""
    arg = argument(command, trouble.wants) if trouble.wants else None
    if trouble.choices or arg is None:
        return trouble.choices
    if arg.kind in (Kind.USER, Kind.PEOPLE):
        me = context.by.user
        here = [person for person in lookup.people_here(_seen_room(context), 20) if person != me]
        return lookup.person_choices(here)
    if arg.kind is Kind.SCHEDULE:
        return lookup.schedule_choices()
    if arg.kind is Kind.TARGET:
        return lookup.target_choices()
    if arg.kind is Kind.SERVICE:
        return lookup.service_choices()
    if arg.kind is Kind.INCIDENT:
        return lookup.incident_choices(context)
    return []


def buttons_of(source: str, trouble: Unreadable, choices: Sequence[Choice], *, run_it: bool = False) -> list[Button]:
    """One button per choice; each runs the line as typed with the choice in its place."""
    span = trouble.span
    if span is None:
        return []
    return [
        Button("Run it" if run_it else choice.label, command=splice(source, span, choice.value))
        for choice in choices[:8]
    ]
