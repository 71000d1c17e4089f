"""What incidents tells the rest of the house (sent by its operations, inside their transaction)."""

from dataclasses import dataclass

from incidents.models import Incident, TimelineEvent


@dataclass(frozen=True)
class EventsRecorded:
    """Timeline events of one incident were written. Listeners: `chatops` (mirror them to rooms), live nudges."""

    incident_number: int
    events: tuple[TimelineEvent, ...]


@dataclass(frozen=True)
class FilesSaid:
    """A line was said with files. Listeners: `chatops` (hand them over to the channels)."""

    incident_number: int
    sequence: int
    surface: str
    attachments: tuple[int, ...]


@dataclass(frozen=True)
class IncidentDeclared:
    """A new incident exists. Listeners: `chatops` (make its rooms). `incident` spares them a look."""

    incident_number: int
    incident: Incident


@dataclass(frozen=True)
class IncidentChanged:
    """Facts that cards and announcements show have changed. Listeners: `chatops`."""

    incident_number: int


@dataclass(frozen=True)
class IncidentResolved:
    """It is resolved. Listeners: `alerts` learn it through their subject; postmortem draft is made before."""

    incident_number: int


@dataclass(frozen=True)
class IncidentsMerged:
    """`source` now is part of `target`. Listeners: `chatops` (tell both rooms)."""

    source: int
    target: int


@dataclass(frozen=True)
class AccessChanged:
    """Who may see the incident has changed. Listeners: `chatops` (rooms, invitations), live sockets."""

    incident_number: int
    access_version: int


@dataclass(frozen=True)
class MemberJoined:
    """A person came into the room. Listeners: `chatops` (invite to the channels)."""

    incident_number: int
    user_id: int
