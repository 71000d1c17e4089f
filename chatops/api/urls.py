"""Addresses of the chat bridge and of rooms."""

from django.urls import path

from chatops.api import views

urlpatterns = [
    path("chat/commands", views.Commands.as_view()),
    path("chat/messages", views.Lines.as_view()),
    path("incidents/<int:number>/rooms", views.Rooms.as_view()),
    path("rooms/<int:pk>/fetch", views.FetchMissing.as_view()),
    path("rooms/<int:pk>/steps/<slug:name>/retry", views.RetryStep.as_view()),
]
