"""Addresses of people, teams and tokens."""

from django.urls import path

from accounts.api import views

urlpatterns = [
    path("me", views.MeView.as_view()),
    path("users", views.Users.as_view()),
    path("users/<int:pk>", views.OneUser.as_view()),
    path("users/<int:pk>/deactivate", views.DeactivateUser.as_view()),
    path("users/<int:pk>/reactivate", views.ReactivateUser.as_view()),
    path("users/<int:pk>/link", views.UserLink.as_view()),
    path("teams", views.Teams.as_view()),
    path("teams/<slug:slug>", views.OneTeam.as_view()),
    path("tokens", views.Tokens.as_view()),
    path("tokens/<int:pk>", views.OneToken.as_view()),
]
