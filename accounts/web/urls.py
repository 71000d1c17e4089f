"""Pages about people."""

from django.urls import path

from accounts.web import views

urlpatterns = [
    path("me", views.me, name="me"),
    path("me/tokens", views.make_token, name="token-make"),
    path("me/tokens/<int:pk>/revoke", views.revoke_token, name="token-revoke"),
    path("me/link/<path:token>", views.link, name="identity-link"),
    path("me/identities/<int:pk>/unlink", views.unlink, name="identity-unlink"),
    path("people", views.people, name="people-list"),
    path("people/<int:pk>", views.person, name="person"),
]
