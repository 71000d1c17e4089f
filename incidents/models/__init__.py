from incidents.models.event import TimelineEvent
from incidents.models.incident import Incident, IncidentAlert, Severity, Status
from incidents.models.people import COMMANDER, Member, RoleAssignment
from incidents.models.postmortem import Postmortem
from incidents.models.reminder import Reminder
from incidents.models.work import ActionItem, Attachment, OutsideFile, Update

__all__ = [
    "COMMANDER",
    "ActionItem",
    "Attachment",
    "Incident",
    "IncidentAlert",
    "Member",
    "OutsideFile",
    "Postmortem",
    "Reminder",
    "RoleAssignment",
    "Severity",
    "Status",
    "TimelineEvent",
    "Update",
]
