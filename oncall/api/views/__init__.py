from oncall.api.views.calendars import Calendar
from oncall.api.views.pages import Acknowledge, OnePage, Pages, PassOn, Snooze
from oncall.api.views.policies import OnePolicy, Policies, Simulate
from oncall.api.views.requests import Decline, Effect, OneShiftRequest, ScheduleRequests, ShiftRequests, Take
from oncall.api.views.schedules import (
    Difference,
    Final,
    Now,
    OnCall,
    OneOverride,
    OneSchedule,
    Overrides,
    Preview,
    QualityView,
    Schedules,
    Why,
)
from oncall.api.views.services import OneService, Services

__all__ = [
    "Acknowledge",
    "Calendar",
    "Decline",
    "Difference",
    "Effect",
    "Final",
    "Now",
    "OnCall",
    "OneOverride",
    "OnePage",
    "OnePolicy",
    "OneSchedule",
    "OneService",
    "OneShiftRequest",
    "Overrides",
    "Pages",
    "PassOn",
    "Policies",
    "Preview",
    "QualityView",
    "ScheduleRequests",
    "Schedules",
    "Services",
    "ShiftRequests",
    "Simulate",
    "Snooze",
    "Take",
    "Why",
]
