"""Addresses of alerts and groups."""

from django.urls import path

from alerts.api import views

urlpatterns = [
    path("alerts", views.Alerts.as_view()),
    path("alerts/<int:pk>", views.OneAlert.as_view()),
    path("alerts/<int:pk>/why", views.WhyAlert.as_view()),
    path("alert-groups", views.Groups.as_view()),
    path("alert-groups/<int:pk>", views.OneGroup.as_view()),
    path("alert-groups/<int:pk>/why", views.WhyGroup.as_view()),
]
