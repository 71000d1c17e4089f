from oncall.models.contact import PAGER_LANE, ContactMethod, NotificationRule, Urgency
from oncall.models.escalation import EscalationLevel, EscalationPolicy, EscalationRun
from oncall.models.page import Page
from oncall.models.schedule import Override, Schedule, ScheduleVersion
from oncall.models.service import Service

__all__ = [
    "PAGER_LANE",
    "ContactMethod",
    "EscalationLevel",
    "EscalationPolicy",
    "EscalationRun",
    "NotificationRule",
    "Override",
    "Page",
    "Schedule",
    "ScheduleVersion",
    "Service",
    "Urgency",
]
