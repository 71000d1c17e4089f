"""Addresses of services, schedules, escalation and pages."""

from django.urls import path

from oncall.api import contact_urls, views

urlpatterns = [
    *contact_urls.urlpatterns,
    path("services", views.Services.as_view()),
    path("services/<slug:slug>", views.OneService.as_view()),
    path("escalation-policies", views.Policies.as_view()),
    path("escalation-policies/<slug:slug>", views.OnePolicy.as_view()),
    path("escalation-policies/<slug:slug>/simulate", views.Simulate.as_view()),
    path("pages", views.Pages.as_view()),
    path("pages/<int:pk>", views.OnePage.as_view()),
    path("pages/<int:pk>/ack", views.Acknowledge.as_view()),
    path("pages/<int:pk>/pass", views.PassOn.as_view()),
    path("pages/<int:pk>/snooze", views.Snooze.as_view()),
    path("oncall", views.OnCall.as_view()),
    path("shift-requests", views.ShiftRequests.as_view()),
    path("shift-requests/<int:pk>", views.OneShiftRequest.as_view()),
    path("shift-requests/<int:pk>/effect", views.Effect.as_view()),
    path("shift-requests/<int:pk>/take", views.Take.as_view()),
    path("shift-requests/<int:pk>/decline", views.Decline.as_view()),
    path("schedules", views.Schedules.as_view()),
    path("schedules/preview", views.Preview.as_view()),
    path("schedules/<slug:slug>", views.OneSchedule.as_view()),
    path("schedules/<slug:slug>/final", views.Final.as_view()),
    path("schedules/<slug:slug>/now", views.Now.as_view()),
    path("schedules/<slug:slug>/difference", views.Difference.as_view()),
    path("schedules/<slug:slug>/quality", views.QualityView.as_view()),
    path("schedules/<slug:slug>/why", views.Why.as_view()),
    path("schedules/<slug:slug>/calendar", views.Calendar.as_view()),
    path("schedules/<slug:slug>/requests", views.ScheduleRequests.as_view()),
    path("schedules/<slug:slug>/overrides", views.Overrides.as_view()),
    path("schedules/<slug:slug>/overrides/<int:pk>", views.OneOverride.as_view()),
]
