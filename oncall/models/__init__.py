from oncall.models.calendar import FollowedCalendar
from oncall.models.contact import PAGER_LANE, ContactMethod, NotificationRule, QuietHours, Urgency
from oncall.models.escalation import EscalationLevel, EscalationPolicy, EscalationRun
from oncall.models.feed import Feed
from oncall.models.moved import Moved
from oncall.models.notice import NOTICE_LANE, Notice
from oncall.models.page import Page
from oncall.models.probe import Probe, SelfWatch
from oncall.models.request import ShiftPart, ShiftRequest
from oncall.models.schedule import Override, Schedule, ScheduleVersion
from oncall.models.service import Service
from oncall.models.watch import Handover, Preflight, ShiftWatch

__all__ = [
    "NOTICE_LANE",
    "PAGER_LANE",
    "ContactMethod",
    "EscalationLevel",
    "EscalationPolicy",
    "EscalationRun",
    "Feed",
    "FollowedCalendar",
    "Handover",
    "Moved",
    "Notice",
    "NotificationRule",
    "Override",
    "Page",
    "Preflight",
    "Probe",
    "QuietHours",
    "Schedule",
    "ScheduleVersion",
    "SelfWatch",
    "Service",
    "ShiftPart",
    "ShiftRequest",
    "ShiftWatch",
    "Urgency",
]
