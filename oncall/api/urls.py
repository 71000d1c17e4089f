"""Addresses of the catalogue."""

from django.urls import path

from oncall.api import views

urlpatterns = [
    path("services", views.Services.as_view()),
    path("services/<slug:slug>", views.OneService.as_view()),
]
