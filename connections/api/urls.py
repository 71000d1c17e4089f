"""Addresses of connections, deliveries and dead letters."""

from django.urls import path

from connections.api import outgoing, views

urlpatterns = [
    path("connection-kinds", views.Kinds.as_view()),
    path("connections", views.Connections.as_view()),
    path("connections/<int:pk>", views.OneConnection.as_view()),
    path("connections/<int:pk>/test", views.TestConnection.as_view()),
    path("connections/<int:pk>/new-key", views.NewKey.as_view()),
    path("connections/<int:pk>/end-former", views.EndFormer.as_view()),
    path("connections/<int:pk>/events", views.Events.as_view()),
    path("connections/<int:pk>/events/<int:event>", views.OneEvent.as_view()),
    path("deliveries", outgoing.Deliveries.as_view()),
    path("deliveries/<int:pk>", outgoing.OneDelivery.as_view()),
    path("deliveries/<int:pk>/retry", outgoing.RetryDelivery.as_view()),
    path("dead-letters", outgoing.DeadLetters.as_view()),
    path("dead-letters/<str:table>/<int:pk>/retry", outgoing.RetryDeadLetter.as_view()),
]
